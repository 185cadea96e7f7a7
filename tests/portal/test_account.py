"""The account page: the language and the theme of who signed in."""

import pytest

PAGE = "/portal/account/"
A_YEAR = 365 * 24 * 60 * 60


@pytest.mark.parametrize("is_secure", [True, False])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_for_a_year_in_this_browser(
    admin_browser, settings, theme, is_secure
) -> None:
    settings.SITE_IS_SECURE = is_secure

    answer = admin_browser.post(f"{PAGE}theme/", {"theme": theme})

    assert (answer.status_code, answer.url) == (303, PAGE)
    cookie = answer.cookies["theme"]
    assert (cookie["max-age"], cookie["samesite"]) == (A_YEAR, "Lax")
    assert (bool(cookie["secure"]), cookie["httponly"]) == (is_secure, True)
    assert f'data-theme="{theme}"' in admin_browser.get(PAGE).text


@pytest.mark.parametrize("theme", ["", "pink", "dark; Domain=example.com"])
def test_the_devices_theme_needs_no_cookie(admin_browser, theme) -> None:
    admin_browser.post(f"{PAGE}theme/", {"theme": "dark"})

    answer = admin_browser.post(f"{PAGE}theme/", {"theme": theme})

    assert answer.cookies["theme"].value == ""
    assert answer.cookies["theme"]["max-age"] == 0
    assert "data-theme" not in admin_browser.get(PAGE).text


def test_a_theme_leaves_the_language_of_this_visit_alone(admin_browser) -> None:
    admin_browser.get(f"{PAGE}?lang=fr")
    admin_browser.post(f"{PAGE}theme/", {"theme": "dark"})
    assert "Changer de thème" in admin_browser.get(PAGE).text
