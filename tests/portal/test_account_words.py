"""Every page of one's account speaks French: words, errors, messages and mails."""

import re
from pathlib import Path

import lxml.html
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.core import mail
from django.test import Client as Browser
from django.urls import get_resolver, reverse
from django.utils import timezone

from portal import account_mails
from tests.conftest import PASSWORD

pytestmark = pytest.mark.django_db
# The same words as in the browser's rules.
_RULES = (Path(__file__).parents[1] / "browser/rules.js").read_text()
_WORDS = re.search(r"const ENGLISH = .*?\((the\|[^)]*)\)", _RULES)[1]
ENGLISH = re.compile(rf"(?<![\w@.’'-])({_WORDS})(?![\w@.’'-])", re.IGNORECASE)
TYPOGRAPHY = {
    "no U+202F before ; ! ?": re.compile(r"(?<!\u202f)[;!?]"),
    "no U+00A0 before a colon": re.compile(r"(?<!\u00a0):(?!\d|//)"),
    "straight apostrophe": re.compile("'"),
    "hard hyphen": re.compile(r"e-mail|\bemail", re.IGNORECASE),
    "not our tone": re.compile(r"Veuillez|Merci d|\(e\)"),
}


def faults(text: str) -> list[str]:
    """Return what in a text is not our French."""
    found = [f"English “{word[0]}”: {text[:90]}" for word in ENGLISH.finditer(text)]
    broken = [name for name, rule in TYPOGRAPHY.items() if rule.search(text)]
    return found + [f"{name}: {text[:90]}" for name in broken]


def texts(page: str) -> list[str]:
    """Return what people read of a page, piece by piece."""
    root = lxml.html.fromstring(page)
    for name in ("script", "style", "code", "*[@lang='en']", "*[@translate='no']"):
        for element in root.xpath(f"//{name}"):
            element.drop_tree()
    said = [text.strip() for text in root.xpath("//text()")]
    said += root.xpath("//@aria-label|//@placeholder|//@title|//@alt")
    return [text for text in said if text]


@pytest.fixture
def wrong() -> dict:
    """Return what was not our French on the pages and mails that were read."""
    return {}


@pytest.fixture
def read(wrong):
    """Return a reader: read(browser, name, data) opens or posts, and judges it."""

    def look(browser: Browser, name: str, data: dict | None = None, **more: object):
        url = name if name.startswith("/") else reverse(name, **more)
        page = browser.get(url, follow=True) if data is None else None
        page = page or browser.post(url, data, follow=True)
        assert page.status_code < 500
        if page["Content-Type"].startswith("text/html"):
            found = [fault for text in texts(page.text) for fault in faults(text)]
            wrong.update({f"{name} {data}": found} if found else {})
        return page

    return look


@pytest.fixture
def nobody() -> Browser:
    """A browser of somebody who reads French and has not signed in."""
    return Browser(HTTP_ACCEPT_LANGUAGE="fr")


@pytest.fixture
def signed_in(member, wrong) -> Browser:
    """A browser of a French Member who has just signed in."""
    browser = Browser(HTTP_ACCEPT_LANGUAGE="fr")
    data = {"login": member.user.email, "password": PASSWORD}
    assert browser.post(reverse("account_login"), data).status_code == 302
    return browser


@pytest.fixture
def proven(signed_in) -> Browser:
    """The same, who has confirmed their password for the second factor's pages."""
    signed_in.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return signed_in


def _names() -> list[str]:
    """Return the pages of the account that need nothing in their address."""
    names = [n for n in get_resolver().reverse_dict if isinstance(n, str)]
    ours = [n for n in names if n.startswith(("account_", "mfa_"))]
    return [n for n in sorted(ours) if n not in BY_KEY and n != "account_logout"]


BY_KEY = {
    "account_confirm_email",
    "account_reset_password_from_key",
    "mfa_remove_webauthn",
    "mfa_edit_webauthn",
}


def judge_mails(wrong: dict) -> None:
    for message in mail.outbox:
        text = re.sub(r"https?://\S+", "", f"{message.subject}\n{message.body}")
        if found := faults(text):
            wrong[message.subject] = found


def test_the_rules_see_what_is_not_our_french():
    assert faults("Not used yet") != []
    assert faults("Merci d'attendre !") != []
    assert faults("Votre e-mail") != []
    assert faults("Voulez-vous vous déconnecter\u202f?") == []


def test_a_visitor_reads_french(nobody, read, wrong, member):
    for name in _names():
        read(nobody, name)
    read(nobody, "account_login", {})
    read(nobody, "account_login", {"login": "x", "password": "y"})
    read(nobody, "account_login", {"login": "x@example.com", "password": "y"})
    for email in ("", "x", "nobody@example.com"):
        read(nobody, "account_reset_password", {"email": email})

    assert wrong == {}


def test_who_tries_too_often_is_told_in_french(nobody, read, wrong, member):
    said = ""
    for _ in range(8):
        data = {"login": member.user.email, "password": "wrong"}
        said = read(nobody, "account_login", data).text

    assert "Trop de connexions ont échoué" in said
    assert wrong == {}


def test_a_new_password_is_asked_and_chosen_in_french(nobody, read, wrong, member):
    read(nobody, "account_reset_password", {"email": member.user.email})
    judge_mails(wrong)
    link = re.search(r"/account/password/reset/key/\S+", mail.outbox[-1].body)[0]
    form = read(nobody, link).redirect_chain[-1][0]
    read(nobody, form, {})
    read(nobody, form, {"password1": "short", "password2": "other"})
    read(nobody, form, {"password1": "password", "password2": "password"})
    fine = dict.fromkeys(("password1", "password2"), "une phrase assez longue")
    read(nobody, form, fine)
    read(nobody, link)
    read(nobody, "/account/password/reset/key/x-y/")

    assert wrong == {}


def test_an_invitation_is_in_french(member, engineer, wrong):
    member.user.language = "fr"
    account_mails.send_invitation(member.user, by=engineer)

    judge_mails(wrong)
    assert len(mail.outbox) == 1
    assert wrong == {}


def test_a_member_reads_french(signed_in, read, wrong):
    for name in _names():
        read(signed_in, name)
    read(signed_in, "account_logout")
    read(signed_in, "account_change_password", {})
    slips = {"oldpassword": "x", "password1": "y", "password2": "z"}
    read(signed_in, "account_change_password", slips)
    read(signed_in, "account_reauthenticate", {"password": "x"})
    fine = dict.fromkeys(("password1", "password2"), "une phrase assez longue")
    read(signed_in, "account_change_password", {"oldpassword": PASSWORD} | fine)

    judge_mails(wrong)
    assert wrong == {}


def test_a_second_factor_is_set_up_in_french(proven, read, wrong):
    read(proven, "mfa_activate_totp", {})
    read(proven, "mfa_activate_totp", {"code": "000000"})
    secret = proven.session["mfa.totp.secret"]
    counter = next(yield_hotp_counters_from_time())
    code = format_hotp_value(hotp_value(secret, counter))
    assert "codes" in read(proven, "mfa_activate_totp", {"code": code}).text
    for name in _names():
        read(proven, name)
    read(proven, "mfa_generate_recovery_codes", {})
    read(proven, "mfa_reauthenticate", {"code": "1"})
    read(proven, "mfa_deactivate_totp", {})

    assert not Authenticator.objects.filter(type="totp").exists()
    judge_mails(wrong)
    assert wrong == {}


def test_a_security_key_is_kept_in_french(proven, member, read, wrong):
    for data in (None, {}):  # before there is a key, which no browser has made here
        assert "clé" in read(proven, "mfa_add_webauthn", data).text
    data = {"name": "Clé de Léa", "credential": {}}
    key = Authenticator.objects.create(user=member.user, type="webauthn", data=data)
    row = {"kwargs": {"pk": key.pk}}
    for name in ("mfa_index", "mfa_list_webauthn"):
        read(proven, name)
    read(proven, "mfa_edit_webauthn", **row)
    read(proven, "mfa_edit_webauthn", {"name": ""}, **row)
    Authenticator.objects.update(last_used_at=timezone.now())
    assert "Utilisée le" in read(proven, "mfa_list_webauthn").text
    read(proven, "mfa_remove_webauthn", **row)
    read(proven, "mfa_remove_webauthn", {}, **row)

    assert not Authenticator.objects.exists()
    judge_mails(wrong)
    assert wrong == {}


def test_the_second_factor_is_asked_for_in_french(nobody, member, read, wrong):
    TOTP.activate(member.user, generate_totp_secret())
    data = {"login": member.user.email, "password": PASSWORD}
    read(nobody, "account_login", data)
    read(nobody, "mfa_authenticate", {})
    read(nobody, "mfa_authenticate", {"code": "1"})

    assert wrong == {}
