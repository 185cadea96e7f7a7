"""Signing in, in the site's own look; the account's page."""

import re

import pytest
from django.conf import settings
from django.core import mail
from django.urls import reverse

from tests.conftest import PASSWORD

# A security key is made for one host, which the browser compares.
HOST_THAT_KEYS_NEED = re.compile(r'"id": "testserver"')


def test_sign_in_and_out(client, member):
    page = client.get("/portal/companies/", follow=True)
    assert page.request["PATH_INFO"] == reverse("account_login")
    data = {"login": member.user.email, "password": PASSWORD}
    answer = client.post(page.request["PATH_INFO"] + "?next=/portal/settings/", data)
    assert answer.url == "/portal/settings/"
    assert client.get("/portal/settings/").status_code == 200
    assert client.post(reverse("account_logout")).url == reverse("account_login")
    assert client.get("/portal/settings/").status_code == 302


def test_members_land_in_the_portal_staff_in_the_admin(client, member, engineer):
    for user, place in ((member.user, "portal:home"), (engineer, "admin:index")):
        data = {"login": user.email, "password": PASSWORD}
        answer = client.post(reverse("account_login"), data)
        assert answer.url == reverse(place)
        client.logout()


def test_a_wrong_password_says_so_once(client, member):
    data = {"login": member.user.email, "password": "not this"}
    answer = client.post(reverse("account_login"), data)
    assert "not this" not in answer.text
    assert "<title>Error: " in answer.text
    unknown = client.post(
        reverse("account_login"), {"login": "nobody@example.com", "password": "x"}
    )
    error = 'role="alert"'
    assert error in answer.text
    assert error in unknown.text


def test_a_new_password_is_mailed_to_members_only_and_the_page_does_not_tell(
    client, member
):
    path = reverse("account_reset_password")
    ours = client.post(path, {"email": member.user.email}, follow=True)
    stranger = client.post(path, {"email": "nobody@example.com"}, follow=True)

    assert [message.to for message in mail.outbox] == [[member.user.email]]
    assert without_token(ours.text) == without_token(stranger.text)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_each_page_of_a_forgotten_password_has_a_way_on(client, member, language):
    spoken = {"headers": {"Accept-Language": language}, "follow": True}
    path, sign_in = reverse("account_reset_password"), reverse("account_login")
    pages = {path: client.get(path, **spoken)}
    pages["sent"] = client.post(path, {"email": member.user.email}, **spoken)
    link = re.search(r"/account/password/reset/key/\S+", mail.outbox[0].body)[0]
    form = client.get(link, **spoken).request["PATH_INFO"]
    passwords = dict.fromkeys(("password1", "password2"), "a rather long password")
    pages["chosen"] = client.post(form, passwords, **spoken)
    pages["used"] = client.get(link, **spoken)

    assert [name for name, page in pages.items() if sign_in not in main(page)] == []
    assert path in main(pages["used"])


def test_a_changed_password_leads_back_to_the_account_in_the_portal(client, member):
    client.force_login(member.user)
    passwords = dict.fromkeys(("password1", "password2"), "a rather long password")
    data = {"oldpassword": PASSWORD} | passwords
    page = client.post(reverse("account_change_password"), data, follow=True)

    assert page.request["PATH_INFO"] == reverse("portal:account")
    assert f'href="{reverse("portal:home")}"' in page.text


def main(page) -> str:
    """Return the part of a page that is not the same on each."""
    return page.text.partition("<main")[2].partition("</main>")[0]


def without_token(page: str) -> str:
    """Return a page but for what differs each time."""
    return re.sub(r'(csrfmiddlewaretoken" value=|nonce=)"[^"]+"', "", page)


@pytest.mark.parametrize(("remember", "hours"), [("", None), ("on", 12)])
def test_who_asks_stays_signed_in_on_this_device(client, member, remember, hours):
    data = {"login": member.user.email, "password": PASSWORD, "remember": remember}
    client.post(reverse("account_login"), data)

    age = client.cookies[settings.SESSION_COOKIE_NAME]["max-age"]
    assert (age or None) == (hours and hours * 60 * 60)


def test_sign_up_is_closed(client, db):
    assert "Sign-up is closed" in client.get(reverse("account_signup")).text
    data = {"email": "x@example.com", "password1": "a rather long password"}
    answer = client.post(reverse("account_signup"), data)
    assert "Sign-up is closed" in answer.text


@pytest.mark.parametrize(
    "name",
    [
        "account_change_password",
        "account_logout",
        "account_reset_password",
        "account_reset_password_done",
        "account_reauthenticate",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_list_webauthn",
        "mfa_add_webauthn",
        "mfa_generate_recovery_codes",
        "account_email",
    ],
)
@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_account_page_is_ours_and_fits_the_csp(client, member, name, language):
    data = {"login": member.user.email, "password": PASSWORD}
    client.post(reverse("account_login"), data)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse(name), headers={"Accept-Language": language}, follow=True)
    assert page.status_code == 200
    assert 'class="portal"' in page.text
    assert f'<html lang="{language}"' in page.text
    assert page.text.count("<h1") == 1
    assert " style=" not in page.text
    assert " onclick=" not in page.text
    assert "testserver" not in HOST_THAT_KEYS_NEED.sub("", page.text)


def test_the_account_chooses_a_language(client, member):
    client.force_login(member.user)
    client.cookies["language"] = "en"
    answer = client.post(reverse("portal:account"), {"language": "fr"})
    assert answer.status_code == 303
    member.user.refresh_from_db()
    assert member.user.language == "fr"
    page = client.get(reverse("portal:account"))
    assert '<html lang="fr"' in page.text
