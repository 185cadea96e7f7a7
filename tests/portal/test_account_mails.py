"""The mails about one's account: in our frame, in the person's language."""

import re
from collections.abc import Callable
from pathlib import Path

import allauth
import pytest
from django.conf import settings as site
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.test import Client as Browser
from django.urls import reverse
from django.utils import translation

from linksite import envelope
from portal import account_mails
from portal.sign_in import SecondFactorAdapter
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db

LANGUAGES = {"en": "fr", "fr": "en"}  # the person's, and what the browser speaks
WORDS = {
    "en": ("Hello,", "Codat Portal", "Questions? Write to"),
    "fr": ("Bonjour,", "Portail\u00a0Codat", "Écrivez à"),
}
MAILS = ("password", "invitation", *account_mails.CHANGES, "what allauth adds one day")
# Changes of an address: only a Solutions Engineer makes them, in the admin.
NEVER = {"email_changed", "email_confirm", "email_deleted"}
HOSTS = re.compile(r"testserver|127\.0\.0\.1|localhost")


@pytest.fixture
def send(member, engineer) -> Callable[[str, str], EmailMultiAlternatives]:
    """Return a sender of each mail: send("password", "fr") returns the mail."""
    person = member.user

    def send(name: str, language: str) -> EmailMultiAlternatives:
        person.language = language
        with translation.override(LANGUAGES[language]):
            if name == "password":
                account_mails.send_password(person)
            elif name == "invitation":
                account_mails.send_invitation(person, by=engineer)
            else:
                account_mails.send_change(person, change=name)
        return mail.outbox[-1]

    return send


def without_addresses(text: str) -> str:
    """Return what a person reads of a mail besides its links."""
    return re.sub(r"https?://\S+", "", text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_names_the_brand_in_the_persons_language(send, member, name, language):
    sent = send(name, language)

    hello, portal, questions = WORDS[language]
    html = str(sent.alternatives[0][0])
    assert sent.to == [member.user.email]
    assert portal in sent.subject
    assert sent.body.startswith(hello)
    for text in (sent.body, html):
        assert portal in text and questions in text
        assert site.SUPPORT_EMAIL in text
        assert not HOSTS.search(without_addresses(text))
    assert f'<html lang="{language}"' in html
    assert _addresses(html) == _addresses(sent.body)


def _addresses(text: str) -> set[str]:
    found = set(re.findall(r"https?://[^\s\"<]+", text))
    return found - {"http://www.w3.org/1999/xhtml"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [*MAILS[1:]])
def test_a_mail_of_a_change_or_an_invitation_ends_where_to_sign_in(
    send, name, language
):
    assert site.SITE_URL + reverse("account_login") in send(name, language).body


def test_every_change_that_allauth_mails_has_words_of_ours():
    folder = Path(allauth.__file__).parent / "templates"
    files = [f for app in ("account", "mfa") for f in folder.glob(f"{app}/email/*.txt")]
    told = {
        str(file.relative_to(folder)).removesuffix("_message.txt")
        for file in files
        if file.read_text().startswith('{% extends "account/email/base_notification')
    }

    assert told == account_mails.CHANGES.keys() | {f"account/email/{n}" for n in NEVER}


@pytest.mark.parametrize(
    ("language", "forgot", "changed"),
    [
        ("en", "Choose a new password for", "A new password was chosen – Codat Portal"),
        ("fr", "Choisissez un nouveau mot", "Un nouveau mot de passe a été choisi"),
    ],
)
def test_allauth_sends_them_in_the_language_of_the_person(
    member, language, forgot, changed
):
    member.user.language = language
    member.user.save()
    browser = Browser(HTTP_ACCEPT_LANGUAGE=LANGUAGES[language])
    browser.post(reverse("account_reset_password"), {"email": member.user.email})
    browser.force_login(member.user)
    fine = dict.fromkeys(("password1", "password2"), "a sentence that is long enough")
    browser.post(reverse("account_change_password"), {"oldpassword": PASSWORD} | fine)

    subjects = [message.subject for message in mail.outbox]
    assert len(subjects) == 2
    assert subjects[0].startswith(forgot)
    assert subjects[1].startswith(changed)


def test_the_link_leads_to_this_site_whatever_host_was_asked(client, member, settings):
    settings.ALLOWED_HOSTS = ["other.example"]
    path = reverse("account_reset_password")
    client.post(path, {"email": member.user.email}, headers={"host": "other.example"})

    assert f"{site.SITE_URL}/account/password/reset/key/" in mail.outbox[0].body
    assert "other.example" not in mail.outbox[0].body


@pytest.fixture
def no_mail_server(monkeypatch) -> None:
    """Let no mail leave."""

    def refuse(message: EmailMultiAlternatives) -> None:
        raise ConnectionRefusedError("no mail server here")

    monkeypatch.setattr(envelope.EmailMultiAlternatives, "send", refuse)


def test_a_password_is_changed_even_if_no_mail_can_say_so(
    no_mail_server, client, member
):
    client.force_login(member.user)
    fine = dict.fromkeys(("password1", "password2"), "a sentence that is long enough")
    path = reverse("account_change_password")
    page = client.post(path, {"oldpassword": PASSWORD} | fine, follow=True)

    assert page.status_code == 200
    member.user.refresh_from_db()
    assert member.user.check_password(fine["password1"])


def test_who_forgot_the_password_is_told_that_no_mail_went(
    no_mail_server, client, member
):
    path = reverse("account_reset_password")
    page = client.post(path, {"email": member.user.email}, follow=True)

    assert "The email could not be sent. Try again later" in page.text


def test_an_authenticator_app_and_a_device_name_the_brand(rf, member):
    with allauth.core.context.request_context(rf.get("/")):
        adapter = SecondFactorAdapter()
        assert "issuer=Codat" in adapter.build_totp_url(member.user, "SECRET")
        rp = adapter.get_public_key_credential_rp_entity()

    assert rp == {"id": "testserver", "name": "Codat"}
