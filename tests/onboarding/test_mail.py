"""The mails: the text alone is enough, and the HTML says the same."""

import pytest
from django.core import mail
from django.template.loader import render_to_string

from linksite import mailing

pytestmark = pytest.mark.django_db


@pytest.fixture
def send(link, member):
    """Return a sender of the invitation; send("fr") returns the mail."""

    def send(language: str) -> mail.EmailMultiAlternatives:
        mailing.send_link(
            link, link.url, to="a@b.example", language=language, by=member.user
        )
        return mail.outbox[-1]

    return send


def test_the_text_and_the_html_hold_the_same_address(send, link):
    sent = send("en")

    html = sent.alternatives[0][0]
    assert link.url in sent.body
    assert html.count(link.url) == 3
    assert sent.subject == "Alder & Finch asks to read your accounting data"
    assert sent.reply_to == [link.created_by.email]


def test_the_html_is_small_and_asks_nothing_of_other_sites(send):
    html = send("en").alternatives[0][0]

    assert len(html) < 12_000
    assert "<img" not in html
    assert "src=" not in html


def test_the_french_mail_is_french(send):
    sent = send("fr")

    assert sent.subject == "Alder & Finch demande à lire vos données comptables"
    assert "Bonjour," in sent.body
    assert '<html lang="fr"' in sent.alternatives[0][0]
    assert "de l’entreprise Atelier Brume SAS" in sent.body


def test_a_code_stands_alone_on_its_line(link):
    context = {"link": link, "requester": "A & B", "code": "012345"}

    body = render_to_string("mail/code.txt", context)

    assert "    012345\n" in body
    assert "A & B" in body
