"""Many wrong sign-ins at once, over many links: Sage Intacct never locks the user."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.db import connection as database
from django.test import Client as Browser

from linksite import linking, requesting, syncing
from linksite.models import Client, Company, Connection, LinkRequest
from tests.conftest import database_address

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db(transaction=True)

ATTEMPTS, LINKS = 50, 10
SAID = {
    "en": r"until (\d\d:\d\d)|did not accept these sign-in details",
    "fr": r"jusqu’à (\d\d:\d\d)|n’a pas accepté ces identifiants",
}


@pytest.fixture
def keys(live_sandbox, client_row: Client, member) -> list[str]:
    """The sessions of ten people, each with an own link, all before the sign-in."""
    found = []
    for number in range(LINKS):
        company = Company.objects.create(client=client_row, name=f"Company {number}")
        link, url = requesting.request_data(company, by=member.user)
        browser = Browser()
        browser.post(url.removeprefix(settings.SITE_URL))
        fill(LinkRequest.objects.get(pk=link.pk))
        found.append(browser.cookies["session"].value)
    return found


def fill(link: LinkRequest) -> None:
    """Take every Step before the sign-in."""
    linking.choose_software(link, integration="sage-intacct")
    linking.agree(link)
    linking.give_company_id(link, company_id="AtelierBrume")
    for step in ("web-services", "sender", "web-services-user"):
        linking.confirm(link, step=step)


@pytest.fixture
def proven(live_sandbox, client_row: Client, member, finish) -> Connection:
    """A Connection that works, of the same Sage Intacct company and user."""
    company = Company.objects.create(client=client_row, name="Proven")
    link, _ = requesting.request_data(company, by=member.user)
    row = linking.sign_in(link, **SIGN_IN)
    linking.choose_entity(row, entity_id="100")
    finish(row)
    return row


def wrong(key: str, number: int, language: str = "en") -> tuple[int, str]:
    """Sign in with a password of its own, and no right one."""
    browser = Browser()
    browser.cookies["session"] = key
    browser.cookies["link_language"] = language
    data = SIGN_IN | {"password": f"Wrong-Pass-{number}"}
    page = browser.post("/link/sign-in/", data)
    return page.status_code, page.content.decode()


@pytest.mark.parametrize("language", SAID)
def test_fifty_at_once_reach_the_gateway_three_times_at_most(
    live_sandbox, proven, keys, worker: Callable[[], None], language, many_processes
):
    worker()
    posts = live_sandbox.posts("AtelierBrume")

    def attempt(number: int) -> tuple[int, str]:
        try:
            return wrong(keys[number % LINKS], number, language)
        finally:
            database.close()

    with ThreadPoolExecutor(8) as pool:
        pages = list(pool.map(attempt, range(ATTEMPTS)))

    assert live_sandbox.posts("AtelierBrume") - posts == 3
    statuses = [status for status, _ in pages]
    assert (statuses.count(422), statuses.count(429)) == (3, ATTEMPTS - 3)
    found = [re.search(SAID[language], page) for _, page in pages]
    assert all(found)
    assert sum(bool(match[1]) for match in found) == ATTEMPTS - 3
    syncing.queue(proven)
    worker()
    assert proven.syncs.first().outcome == ""
    assert proven.syncs.first().finished_at


ATTACK = """
import sys, django
django.setup()
from tests.onboarding.test_lockout import wrong
first, *keys = sys.argv[1:]
for number in range(int(first), 50, 4):
    status, page = wrong(keys[number % len(keys)], number)
    print(status, "until" in page)
"""


@pytest.mark.soak
def test_fifty_from_four_processes_reach_the_gateway_three_times_at_most(
    live_sandbox, proven, keys, worker
):
    worker()
    posts = live_sandbox.posts("AtelierBrume")
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "linksite.settings",
        "DEBUG": "true",
        "DATABASE_URL": database_address(database.settings_dict),
        "GATEWAY_URL": live_sandbox.url,
        "GATEWAY_TEST_HOSTS": live_sandbox.url.split("/")[2],
    }
    running = [
        subprocess.Popen(
            [sys.executable, "-c", ATTACK, str(first), *keys],
            cwd=settings.BASE_DIR,
            env=environment | {"ALLOWED_HOSTS": "testserver"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for first in range(4)
    ]
    said = "".join(process.communicate(timeout=120)[0] for process in running)

    assert live_sandbox.posts("AtelierBrume") - posts == 3
    assert said.count("429 True") == ATTEMPTS - 3
    assert said.count("422 False") == 3
    syncing.queue(proven)
    worker()
    assert proven.syncs.first().outcome == ""
