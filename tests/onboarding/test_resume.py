"""The same link on several devices and in several tabs."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.db import connection as database
from django.test import Client as Browser

from linksite import linking, requesting, visiting
from linksite.intacct import Login
from linksite.models import Connection, LinkRequest
from onboarding import software
from portal import progress

from .conftest import ANSWERS, SIGN_IN

pytestmark = pytest.mark.django_db

OVERTAKEN = {
    "en": "This step was finished on another device at",
    "fr": "Cette étape a été terminée sur un autre appareil à",
}
IN_A_TAB = "This step was finished in another tab at"


def shown(browser: Browser, slug: str) -> dict[str, str]:
    """Open a Step; return the version that its form carries."""
    page = browser.get(f"/link/{slug}/").content.decode()
    return {"version": re.search(r'name="version" value="(\w+)"', page)[1]}


def other_device(link: LinkRequest) -> Browser:
    """Return a second browser that opened the same link."""
    browser = Browser()
    assert browser.post(link.path).status_code == 303
    return browser


def with_code(link: LinkRequest) -> Browser:
    """Return a second browser that gave the mailed code."""
    browser = other_device(link)
    code = next(word for word in mail.outbox[-1].body.split() if word.isdigit())
    browser.post("/link/code/", {"code": code})
    return browser


def now(link: LinkRequest) -> LinkRequest:
    return LinkRequest.objects.get(pk=link.pk)


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", ("Welcome back", "You carry on here, with step 5.")),
        ("fr", ("Vous revoilà", "Vous reprenez ici, à l’étape 5.")),
    ],
)
def test_another_device_is_told_where_the_first_stopped(walk_to, link, language, said):
    walk_to("sender")
    other = other_device(link)
    other.cookies["link_language"] = language

    page = other.get("/link/sender/").content.decode()

    main = page[page.index("<main") :]
    assert all(words in main for words in said)
    assert main.index(said[0]) < main.index("<h1")
    other.post("/link/sender/", shown(other, "sender"))
    assert said[0] not in other.get("/link/web-services-user/").content.decode()


def test_who_comes_back_to_a_linked_company_is_sent_to_no_step(linked, link):
    other = with_code(link)

    assert "Welcome back" not in other.get("/link/linked/").content.decode()


def test_the_first_device_is_not_told_what_it_did_itself(walk_to, link):
    visit = walk_to("sender")

    visit.post(link.path)

    assert "Welcome back" not in visit.get("/link/sender/").content.decode()


def test_another_device_sees_what_is_done_and_not_what_was_entered(walk_to, link):
    walk_to("sign-in")
    other = other_device(link)

    pages = [other.get(f"/link/{slug}/").content.decode() for slug in list(ANSWERS)[:7]]

    assert all("AtelierBrume" not in page for page in pages)
    assert "on another device" in pages[6]


def test_each_step_says_when_it_was_done(walk_to, time_machine):
    time_machine.move_to("2026-11-22T14:02:00Z", tick=False)
    visit = walk_to("sender")

    thread = visit.get("/link/sender/").content.decode().partition("</nav>")[0]

    assert thread.count("22 November, 14:02") == 4
    assert "on another device" not in thread


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_older_page_does_not_overwrite_a_newer_answer(walk_to, link, language):
    first = walk_to("company-id")
    other = other_device(link)
    other.cookies["link_language"] = language
    old = shown(other, "company-id")
    first.post(
        "/link/company-id/", shown(first, "company-id") | {"company_id": "AtelierBrume"}
    )

    late = other.post("/link/company-id/", old | {"company_id": "CoopRives"})

    page = late.content.decode()
    assert late.status_code == 409
    assert OVERTAKEN[language] in page
    assert "data-focus" in page
    assert page.count("<h1") == 1
    assert "AtelierBrume" not in page  # this device has shown nothing of itself yet
    assert 'value="CoopRives"' in page
    assert 'href="/link/web-services/"' in page
    assert now(link).intacct_company_id == "AtelierBrume"


def test_another_tab_sees_the_newer_answer_and_may_still_keep_its_own(walk_to, link):
    visit = walk_to("company-id")
    old = shown(visit, "company-id")
    visit.post("/link/company-id/", old | {"company_id": "AtelierBrume"})

    late = visit.post("/link/company-id/", old | {"company_id": "CoopRives"})

    page = late.content.decode()
    assert late.status_code == 409
    assert IN_A_TAB in page
    assert '<dd translate="no">AtelierBrume</dd>' in page
    again = {"version": re.search(r'name="version" value="(\w+)"', page)[1]}
    kept = visit.post("/link/company-id/", again | {"company_id": "CoopRives"})
    assert kept.status_code == 303
    assert now(link).intacct_company_id == "CoopRives"


def test_an_older_page_that_says_the_same_just_goes_on(walk_to, link):
    visit = walk_to("company-id")
    old = shown(visit, "company-id")

    for _ in range(2):
        answer = visit.post("/link/company-id/", old | {"company_id": "AtelierBrume"})
        assert answer["Location"] == "/link/web-services/"


def test_an_answer_without_a_version_overwrites_nothing(walk_to, link):
    visit = walk_to("web-services")

    answer = visit.post("/link/company-id/", {"company_id": "CoopRives"})

    assert answer.status_code == 409
    assert now(link).intacct_company_id == "AtelierBrume"


def test_two_who_have_shown_who_they_are_choose_two_entities(walk_to, link):
    first = walk_to("entity")
    other = with_code(link)
    old = shown(other, "entity")
    first.post("/link/entity/", shown(first, "entity") | {"entity": "100"})

    late = other.post("/link/entity/", old | {"entity": "200"})

    assert late.status_code == 409
    assert '<dd translate="no">100 – Paris</dd>' in late.content.decode()
    assert Connection.objects.get().entity_id == "100"


def test_a_second_sign_in_that_is_late_replaces_nothing(walk_to, link, sandbox):
    visit = walk_to("sign-in")
    old = shown(visit, "sign-in")
    visit.post("/link/sign-in/", old | SIGN_IN)
    posts = sandbox.posts("AtelierBrume")

    same = visit.post("/link/sign-in/", old | SIGN_IN)
    late = visit.post("/link/sign-in/", old | SIGN_IN | {"company_id": "CoopRives"})

    assert same["Location"] == "/link/entity/"
    assert late.status_code == 409
    page = late.content.decode()
    assert '<dd translate="no">AtelierBrume</dd>' in page
    assert SIGN_IN["password"] not in page
    assert sandbox.posts("AtelierBrume") == posts
    assert Connection.objects.get().intacct_company_id == "AtelierBrume"


@pytest.mark.parametrize(
    ("language", "where", "said"),
    [
        ("en", "tab", "The company ID was changed in another tab at"),
        ("fr", "device", "L’identifiant d’entreprise a été modifié sur un autre"),
    ],
)
def test_an_old_sign_in_page_does_not_undo_a_company_id_entered_since(
    walk_to, link, sandbox, language, where, said
):
    first = walk_to("sign-in")
    late = first if where == "tab" else other_device(link)
    late.cookies["link_language"] = language
    old = shown(late, "sign-in")
    first.post(
        "/link/company-id/", shown(first, "company-id") | {"company_id": "CoopRives"}
    )

    answer = late.post("/link/sign-in/", old | SIGN_IN)

    page = answer.content.decode()
    assert answer.status_code == 409
    assert said in page
    assert ("CoopRives" in page) == (where == "tab")
    assert SIGN_IN["password"] not in page
    assert now(link).intacct_company_id == "CoopRives"
    assert sandbox.posts("AtelierBrume") == 0

    again = {"version": re.search(r'name="version" value="(\w+)"', page)[1]}
    assert late.post("/link/sign-in/", again | SIGN_IN).status_code == 303
    assert now(link).intacct_company_id == "AtelierBrume"


def test_an_old_sign_in_page_with_the_newer_company_id_just_signs_in(walk_to, link):
    visit = walk_to("sign-in")
    old = shown(visit, "sign-in")
    visit.post(
        "/link/company-id/", shown(visit, "company-id") | {"company_id": "CoopRives"}
    )

    answer = visit.post("/link/sign-in/", old | SIGN_IN | {"company_id": "CoopRives"})

    assert answer.status_code == 303
    assert Connection.objects.get().intacct_company_id == "CoopRives"


def test_a_sign_in_that_was_overtaken_while_under_way_is_told(
    walk_to, link, monkeypatch, many_processes
):
    visit = walk_to("sign-in")
    slow = linking._try

    def meanwhile(settings, login):
        monkeypatch.setattr(linking, "_try", slow)
        first = Login(**SIGN_IN)
        linking._store(now(link), first, slow(settings, first), "any")
        return slow(settings, login)

    monkeypatch.setattr(linking, "_try", meanwhile)
    late = visit.post(
        "/link/sign-in/",
        shown(visit, "sign-in") | SIGN_IN | {"company_id": "CoopRives"},
    )

    assert late.status_code == 409
    assert Connection.objects.get().intacct_company_id == "AtelierBrume"


def test_a_link_revoked_during_a_sign_in_stores_nothing(walk_to, link, monkeypatch):
    visit = walk_to("sign-in")
    slow = linking._try

    def meanwhile(settings, login):
        requesting.revoke(now(link))
        return slow(settings, login)

    monkeypatch.setattr(linking, "_try", meanwhile)
    answer = visit.post("/link/sign-in/", SIGN_IN)

    assert answer.status_code == 410
    assert not Connection.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_two_answers_at_once_one_is_taken_and_one_is_told(walk_to, link):
    first = walk_to("company-id")
    browsers = {"One": first, "Two": other_device(link)}
    old = {name: shown(browser, "company-id") for name, browser in browsers.items()}

    def answer(name: str) -> int:
        try:
            data = old[name] | {"company_id": name}
            return browsers[name].post("/link/company-id/", data).status_code
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        answers = dict(zip(browsers, pool.map(answer, browsers), strict=True))

    assert sorted(answers.values()) == [303, 409]
    winner = next(name for name, status in answers.items() if status == 303)
    assert now(link).intacct_company_id == winner


@pytest.mark.django_db(transaction=True)
def test_two_sign_ins_at_once_from_one_browser_keep_the_visit(walk_to, link):
    visit = walk_to("sign-in")
    old = shown(visit, "sign-in")
    key = visit.cookies["session"].value

    def press(_: int) -> str:
        twin = Browser()
        twin.cookies["session"] = key
        try:
            twin.post("/link/sign-in/", old | SIGN_IN)
            return twin.cookies["session"].value
        finally:
            database.close()

    with ThreadPoolExecutor(2) as pool:
        keys = list(pool.map(press, range(2)))

    assert Connection.objects.count() == 1
    assert key not in keys or keys.count(key) == 1
    for kept in keys:  # whichever answer the browser hears last
        last = Browser()
        last.cookies["session"] = kept
        page = last.get("/link/entity/")
        if kept == key:  # the old key fades, and has proven nothing
            assert page["Location"] == "/link/code/"
        else:
            assert page.status_code == 200


def test_a_second_press_that_comes_late_takes_nothing_away(walk_to, link):
    visit = walk_to("sign-in")
    late = Browser()
    late.cookies["session"] = visit.cookies["session"].value
    visit.post("/link/sign-in/", SIGN_IN)

    answer = late.post("/link/sign-in/", SIGN_IN)

    # It has proven nothing; and its answer leaves the browser's newer cookie alone.
    assert answer["Location"] == "/link/code/"
    assert "session" not in answer.cookies


def test_the_key_before_the_sign_in_fades_within_a_minute(walk_to, link, later):
    visit = walk_to("sign-in")
    old = Browser()
    old.cookies["session"] = visit.cookies["session"].value
    visit.post("/link/sign-in/", SIGN_IN)
    later(seconds=61)

    assert "Open your link again" in old.get("/link/entity/").content.decode()
    assert visit.get("/link/entity/").status_code == 200


@pytest.mark.parametrize("language", ["en", "fr"])
def test_an_idle_hour_ends_with_one_button_and_no_sign_in(walk_to, later, language):
    visit = walk_to("entity")
    visit.cookies["link_language"] = language
    later(minutes=61)

    page = visit.get("/link/entity/")

    text = page.content.decode()
    assert page.status_code == 200
    assert {"en": "Carry on", "fr": "Continuer"}[language] in text
    assert 'action="/link/carry-on/"' in text
    assert visit.post("/link/carry-on/")["Location"] == "/link/entity/"
    assert visit.get("/link/entity/").status_code == 200


def test_what_was_typed_into_an_idle_page_changes_nothing(walk_to, link, later):
    visit = walk_to("company-id")
    old = shown(visit, "company-id")
    later(minutes=61)

    visit.post("/link/company-id/", old | {"company_id": "AtelierBrume"})

    assert now(link).intacct_company_id == ""


def test_carrying_on_without_a_visit_says_to_open_the_link(client):
    answer = client.post("/link/carry-on/", follow=True)

    assert "Open your link again" in answer.content.decode()


def test_without_cookies_a_visit_says_how_to_go_on(link):
    deaf = Browser()
    deaf.post(link.path)
    deaf.cookies.clear()

    assert "Open your link again" in deaf.get("/link/software/").content.decode()


def test_the_portal_names_the_steps_as_the_rail_does(link):
    counted = software.flow(link).counted

    assert {step.slug: step.short for step in counted} == progress.STEPS


def test_the_portal_tells_what_was_done_when_and_since_when_it_waits(
    walk_to, link, later
):
    walk_to("web-services")
    other_device(link).post("/link/web-services/")
    later(days=3)

    rows = progress.rows(now(link), None)

    assert [bool(row.at) for row in rows] == [True] * 4 + [False] * 5
    assert [row.changed_device for row in rows] == [False] * 3 + [True] + [False] * 5
    assert [row.name for row in rows if row.is_next and row.is_stuck] == [
        "Configure Web Services"
    ]


def test_a_colleague_is_named_as_the_one_who_did_it(walk_to, link):
    visit = walk_to("sender")

    visiting.note(now(link), "sender", by="Marc Petit")

    page = visit.get("/link/web-services-user/").content.decode()
    assert ", Marc Petit</small>" in page
    assert progress.rows(now(link), None)[4].who == "Marc Petit"


def test_a_device_that_gave_the_code_is_not_told_to_sign_in(walk_to, link):
    walk_to("entity")

    page = with_code(link).get("/link/entity/").content.decode()

    assert "Welcome back" in page
    assert "once you have signed in" not in page
