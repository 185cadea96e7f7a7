"""No network: the page says so, keeps what was typed, and sends it once it is back."""

import pytest
from playwright.sync_api import Page, expect

from linksite import linking
from tests.browser.conftest import enter_link

WORDS = {
    "en": "You are offline. We try again when you are back.",
    "fr": "Vous êtes hors ligne. Nous réessaierons à votre retour.",
}


@pytest.fixture(params=["en", "fr"])
def page(request, open_page, link, site) -> Page:
    """A browser at the page that asks for the company ID."""
    page = open_page(request.param)
    enter_link(page, link, site)
    linking.choose_software(link, integration="sage-intacct")
    linking.agree(link)
    page.words = WORDS[request.param]
    page.goto("/link/company-id/")
    return page


def test_what_is_sent_while_offline_stays_and_goes_once_back(page, link) -> None:
    alert = page.locator("#offline[role=alert]")
    assert alert.inner_text() == ""
    page.locator("#id_company_id").fill("AtelierBrume")
    page.context.set_offline(True)
    expect(alert).to_contain_text(page.words)
    expect(alert.locator(".note")).to_be_in_viewport()

    page.locator("main form button.btn:not(.btn-2)").click()

    expect(page.locator("#id_company_id")).to_have_value("AtelierBrume")
    alert.get_by_role("button").click()
    expect(alert).to_contain_text(page.words)  # still offline
    expect(page.locator("#offline .note")).to_have_count(1)
    page.context.set_offline(False)
    page.wait_for_url("**/link/web-services/#title")
    link.refresh_from_db()
    assert link.intacct_company_id == "AtelierBrume"


def test_a_network_that_fails_once_more_as_it_comes_back_is_asked_again(page) -> None:
    page.locator("#id_company_id").fill("AtelierBrume")
    page.context.set_offline(True)
    page.locator("main form button.btn:not(.btn-2)").click()
    page.route("**/livez", lambda route: route.abort(), times=1)
    page.context.set_offline(False)

    page.wait_for_url("**/link/web-services/#title")


def test_a_network_that_comes_back_takes_the_note_away_and_sends_nothing(page) -> None:
    page.locator("#id_company_id").fill("Atelier")
    page.context.set_offline(True)
    expect(page.locator("#offline .note")).to_have_count(1)
    page.context.set_offline(False)

    expect(page.locator("#offline .note")).to_have_count(0)
    expect(page.locator("#id_company_id")).to_have_value("Atelier")
    assert page.url.endswith("/link/company-id/")


def test_a_look_that_fails_says_so_until_one_succeeds(page, link, site) -> None:
    linking.give_company_id(link, company_id="VergerNeuf")
    page.goto("/link/web-services/")
    page.route("**/look/", lambda route: route.abort())
    page.locator("form:has([name=by_hand]) button").click()
    expect(page.locator("#offline")).to_contain_text(page.words)
    page.unroute("**/look/")

    page.locator("#offline button").click()

    expect(page.locator("#offline .note")).to_have_count(0)


def test_the_wait_counts_down_in_words_and_is_never_spoken(page, link) -> None:
    linking.give_company_id(link, company_id="RueeExpress")
    for step in ("web-services", "sender", "web-services-user"):
        linking.confirm(link, step=step)
    page.clock.install()
    page.goto("/link/sign-in/")
    page.locator("#id_user_id").fill("alderfinch_ws")
    page.locator("#id_password").fill("Sandbox-Pass-1")
    page.locator("main form button.btn:not(.btn-2)").click()
    words = page.locator("[data-wait]")
    expect(words).to_contain_text("30")
    assert (
        page.locator("[data-wait]").evaluate("e => e.closest('[aria-live], [role]')")
        is None
    )

    said = []
    for _ in range(4):
        page.clock.run_for(10_000)
        said.append(words.inner_text())

    assert ["20" in said[0], "10" in said[1]] == [True, True]
    assert said[2] == said[3] == words.get_attribute("data-over")
    assert page.locator("#say").inner_text() == ""
