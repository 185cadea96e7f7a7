"""The permissions page: what is missing, and how it follows the Probe."""

import gzip
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection as database
from django.utils import translation

from linksite.models import Connection, Probe
from onboarding import causes, permissions

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db

MOST_QUERIES = 25  # of one such page
HARROW = SIGN_IN | {"company_id": "HarrowTextiles"}


@pytest.fixture
def harrow(walk_to, worker):
    """Return the visit of a company that misses two Permissions, after a Probe."""
    visit = walk_to("sign-in", company_id={"company_id": "HarrowTextiles"})
    location = visit.post("/link/sign-in/", HARROW)["Location"]
    if location == "/link/entity/":
        visit.post(location, {"entity": "top-level"})
    worker()
    return visit


def seen(visit) -> str:
    """Return what the page last looked like, as it would tell us."""
    text = visit.get("/link/permissions/").content.decode()
    return text.split('name="seen" value="')[1].split('"')[0]


def test_the_page_with_missing_permissions_is_lean(harrow):
    page = harrow.get("/link/permissions/").content

    assert len(gzip.compress(page)) < 14_000


def test_what_is_missing_comes_with_the_way_and_the_boxes(harrow):
    text = harrow.get("/link/permissions/").content.decode()

    assert "Two permissions are missing" in text
    assert "Needs: List, View" in text
    assert "Needs: Run" in text
    assert "Needed for: Bills" in text
    assert text.count('class="want"') == 3
    assert "Show the granted permissions" in text


def test_the_first_missing_one_is_open_and_the_others_folded(harrow):
    text = harrow.get("/link/permissions/").content.decode()

    assert text.count("Show the steps for: ") == 1


@contextmanager
def ends_before(number: int, worker) -> Iterator[None]:
    """Let a Probe that begins now end just before the database's query `number`."""
    Connection.objects.update(first_look={})
    Probe.objects.all().delete()
    Probe.objects.create(connection=Connection.objects.get())
    left = itertools.count(number - 1, -1)

    def ask(execute, sql, *rest):
        if next(left) == 0:
            worker()
        return execute(sql, *rest)

    with database.execute_wrapper(ask):
        yield


def test_a_page_never_contradicts_itself_when_the_probe_ends_meanwhile(walk_to, worker):
    visit, met = walk_to("permissions"), set()
    for number in range(1, MOST_QUERIES):
        with ends_before(number, worker):
            page = visit.get("/link/permissions/").text

        is_asking = 'name="question"' in page
        met.add(is_asking)
        assert is_asking == ("Yes, finish" in page), number
        assert is_asking == ("data-poll" not in page), number
        assert is_asking == ("All 8 permissions are in place</h1>" in page), number

    assert met == {True, False}


def test_a_watcher_is_not_left_alone_when_the_probe_ends_meanwhile(walk_to, worker):
    visit, met = walk_to("permissions"), set()
    before = seen(visit)
    for number in range(1, MOST_QUERIES):
        with ends_before(number, worker):
            answer = visit.post("/link/permissions/watch/", {"seen": before})

        met.add(answer.status_code)
        is_over = answer.status_code == 286
        assert is_over == ("All 8 permissions are in place</h1>" in answer.text), number
        assert is_over == ("Yes, finish" in answer.text), number

    assert met == {286, 204}


def test_while_nothing_changes_a_watcher_is_told_nothing(harrow):
    response = harrow.post("/link/permissions/watch/", {"seen": seen(harrow)})

    assert response.status_code == 204


def test_a_change_is_spoken_once_and_ends_the_polling_when_all_is_there(
    walk_to, worker
):
    visit = walk_to("permissions")
    before = seen(visit)
    worker()

    response = visit.post("/link/permissions/watch/", {"seen": before})

    text = response.content.decode()
    assert response.status_code == 286
    assert 'data-say="All 8 permissions are in place. One question is left:' in text
    assert text.count("hx-swap-oob") > 24
    assert "<html" not in text


def test_watching_is_a_post_and_brings_the_next_probe_near(harrow):
    far = Probe.objects.unfinished().get().due_at
    assert harrow.get("/link/permissions/watch/").status_code == 405

    harrow.post("/link/permissions/watch/", {"seen": ""})

    assert Probe.objects.unfinished().get().due_at < far


def test_check_again_works_without_javascript(harrow):
    response = harrow.post("/link/permissions/check/")

    assert (response.status_code, response["Location"]) == (303, "/link/permissions/")


def test_a_permission_granted_meanwhile_is_named(harrow, monkeypatch):
    page = permissions.page(Connection.objects.get(), role="r")
    granted = page["rows"][page["seen"].index("g")]
    was = page["seen"].replace("g", "m", 1)

    assert permissions.news(was, page) == f"{granted.name}: permission granted"


def test_a_refused_sign_in_is_told_in_words_with_the_step_to_go_to(harrow):
    Connection.objects.update(trouble="sender_not_authorised")

    text = harrow.get("/link/permissions/").content.decode()

    assert "Our Sender ID is not in your list yet" in text
    assert 'href="/link/sender/"' in text


@pytest.mark.parametrize("language", ["en", "fr"])
def test_whatever_stops_a_connection_later_has_its_words(harrow, language):
    row = Connection.objects.get()
    names = {"company_id": row.intacct_company_id}
    for outcome, cause in causes.LATER.items():
        Connection.objects.update(trouble=outcome, trouble_at=row.signed_in_at)
        harrow.cookies["link_language"] = language

        text = harrow.get("/link/permissions/", follow=True).text

        with translation.override(language):
            assert str(cause.title) % names in text, outcome
            told = str(cause.text).partition("%(")[0]
            assert told in text, outcome


def test_when_the_password_is_no_longer_right_sign_in_is_the_step_again(harrow):
    Connection.objects.update(trouble="bad_login")

    response = harrow.get("/link/permissions/")

    assert response["Location"] == "/link/sign-in/"


@pytest.mark.parametrize(
    ("total", "granted", "missing", "words"),
    [
        (8, 8, 0, "All 8 permissions are in place"),
        (8, 7, 1, "One permission is missing"),
        (8, 5, 3, "Three permissions are missing"),
        (8, 0, 0, "Checking permissions"),
    ],
)
def test_the_heading_says_how_it_stands(total, granted, missing, words):
    assert permissions.heading(total, granted, missing) == words


@pytest.mark.parametrize("language", ["en", "fr"])
def test_nothing_is_said_to_be_checked_while_the_entity_is_closed(
    walk_to, worker, language
):
    visit = walk_to("sign-in", company_id={"company_id": "GroupeSillon"})
    visit.post("/link/sign-in/", SIGN_IN | {"company_id": "GroupeSillon"})
    visit.post("/link/entity/", {"entity": "100"})
    worker()
    visit.cookies["link_language"] = language

    text = visit.get("/link/permissions/").content.decode()

    said = {
        "en": ("may not enter this entity", "being checked"),
        "fr": ("n’a pas accès à cette entité", "en cours"),
    }
    closed, checked = said[language]
    assert closed in text
    assert checked not in text
    assert 'class="spin"' not in text


def test_what_is_required_comes_first(harrow):
    rows = permissions.page(Connection.objects.get(), role="r")["rows"]

    optional = [row.is_optional for row in rows]
    assert optional == sorted(optional)
