"""The permissions page in a browser: what is missing, and what is noticed by itself."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from linksite import linking, probing
from linksite.models import Connection
from tests.browser.conftest import enter_link
from tests.browser.rules import SHIFTS

MISSING = ("accounts-payable.bills", "general-ledger.trial-balance")

WORDS = {
    "en": {
        "missing": "Two permissions are missing",
        "one": "One permission is missing",
        "all": "All 8 permissions are in place",
        "settled": "In place",
        "granted": "Bills: permission granted",
        "names": ("Bills", "Trial balance"),
        "paths": ("Roles", "Subscriptions"),
        "pause": "Pause updates",
        "resume": "Resume updates",
        "finish": "Yes, finish",
        "question": "One question is left: is this the right company?",
        "linked": "Atelier Brume SAS is linked",
    },
    "fr": {
        "missing": "Il manque deux autorisations",
        "one": "Il manque une autorisation",
        "all": "Les 8 autorisations sont en place",
        "settled": "En place",
        "granted": "Factures fournisseurs (Bills)\xa0: autorisation accordée",
        "names": ("Factures fournisseurs", "Balance générale"),
        "paths": ("Rôles", "Abonnements"),
        "pause": "Suspendre",
        "resume": "Reprendre",
        "finish": "Oui, terminer",
        "question": "Il reste une question\u00a0: est-ce la bonne société\u202f?",
        "linked": "Atelier Brume SAS est liée",
    },
}
# Everything that the status region says, in order.
HEAR = """window.spoken = []; new MutationObserver(() => {
  const text = document.getElementById('say').textContent;
  if (text) window.spoken.push(text);
}).observe(document.getElementById('say'), { childList: true });"""
HIDDEN = """hidden => {
  Object.defineProperty(document, 'hidden', { configurable: true, value: hidden });
  document.dispatchEvent(new Event('visibilitychange'));
}"""


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


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", name=text)).to_be_visible(timeout=30_000)


def heading_of(page: Page) -> str:
    return page.locator("h1").inner_text()


def test_two_missing_permissions_are_named_and_their_grant_is_noticed(
    open_page, link, connection, start_worker, site, live_sandbox
) -> None:
    start_worker()
    page, words = open_page("fr"), WORDS["fr"]
    enter_link(page, link, site)
    page.goto("/link/permissions/")
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
    expect(page.get_by_role("button", name=words["finish"])).to_be_visible()
    assert not Connection.objects.get().linked_at
    page.get_by_role("link", name=words["question"]).click()
    page.get_by_role("button", name=words["finish"]).click()
    heading(page, words["linked"])
    assert Connection.objects.get().linked_at
    assert live_sandbox.most_at_once("HarrowTextiles") == 1
    assert live_sandbox.posts("HarrowTextiles") > before


class Watched:
    """A permissions page whose clock, whose worker and whose gateway we hold."""

    def __init__(self, page: Page, words: dict, probe: Callable[[], None]) -> None:
        self.page, self.words, self.probe = page, words, probe
        self.asked: list[int] = []
        page.on("response", lambda answer: self.asked.append(answer.status))

    def polls(self, times: int = 1) -> None:
        """Let the page ask so many times, however rarely it does."""
        for _ in range(times):
            with self.page.expect_response(re.compile("/watch/")):
                self.page.clock.run_for(20_000)

    def holds_the_clock(self) -> None:
        """Let no time pass but what `waits` gives."""
        now = self.page.evaluate("Date.now()") / 1000
        self.page.clock.pause_at(datetime.fromtimestamp(now + 1, UTC))
        self.page.wait_for_load_state("networkidle")

    def waits(self) -> int:
        """Return after how many seconds the page asks."""
        self.asked.clear()
        for seconds in range(1, 30):
            self.page.clock.run_for(1000)
            self.page.wait_for_timeout(150)
            if self.asked:
                self.page.wait_for_timeout(300)  # the page has to hear the answer
                return seconds
        raise AssertionError("the page does not ask")

    def hides(self, *, on: bool) -> None:
        """Let the person go to another tab, or come back."""
        self.page.evaluate(HIDDEN, on)

    def asks(self, *, seconds: int) -> int:
        """Return how often the page asks in that time."""
        # What was asked before is still on its way.
        self.page.wait_for_load_state("networkidle")
        self.asked.clear()
        self.page.clock.run_for(seconds * 1000)
        self.page.wait_for_timeout(100)
        return len(self.asked)


@pytest.fixture(params=[("en", 1280), ("fr", 390)], ids=["en-1280", "fr-390"])
def watched(request, open_page, link, connection, site, worker) -> Watched:
    """The permissions page of that Connection, before its first Probe."""
    language, width = request.param
    page = open_page(language, width=width)
    enter_link(page, link, site)
    page.clock.install()
    page.add_init_script(SHIFTS)
    page.goto("/link/permissions/")
    page.evaluate(HEAR)

    def probe() -> None:
        probing.check_again(connection)
        worker()

    return Watched(page, WORDS[language], probe)


def test_a_watcher_is_told_each_change_once_and_is_never_disturbed(
    watched, live_sandbox
) -> None:
    page, words, company = watched.page, watched.words, "HarrowTextiles"
    watched.probe()
    watched.polls()
    heading(page, words["missing"])
    # Help is opened by keyboard, and focus stays there.
    turns = page.locator("article.perm.turn:visible")
    turns.nth(1).locator("summary").first.focus()
    page.keyboard.press("Enter")
    page.evaluate("window.held = document.activeElement")

    watched.polls(10)
    live_sandbox.companies[company].grant(MISSING[0])
    watched.probe()
    watched.polls(10)

    heading(page, words["one"])
    assert page.evaluate("document.activeElement === held && held.isConnected")
    assert page.locator("article.perm.turn:visible details[open]").count() == 1
    spoken = page.evaluate("spoken")
    assert [text for text in spoken if words["granted"] in text] == spoken[-1:]
    assert len(spoken) == len(set(spoken)) == 2

    live_sandbox.companies[company].grant(MISSING[1])
    watched.probe()
    watched.polls()

    heading(page, words["all"])
    expect(page.locator("#yours :visible")).to_have_text(words["settled"])
    page.clock.run_for(6000)
    assert page.evaluate("document.activeElement === held && held.isConnected")
    ending = [text for text in page.evaluate("spoken") if words["all"] in text]
    assert ending == [f"{words['all']}. {words['question']}"]
    expect(page.get_by_role("link", name=words["question"])).to_be_visible()
    # Nothing that is read moves, from the start to the end.
    assert page.evaluate("shifted") < 0.01
    assert watched.asked[-1] == 286
    assert watched.asks(seconds=60) == 0


def test_the_question_takes_the_place_of_what_was_checked(
    watched, live_sandbox
) -> None:
    page, words = watched.page, watched.words
    for key in MISSING:
        live_sandbox.companies["HarrowTextiles"].grant(key)

    watched.probe()
    watched.polls()

    heading(page, words["all"])
    expect(page.get_by_role("button", name=words["finish"])).to_be_visible()
    assert page.evaluate("shifted") < 0.01


def test_nobody_is_asked_while_paused_or_hidden(watched) -> None:
    page = watched.page
    pause = page.get_by_role("button", name=watched.words["pause"])
    resume = page.get_by_role("button", name=watched.words["resume"])
    watched.polls()
    for stop, carry_on in (
        (pause.click, resume.click),
        (lambda: watched.hides(on=True), lambda: watched.hides(on=False)),
    ):
        stop()
        assert watched.asks(seconds=30) == 0
        carry_on()
        watched.polls()


def test_the_heading_that_a_submit_led_to_tells_what_changes_and_keeps_focus(
    watched, live_sandbox
) -> None:
    page = watched.page
    watched.probe()
    watched.polls()
    page.locator("#controls form button").click()
    expect(page.locator("h1")).to_be_focused()
    page.evaluate("window.held = document.activeElement")

    for key in MISSING:
        live_sandbox.companies["HarrowTextiles"].grant(key)
    watched.probe()
    watched.polls()

    heading(page, watched.words["all"])
    assert page.evaluate("document.activeElement === held && held.isConnected")
    expect(page.get_by_role("button", name=watched.words["finish"])).to_be_visible()
    assert page.locator("#title").count() == 1


def test_it_asks_more_and_more_rarely_until_something_changes_or_somebody_returns(
    watched, live_sandbox
) -> None:
    watched.probe()
    watched.polls()
    watched.page.wait_for_load_state("networkidle")
    watched.holds_the_clock()
    about = partial(pytest.approx, abs=1)  # a busy machine hears an answer late
    watched.waits()
    assert [watched.waits() for _ in range(4)] == about([5, 10, 20, 20])

    live_sandbox.companies["HarrowTextiles"].grant(MISSING[0])
    watched.probe()
    assert [watched.waits() for _ in range(3)] == about([20, 3, 5])

    watched.waits()
    watched.hides(on=True)
    live_sandbox.companies["HarrowTextiles"].grant(MISSING[1])
    watched.probe()
    watched.page.clock.run_for(60_000)
    assert heading_of(watched.page) == watched.words["one"]
    watched.hides(on=False)
    assert watched.waits() < 3
    heading(watched.page, watched.words["all"])
