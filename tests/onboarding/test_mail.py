"""The mails: the text alone is enough, and the HTML says the same."""

import re
from collections.abc import Callable

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone

from linksite import mailing
from linksite.models import Branding, Connection, Handover

pytestmark = pytest.mark.django_db

MAILS = (
    "link",
    "code",
    "reminder",
    "ready",
    "done",
    "linked-staff",
    "gone",
    "gone-staff",
    "broken",
    "broken-staff",
    "asked",
    "back",
    "back-on",
    "helped",
)


@pytest.fixture
def send(link, member) -> Callable[[str, str], EmailMultiAlternatives]:
    """Return a sender of every mail: send("link", "fr") returns the mail."""
    row = Connection(
        company=link.company, intacct_company_id="AtelierBrume", trouble="bad_login"
    )
    row.first_look, row.unlinked_at = {"name": "Atelier Brume"}, timezone.now()
    place = mailing.Place(5, 9, "Configure Web Services")
    url, by = link.url, member.user
    stop = "http://127.0.0.1:8000/link/reminders/x/"

    def send(name: str, language: str) -> EmailMultiAlternatives:
        link.language = by.language = link.created_by.language = language
        {
            "link": lambda: mailing.send_link(
                link, url, to=link.email, language=language, by=by
            ),
            "code": lambda: mailing.send_code(link, "012345"),
            "reminder": lambda: mailing.send_reminder(
                link, url, place=place, stop_url=stop, by=by
            ),
            "ready": lambda: mailing.send_ready(link, row, url, stop_url=stop, by=by),
            "linked-staff": lambda: mailing.send_linked_staff(link, row, to=by),
            "gone": lambda: mailing.send_gone(
                link, row, role_name="alderfinch_readonly", sender_id="Us-1", by=by
            ),
            "gone-staff": lambda: mailing.send_gone_staff(link, row, to=by),
            "done": lambda: mailing.send_done(link, row, by=by),
            "broken": lambda: mailing.send_broken(
                link, url, trouble="bad_login", by=by
            ),
            "broken-staff": lambda: mailing.send_broken_staff(link, row, to=by),
            "asked": lambda: mailing.send_asked(link, is_sent=True),
            "back": lambda: mailing.send_back(
                link, url, place=place, is_switched=False, by=by
            ),
            "back-on": lambda: mailing.send_back(
                link, url, place=place, is_switched=True, by=by
            ),
            "helped": lambda: mailing.send_helped(
                link,
                url,
                handover=Handover(email="marc@atelier-brume.example", steps=[]),
                place=place,
                by=by,
            ),
        }[name]()
        return mail.outbox[-1]

    return send


def _html(sent: EmailMultiAlternatives) -> str:
    return str(sent.alternatives[0][0])


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_is_small_whole_and_asks_nothing_of_other_sites(send, name, language):
    sent = send(name, language)

    html = _html(sent)
    assert len(html.encode()) < 12_000
    assert f'<html lang="{language}"' in html
    assert "<title></title>" not in html
    assert not re.search(r"<img|<link|src=|url\(|@import|@font-face", html)
    assert set(re.findall(r"https?://[^\s\"<]+", html)) - {
        "http://www.w3.org/1999/xhtml"
    } == set(re.findall(r"https?://\S+", sent.body))
    assert sent.attachments == []


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("name", MAILS)
def test_a_mail_comes_in_the_name_of_the_client(send, name, language):
    sent = send(name, language)

    message = sent.message()
    assert message["From"] == ("Alder & Finch via Linksite <no-reply@linksite.example>")


def test_the_text_and_the_html_hold_the_same_address(send, link):
    sent = send("link", "en")

    assert link.url in sent.body
    assert _html(sent).count(link.url) == 3
    assert sent.subject == "Alder & Finch asks to read your accounting data"
    assert sent.reply_to == [link.created_by.email]


@pytest.mark.parametrize("name", ["code", "ready", "done", "broken"])
def test_questions_go_to_the_client_if_it_gave_an_address(send, client_row, name):
    assert "Write to support@linksite.example" in send(name, "en").body
    Branding.objects.create(client=client_row, support_email="help@alder.example")

    sent = send(name, "en")

    assert "Write to help@alder.example" in sent.body
    assert "mailto:help@alder.example" in _html(sent)
    assert "support@linksite.example" not in sent.body


def test_the_mail_at_the_end_says_how_the_page_ends_it(send):
    assert (
        "- Open your link again and press Disconnect. After" in send("done", "en").body
    )
    assert "press Disconnect" in _html(send("done", "en"))


def test_the_mail_of_a_goodbye_says_what_to_clear_up(send):
    text = send("gone", "fr").body

    assert "le rôle alderfinch_readonly" in text
    assert "Autorisations des services Web (Web Services authorizations)" in text
    assert "Us-1" in text


def test_whoever_does_not_expect_a_mail_tells_us(send, client_row):
    Branding.objects.create(client=client_row, support_email="help@alder.example")

    assert "You can also tell us: support@linksite.example" in send("link", "en").body


def test_the_french_mail_is_french(send):
    sent = send("link", "fr")

    assert sent.subject == "Alder & Finch demande à lire vos données comptables"
    assert "Bonjour," in sent.body
    assert "de l’entreprise Atelier Brume SAS" in sent.body


def test_a_code_stands_alone_on_its_line(send):
    body = send("code", "en").body

    assert "    012345\n" in body
    assert "Alder & Finch" in body


def test_a_name_cannot_add_a_header(send, link):
    link.company.client.name = 'A"\r\nBcc: evil@example.com\u2028\x85B'

    message = send("link", "en").message()

    assert message["Bcc"] is None
    assert set(message.keys()) >= {"From", "Subject", "Reply-To"}
    assert "\n" not in message["Subject"]


@pytest.mark.parametrize(
    "address", ["a@b.example,c@d.example", "a@b.example\r\nBcc: c@d.example", "", "a"]
)
def test_a_mail_goes_to_one_address(link, member, address):
    with pytest.raises(ValidationError):
        mailing.send_link(link, link.url, to=address, language="en", by=member.user)
