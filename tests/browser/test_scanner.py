"""A mail scanner with a real browser: it runs scripts and sends every form it finds."""

import re

import pytest
from playwright.sync_api import Browser, Page

from linksite.models import LinkRequest, SignInBudget, Visit

pytestmark = pytest.mark.at_our_pace

AGENTS = [
    "Mozilla/5.0 (Windows NT 10.0; SafeLinks) Chrome/140.0",
    "Mozilla/5.0 (compatible; Proofpoint URL Defense)",
    "Barracuda Sentinel (EE)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Mozilla/5.0 Mimecast Targeted Threat Protection",
]
# Fills whatever can be filled and sends the form, as a script of the page could.
SEND = """form => {
  for (const field of form.elements) {
    if (field.type === "checkbox") field.checked = true;
    else if (field.tagName === "SELECT") field.selectedIndex = field.length - 1;
    else if (field.type !== "hidden" && !field.value) field.value = "Junk";
  }
  form.requestSubmit(form.querySelector("button[name]"));
}"""
AHEAD = 40  # pages; there are about ten


def scan(browser: Browser, site: str, path: str, agent: str) -> set[str]:
    """Open the address, and send every form of every page it comes to."""
    context = browser.new_context(base_url=site, user_agent=agent)
    page = context.new_page()
    met, ahead = {path}, [path]
    for _ in range(AHEAD):
        if not ahead:
            break
        here = ahead.pop()
        page.goto(here)
        for number in range(page.locator("form").count()):
            there = send(page, here, number, site)
            if there not in met:
                met.add(there)
                ahead.append(there)
    context.close()
    return met


def send(page: Page, here: str, number: int, site: str) -> str:
    """Send one form of a page; return where that leads."""
    if number:
        page.goto(here)
    form = page.locator("form").nth(number)
    if form.count():  # the page may have moved on
        if form.get_attribute("hx-post"):  # it stays on the page
            with page.expect_response(re.compile("/look/")):
                form.evaluate(SEND)
            return here
        with page.expect_navigation():
            form.evaluate(SEND)
    return page.url.removeprefix(site).removesuffix("#title")


@pytest.mark.parametrize(
    "times", [1, pytest.param(20, marks=pytest.mark.soak)], ids="{} times".format
)
def test_a_scanner_changes_nothing_that_a_person_then_notices(
    browser, site, open_page, link: LinkRequest, live_sandbox, settings, times
):
    settings.SETTLE_SECONDS = 600  # a scanner's minute, however slow this machine is
    before = LinkRequest.objects.filter(pk=link.pk).values().get()
    first = open_page("en")
    first.goto(link.path)
    fresh = first.locator("main").inner_text()

    for number in range(times):
        met = scan(browser, site, link.path, AGENTS[number % len(AGENTS)])
        assert "/link/sign-in/" in met

    assert LinkRequest.objects.filter(pk=link.pk).values().get() == before
    assert not Visit.objects.settled().exists()
    assert not SignInBudget.objects.exists()
    assert live_sandbox.log == []
    person = open_page("en")
    person.goto(link.path)
    assert person.locator("main").inner_text() == fresh
    person.get_by_role("button", name="Start", exact=True).click()
    assert person.url.endswith("/link/software/#title")
    person.get_by_role("button", name="Sage Intacct").click()
    assert not person.get_by_role("checkbox").is_checked()
