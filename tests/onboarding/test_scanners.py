"""Robots that press everything on a fresh link, and the person who comes after them."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.test import Client as Browser
from lxml import html

from linksite import requesting, visiting
from linksite.models import Company, Connection, LinkRequest, SignInBudget, Visit

from .conftest import ANSWERS, SIGN_IN

pytestmark = [pytest.mark.django_db, pytest.mark.at_our_pace]

AGENTS = [
    f"Mozilla/5.0 ({name})"
    for name in (
        "SafeLinks; Microsoft Office",
        "Proofpoint URL Defense",
        "Barracuda Sentinel",
        "Mimecast",
        "Slackbot-LinkExpanding 1.0",
        "Teams SkypeUriPreview",
        "iMessage; facebookexternalhit/1.1 Twitterbot/1.0",
        "GoogleImageProxy",
        "Cisco Secure Email",
        "TrendMicro",
    )
] * 2
JUNK = {"password": "Junk-Pass-1", "checkbox": "on"}


def scan(link: LinkRequest, agent: str) -> set[str]:
    """Open a link and send every form of every page; return the pages that were met."""
    robot = Browser(headers={"user-agent": agent})
    met, ahead = {link.path}, [link.path]
    while ahead:
        path = ahead.pop()
        page = robot.get(path).content
        for method, target, data in forms(page, path):
            answer = getattr(robot, method)(target, data)
            there = answer.get("Location", path)
            if there not in met:
                met.add(there)
                ahead.append(there)
    return met


def forms(page: bytes, here: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield the method, address and filled-in fields of every form of a page."""
    for form in html.fromstring(page).iter("form"):
        data = {}
        for field in form.xpath(".//*[@name]"):
            kind = field.get("type", field.tag)
            if kind == "select":
                data[field.get("name")] = field.xpath(".//option/@value")[-1]
            else:
                junk = JUNK.get(kind, "Junk")
                data[field.get("name")] = field.get("value") or junk
        yield form.get("method", "get"), form.get("action") or here, data


def walk(link: LinkRequest, pass_time: Callable[[], None]) -> list[str]:
    """Go from the link to the entity as a person does; return every page of it."""
    person = Browser()
    pages = [person.get(link.path)]
    person.post(link.path)
    for slug in list(ANSWERS)[:7]:
        pages.append(person.get(f"/link/{slug}/"))
        version = re.search(rb'name="version" value="(\w+)"', pages[-1].content)
        pass_time()
        data = ANSWERS[slug] | {"version": version[1].decode()}
        answer = person.post(f"/link/{slug}/", data)
        assert answer.status_code == 303, (slug, answer.content.decode())
    pages.append(person.get("/link/entity/"))
    assert [page.status_code for page in pages] == [200] * 9
    ours = re.compile(r'value="\w{64}"|/l/[\w-]{43}/')  # CSRF tokens, and the address
    return [ours.sub("", page.content.decode()) for page in pages]


@pytest.fixture
def twin(link) -> LinkRequest:
    """An invitation like the other, which no robot has seen."""
    company = Company.objects.create(client=link.client, name=link.company.name)
    row, url = requesting.request_data(company, by=link.created_by, email=link.email)
    row.path = url.removeprefix(settings.SITE_URL)
    return row


def test_twenty_robots_leave_nothing_that_a_person_notices(
    sandbox, link, twin, time_machine
):
    clock = ["2026-11-22T14:00:00Z"]

    def start_clock() -> Callable[[], None]:
        time_machine.move_to(clock[0], tick=False)
        return lambda: time_machine.shift(timedelta(minutes=1))

    start_clock()
    before = LinkRequest.objects.filter(pk=link.pk).values().get()
    for agent in AGENTS:
        met = scan(link, agent)
        assert "/link/sign-in/" in met  # it went as far as a robot can

    assert LinkRequest.objects.filter(pk=link.pk).values().get() == before
    assert sandbox.log == []
    assert not SignInBudget.objects.exists()
    assert walk(link, start_clock()) == walk(twin, start_clock())


def test_a_robot_at_work_beside_the_person_does_not_disturb(sandbox, link, twin, later):
    def robot_and_a_minute() -> None:
        scan(link, AGENTS[0])
        later(minutes=1)

    person = Browser()
    person.post(link.path)
    scan(link, AGENTS[0])

    assert person.get("/link/software/").status_code == 200
    assert "another device" not in person.get("/link/software/").content.decode()
    assert Visit.objects.count() == 2


def test_what_a_robot_ticked_is_nobody_s_consent(sandbox, link):
    scan(link, AGENTS[0])

    assert LinkRequest.objects.get().agreed_at is None


def test_robots_without_end_keep_no_more_than_twenty_visits(link):
    for _ in range(25):
        Browser().post(link.path)

    assert Visit.objects.count() == visiting.HASTY_KEPT


def test_whoever_lost_a_visit_to_the_robots_begins_another(link):
    person = Browser()
    person.post(link.path)
    for _ in range(25):
        Browser().post(link.path)

    answer = person.post("/link/software/", ANSWERS["software"])

    assert answer["Location"] == "/link/before-you-start/"
    assert person.get("/link/before-you-start/").status_code == 200


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "That was very quick"), ("fr", "C’était très rapide")],
)
def test_a_sign_in_within_seconds_is_not_sent_and_says_so(
    walk_to, sandbox, later, language, said
):
    visit = walk_to("sign-in")
    visit.cookies["link_language"] = language

    answer = visit.post("/link/sign-in/", SIGN_IN)

    assert answer.status_code == 429
    assert said in answer.content.decode()
    assert sandbox.log == []
    later(seconds=21)
    assert visit.post("/link/sign-in/", SIGN_IN).status_code == 303
    assert Connection.objects.exists()


def test_a_visit_that_lasts_is_the_one_that_another_device_joins(walk_to, link, later):
    visit = walk_to("company-id")
    assert Browser().post(link.path)["Location"] == "/link/software/"
    later(minutes=3)

    visit.post("/link/company-id/", ANSWERS["company-id"])

    assert Browser().post(link.path)["Location"] == "/link/web-services/"
