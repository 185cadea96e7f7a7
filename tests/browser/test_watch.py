"""The live watch in a browser: a page sees what is done elsewhere, while it is seen."""

import re
from datetime import timedelta

from django.core import mail
from django.test import Client as Visitor
from playwright.sync_api import expect

from linksite import handing, linking, visiting, watching
from linksite.intacct.sandbox import PAPETERIES_LAC, SANDBOX_SENDER_ID
from linksite.models import LinkRequest
from tests.browser.conftest import enter_link
from tests.browser.rules import SHIFTS
from tests.browser.test_permissions import HEAR

HIDE = "Object.defineProperty(document, 'hidden', {value: %s, configurable: true})"


def test_a_step_ticks_itself_and_stops_looking_while_nobody_sees_it(
    open_page, link, live_sandbox, site, monkeypatch
) -> None:
    monkeypatch.setattr(watching, "SHORTEST", timedelta(0))
    monkeypatch.setattr(watching, "LONGEST", timedelta(0))
    page = open_page("fr")
    enter_link(page, link, site)
    go_to_sender(link)
    page.goto("/link/sender/")
    expect(page.locator("#sight")).to_contain_text("n’est pas encore autorisé")
    page.locator("details.more summary").first.focus()

    page.wait_for_event("requestfinished")  # the next look is seconds away
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


def test_who_said_done_too_early_is_not_told_two_things_once_it_is(
    open_page, link, live_sandbox, site, monkeypatch
) -> None:
    monkeypatch.setattr(watching, "SHORTEST", timedelta(0))
    monkeypatch.setattr(watching, "LONGEST", timedelta(0))
    page = open_page("en")
    enter_link(page, link, site)
    go_to_sender(link)
    page.goto("/link/sender/")
    expect(page.locator("#sight")).to_contain_text("not authorised yet")
    page.get_by_role("button", name="Done, continue").click()
    told = page.get_by_text("Sage Intacct answered that this is not done yet")
    expect(told).to_be_visible()

    live_sandbox.companies[PAPETERIES_LAC].authorise_sender(SANDBOX_SENDER_ID)

    expect(page.locator("#sight")).to_contain_text("Seen done at")
    expect(told).to_have_count(0)
    assert page.evaluate("document.activeElement.id") == "main"
    page.get_by_role("button", name="Done, continue").click()
    page.wait_for_url("**/link/web-services-user/*")


def go_to_sender(link: LinkRequest) -> None:
    """Do every step before the one that lets our Sender in."""
    visiting.start(link)
    linking.choose_software(link, integration="sage-intacct")
    linking.agree(link)
    linking.give_company_id(link, company_id=PAPETERIES_LAC)
    linking.confirm(link, step="web-services")


def test_who_handed_a_step_over_sees_the_colleague_begin_and_finish(
    open_page, link, live_sandbox, site, settings
) -> None:
    settings.LIVE_WATCH = False
    page = open_page("en")
    enter_link(page, link, site)
    go_to_sender(link)
    marc = "marc.petit@atelier-brume.example"
    handing.hand_over(link, email=marc, language="en", steps=["sender"])
    page.add_init_script(SHIFTS)
    page.goto("/link/sender/")
    page.evaluate(HEAR)
    note = page.locator("#handed-note")
    expect(note).to_contain_text("Your colleague has not begun yet.")
    page.get_by_role("button", name="Done, continue").focus()

    colleague = Visitor()
    colleague.post(re.search(r"/l/[\w-]{43}/", mail.outbox[-1].body)[0])
    expect(note).to_contain_text("Your colleague has begun.")
    colleague.post("/link/for-you/sender/")
    expect(note).to_contain_text(f"{marc} finished it")

    expect(page.locator("#w-sender")).to_have_class("now seen")
    assert page.evaluate("document.activeElement.innerText") == "Done, continue"
    assert page.evaluate("shifted") == 0
    expect(page.locator("#say")).to_have_text("Your colleague is done")
    said = ["Your colleague has begun.", "Your colleague is done"]
    assert page.evaluate("spoken") == said
    note.get_by_role("link", name="Carry on").click()
    page.wait_for_url("**/link/web-services-user/")
