"""The permissions page in a browser: what is missing, and what is noticed by itself."""

import re

import pytest
from playwright.sync_api import Page, expect

from linksite import linking
from linksite.models import Connection
from tests.browser.conftest import enter_link

MISSING = ("accounts-payable.bills", "general-ledger.trial-balance")

WORDS = {
    "en": {
        "missing": "Two permissions are missing",
        "all": "All 8 permissions are in place",
        "names": ("Bills", "Trial balance"),
        "paths": ("Roles", "Subscriptions"),
        "pause": "Pause updates",
        "finish": "Yes, finish",
    },
    "fr": {
        "missing": "Il manque deux autorisations",
        "all": "Les 8 autorisations sont en place",
        "names": ("Factures fournisseurs", "Balance générale"),
        "paths": ("Rôles", "Abonnements"),
        "pause": "Suspendre",
        "finish": "Oui, terminer",
    },
}


@pytest.fixture
def connection(live_sandbox, link) -> Connection:
    """A Connection to the company whose user lacks two Permissions."""
    row = linking.sign_in(
        link,
        company_id="HarrowTextiles",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(row, entity_id="10")
    return row


@pytest.fixture(params=["en", "fr"])
def watched(request, open_page, link, connection, start_worker, site):
    """The permissions page of that Connection, open in a browser."""
    start_worker()
    page = open_page(request.param)
    enter_link(page, link, site)
    page.goto("/link/permissions/")
    return page, WORDS[request.param]


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text)).to_be_visible(timeout=30_000)


def test_two_missing_permissions_are_named_and_their_grant_is_noticed(
    watched, live_sandbox
) -> None:
    page, words = watched
    heading(page, words["missing"])
    turns = page.locator("article.perm.turn:visible")
    expect(turns).to_have_count(2)
    for number, name in enumerate(words["names"]):
        expect(turns.nth(number)).to_contain_text(name)
        for label in words["paths"]:
            expect(turns.nth(number)).to_contain_text(label)
    before = live_sandbox.posts("HarrowTextiles")

    for key in MISSING:
        live_sandbox.companies["HarrowTextiles"].grant(key)

    heading(page, words["all"])
    expect(page).to_have_title(re.compile(f"^{words['all']}"))
    expect(page.get_by_role("button", name=words["pause"])).to_have_count(0)
    expect(page.get_by_role("link", name=words["finish"])).to_be_visible()
    assert live_sandbox.most_at_once("HarrowTextiles") == 1
    assert live_sandbox.posts("HarrowTextiles") > before


def test_open_help_stays_open_and_focus_stays_while_the_page_polls(watched) -> None:
    page, words = watched
    heading(page, words["missing"])
    page.locator("article.perm.turn:visible details summary").first.focus()
    page.keyboard.press("Enter")

    page.wait_for_timeout(8000)

    assert page.locator("article.perm.turn:visible details[open]").count()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_pausing_stops_the_requests(watched) -> None:
    page, words = watched
    heading(page, words["missing"])
    page.get_by_role("button", name=words["pause"]).click()
    page.wait_for_timeout(1000)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))

    page.wait_for_timeout(7000)

    assert asked == []
