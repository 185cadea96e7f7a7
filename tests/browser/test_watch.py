"""The live watch in a browser: a page sees what is done elsewhere, while it is seen."""

from datetime import timedelta

from playwright.sync_api import expect

from linksite import linking, visiting, watching
from linksite.intacct.sandbox import PAPETERIES_LAC, SANDBOX_SENDER_ID
from tests.browser.conftest import enter_link

HIDE = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true})"


def test_a_step_ticks_itself_and_stops_looking_while_nobody_sees_it(
    open_page, link, live_sandbox, site, monkeypatch
) -> None:
    monkeypatch.setattr(watching, "SHORTEST", timedelta(0))
    monkeypatch.setattr(watching, "LONGEST", timedelta(0))
    page = open_page("fr")
    enter_link(page, link, site)
    visiting.start(link)
    linking.choose_software(link, integration="sage-intacct")
    linking.agree(link)
    linking.give_company_id(link, company_id=PAPETERIES_LAC)
    linking.confirm(link, step="web-services")
    page.goto("/link/sender/")
    expect(page.locator("#sight")).to_contain_text("Pas encore")
    page.locator("details.more summary").first.focus()

    page.evaluate(HIDE % "true")
    asked = live_sandbox.posts(PAPETERIES_LAC)
    live_sandbox.companies[PAPETERIES_LAC].authorise_sender(SANDBOX_SENDER_ID)
    page.wait_for_timeout(5500)
    assert live_sandbox.posts(PAPETERIES_LAC) == asked
    page.evaluate(HIDE % "false")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(page.locator("#sight")).to_contain_text("Constaté à")
    expect(page.locator("#w-sender")).to_have_class("now seen")
    expect(page.locator("#say")).to_have_text("Fait")
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    asked = live_sandbox.posts(PAPETERIES_LAC)
    page.wait_for_timeout(5500)
    assert live_sandbox.posts(PAPETERIES_LAC) == asked
    assert live_sandbox.most_at_once(PAPETERIES_LAC) == 1
