"""The Link flow from A1 to A10 with nothing but a keyboard."""

import pytest
from playwright.sync_api import Page, expect

from linksite import integrations
from linksite.intacct.sandbox import SANDBOX_PASSWORD, SANDBOX_USER
from linksite.models import LinkRequest
from tests.browser.rules import RULES
from tests.browser.test_guide import WORDS

NAME = """() => { const e = document.activeElement;
  const names = [...(e.labels ?? [])].map((label) => label.innerText);
  names.push(e.getAttribute('aria-label') ?? '', e.innerText ?? '');
  return names.join(' '); }"""
FOCUS_IS_ON = "css => document.activeElement.matches(css)"
# A heading has no ring: it is read, not worked. The page has not moved for it.
IS_CALM = """() => scrollY === 0
  && getComputedStyle(document.activeElement).outlineStyle === 'none'"""


class Typist:
    """A person who has no mouse."""

    def __init__(self, page: Page, words: dict[str, str]) -> None:
        self.page, self.words, self.landings = page, words, 0

    def tabs_to(self, name: str) -> None:
        """Press Tab until the control of that name has focus, and see its ring."""
        for _ in range(60):
            self.page.keyboard.press("Tab")
            if name in self.page.evaluate(NAME):
                self.page.evaluate(RULES)
                assert self.page.evaluate("rules.reached().faults") == []
                return
        raise AssertionError(f"Tab does not reach {name}")

    def enters(self, name: str, key: str = "Enter") -> None:
        """Go to that control and press it; a page follows."""
        self.tabs_to(name)
        self.submits(key)

    def submits(self, key: str = "Enter") -> None:
        """Press a key; focus is on the summary of the page that follows, or its h1."""
        is_link = self.page.evaluate(FOCUS_IS_ON, "a")
        with self.page.expect_navigation():
            self.page.keyboard.press(key)
        self.landings += not is_link
        if not is_link:
            self.page.wait_for_function(FOCUS_IS_ON, arg=".summary-bad, h1")
            assert self.page.evaluate(IS_CALM)

    def types(self, name: str, text: str) -> None:
        """Go to that field and type."""
        self.tabs_to(name)
        self.page.keyboard.type(text)

    def reads(self, word: str) -> None:
        """Be on the page of that heading, at its beginning."""
        heading = self.page.get_by_role("heading", name=self.words[word], exact=True)
        expect(heading.first).to_be_visible(timeout=30_000)
        expect(self.page.locator("h1")).to_be_focused()

    def is_sent_back(self) -> None:
        """Be at the summary of errors; its first link leads to the field."""
        assert self.page.evaluate(FOCUS_IS_ON, ".summary-bad")
        self.page.keyboard.press("Tab")
        self.page.keyboard.press("Enter")
        assert self.page.evaluate(FOCUS_IS_ON, "[aria-invalid=true]")


@pytest.mark.parametrize("language", ["fr", pytest.param("en", marks=pytest.mark.soak)])
def test_the_flow_needs_only_a_keyboard(
    language: str, open_page, link, start_worker, site
) -> None:
    start_worker()
    page = open_page(language)
    typist = Typist(page, WORDS[language])
    page.goto(link.path)

    until_sign_in(typist)
    sign_in(typist)

    typist.reads("permissions")
    typist.enters(WORDS[language]["finish"])
    expect(page.locator("h1")).to_contain_text("Atelier Brume SAS")
    assert LinkRequest.objects.get().company.connection().linked_at
    assert typist.landings == 12


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "nojs"])
def test_a_submit_leads_to_the_heading_and_leaves_back_reload_and_the_language_alone(
    javascript: bool, open_page, link, site
) -> None:
    page = open_page("en", javascript=javascript, width=390)
    heading = page.locator("h1")
    page.goto(link.path)
    assert page.evaluate(FOCUS_IS_ON, "body")
    page.get_by_role("button", name="Start", exact=True).click()
    expect(heading).to_be_focused()
    page.get_by_role("button", name="Sage Intacct").click()
    expect(heading).to_be_focused()
    expect(heading).to_have_text("Before you start")

    page.reload()
    expect(heading).to_have_text("Before you start")
    page.go_back()
    expect(heading).to_have_text("Select your accounting software")
    page.go_forward()
    page.get_by_role("link", name="Français").click()
    expect(heading).to_have_text("Avant de commencer")
    assert page.url == f"{site}/link/before-you-start/"


def test_who_is_refused_by_a_page_of_its_own_begins_at_its_heading(
    open_page, link, member
) -> None:
    page = open_page("en")
    page.goto(link.path)
    integrations.switch(
        integrations.settings_for(link.client), on=False, by=member.user
    )
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.locator("h1")).to_have_text("Sage Intacct is paused")
    expect(page.locator("h1")).to_be_focused()


def until_sign_in(typist: Typist) -> None:
    words, keyboard = typist.words, typist.page.keyboard
    typist.enters(words["start"])
    typist.reads("software")
    typist.enters("Sage Intacct")
    typist.reads("before")
    typist.enters(words["agree"])
    typist.is_sent_back()
    keyboard.press("Space")
    typist.enters(words["agree"])
    typist.reads("company id")
    typist.types(words["company id label"], "AtelierBrume")
    typist.submits()
    for step in ("web services", "sender", "user"):
        typist.reads(step)
        typist.enters(words["done"], "Space")


def sign_in(typist: Typist) -> None:
    words, keyboard = typist.words, typist.page.keyboard
    typist.reads("sign in")
    # What was said in an earlier step is not asked twice.
    company = typist.page.get_by_label(words["company id label"], exact=True)
    user = typist.page.get_by_label(words["user label"], exact=True)
    expect(company).to_have_value("AtelierBrume")
    expect(user).to_have_value(SANDBOX_USER)
    typist.enters(words["connect"])
    typist.is_sent_back()
    keyboard.type(SANDBOX_PASSWORD)
    typist.submits()
    typist.reads("entity")
    typist.tabs_to(words["entity label"])
    keyboard.type("100")
    typist.enters(words["continue"])
