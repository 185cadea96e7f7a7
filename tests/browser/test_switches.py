"""Another language or another theme: nothing moves, and the choice is seen at once."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import sign_in
from tests.browser.rules import SHIFTS

PAGE_COLOUR = "getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(243, 246, 246)", "rgb(13, 21, 24)"


def is_still(page: Page) -> bool:
    page.wait_for_load_state("networkidle")
    return page.evaluate("shifted") == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_the_language_changes_and_nothing_moves(open_page, link, width) -> None:
    page = open_page("en", width=width)
    page.add_init_script(SHIFTS)
    page.goto(link.path)
    page.locator("main form button").click()
    for name, language in (("Français", "fr"), ("English", "en")):
        page.get_by_role("link", name=name).click()
        expect(page.locator("html")).to_have_attribute("lang", language)
        assert is_still(page)


@pytest.mark.parametrize("width", [1280, 390])
def test_the_theme_changes_and_nothing_moves(open_page, member, link, width) -> None:
    page = open_page("en", width=width)
    page.add_init_script(SHIFTS)
    sign_in(page, member)
    page.goto("/portal/account/")
    expect(page.get_by_label("The device’s setting")).to_be_checked()
    for name, colour in (("Dark", DARK), ("Light", LIGHT)):
        choose(page, name)
        assert page.evaluate(PAGE_COLOUR) == colour
        expect(page.get_by_label(name, exact=True)).to_be_checked()
        assert is_still(page)

    # The choice holds against the device, and the device's comes back.
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(PAGE_COLOUR) == LIGHT
    choose(page, "The device’s setting")
    assert page.evaluate(PAGE_COLOUR) == DARK
    assert "theme" not in {cookie["name"] for cookie in page.context.cookies()}


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "nojs"])
def test_how_often_is_asked_of_continuous_syncs_only(open_page, member, javascript):
    page = open_page("en", javascript=javascript)
    sign_in(page, member)
    page.goto("/portal/settings/integrations/accounting/sage-intacct/")
    refresh = page.get_by_label("Refresh", exact=True)
    expect(refresh).to_be_visible()
    page.get_by_role("radio", name="One-time syncs only").check()
    expect(refresh).to_be_hidden()
    page.get_by_role("radio", name="Continuous").check()
    expect(refresh).to_be_visible()


def choose(page: Page, name: str) -> None:
    page.get_by_label(name, exact=True).check()
    with page.expect_navigation():
        page.get_by_role("button", name="Change the theme").click()
    expect(page.get_by_text("Saved")).to_be_visible()
