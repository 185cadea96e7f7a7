"""A dead Link URL: one press asks for a new one, and learns nothing."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from linksite import integrations, requesting
from linksite.models import LinkRequest

from .conftest import ANSWERS

pytestmark = pytest.mark.django_db

INVITED = "compta@atelier-brume.example"


def expire(days: float = 1) -> None:
    LinkRequest.objects.update(expires_at=timezone.now() - timedelta(days=days))


def ask(link: LinkRequest, language: str = "en") -> str:
    """Press the button on the dead page; return what is shown then."""
    browser = Browser()
    browser.cookies["link_language"] = language
    answer = browser.post(link.path, {"renew": "1"})
    assert answer.status_code == 303
    page = browser.get(answer["Location"])
    assert page.status_code == 410
    return page.content.decode()


def to(address: str) -> list[mail.EmailMessage]:
    return [message for message in mail.outbox if message.to == [address]]


@pytest.mark.parametrize(
    ("language", "button", "said"),
    [
        ("en", "Send me a new link", "A new link is on its way to"),
        ("fr", "M’envoyer un nouveau lien", "Un nouveau lien part vers"),
    ],
)
def test_an_expired_link_mails_a_new_one_to_the_invited_address(
    walk_to, link, language, button, said
):
    walk_to("sender")
    expire()
    browser = Browser()
    browser.cookies["link_language"] = language
    dead = browser.get(link.path)
    assert dead.status_code == 410
    assert button in dead.content.decode()

    page = ask(link, language)

    assert said in page
    assert "c•••@atelier-brume.example" in page and INVITED not in page
    [message] = to(INVITED)
    path = re.search(r"/l/[\w-]{43}/", message.body)[0]
    assert Browser().post(path)["Location"] == "/link/sender/"  # progress is kept
    assert Browser().get(link.path).status_code == 410  # the old one stays dead


def test_the_staff_member_who_invited_gets_a_mail(link):
    expire()

    ask(link)

    [message] = to(link.created_by.email)
    assert link.company.name in message.subject
    assert f"/portal/companies/{link.company_id}/request-data/" in message.body
    assert "You have nothing to do" in message.body
    assert "/l/" not in message.body


def test_a_revoked_link_asks_staff_and_mails_no_link(link):
    requesting.revoke(link)

    page = ask(link)

    assert "decides whether to send a new link" in page
    assert to(INVITED) == []
    [message] = to(link.created_by.email)
    assert "it is for you to decide" in message.body
    assert not LinkRequest.objects.open().exists()


def test_a_link_that_staff_revoked_later_is_not_undone_through_an_older_one(
    link, member
):
    expire()
    newer, _ = requesting.request_data(link.company, by=member.user, email=INVITED)
    requesting.revoke(newer)

    ask(link)

    assert to(INVITED) == []
    assert not LinkRequest.objects.open().exists()


def test_an_older_link_mails_nothing_when_somebody_else_is_invited_now(link, member):
    expire()
    requesting.request_data(link.company, by=member.user, email="new@brume.example")

    ask(link)

    assert to(INVITED) == to("new@brume.example") == []


def test_without_an_address_the_page_says_who_must_send_it(link):
    LinkRequest.objects.update(email="")
    expire()

    before = Browser().get(link.path).content.decode()

    assert "No email address is on file, so Alder &amp; Finch must send it" in before
    assert "decides whether to send a new link" in ask(link)
    assert [message.to for message in mail.outbox] == [[link.created_by.email]]


def test_asking_often_mails_once_in_ten_minutes_and_three_times_a_day(link, later):
    expire()
    pages = [ask(link) for _ in range(3)]
    assert len(to(INVITED)) == 1
    assert len({re.sub(r'value="\w{64}"', "", page) for page in pages}) == 1

    for _ in range(5):
        later(minutes=11)
        ask(link)
    assert len(to(INVITED)) == 3

    later(hours=24)
    expire()
    ask(link)
    assert len(to(INVITED)) == 4


def test_after_ninety_days_only_staff_are_asked(link):
    expire(days=91)

    ask(link)

    assert to(INVITED) == []
    assert len(to(link.created_by.email)) == 1


def test_a_mail_server_that_is_down_changes_nothing_on_the_page(link, monkeypatch):
    expire()
    good = ask(link)
    LinkRequest.objects.update(asked=[])
    monkeypatch.setattr(mail.EmailMessage, "send", _refuse)

    bad = ask(link)

    strip = re.compile(r'value="\w{64}"')
    assert strip.sub("", bad) == strip.sub("", good)


def _refuse(*args: object, **kwargs: object) -> None:
    raise ConnectionRefusedError


def test_a_paused_integration_leaves_it_to_staff(link):
    settings = integrations.settings_for(link.client)
    integrations.switch(settings, on=False, by=link.created_by)
    expire()

    ask(link)

    assert to(INVITED) == []
    assert len(to(link.created_by.email)) == 1


def test_a_visit_whose_link_died_has_the_same_button(walk_to, link):
    visit = walk_to("sender")
    expire()

    dead = visit.get("/link/sender/")
    answer = visit.post("/link/sender/", ANSWERS["sender"] | {"renew": "1"})

    assert dead.status_code == 410
    assert "Send me a new link" in dead.content.decode()
    assert answer["Location"] == "/link/sender/?asked"
    assert len(to(INVITED)) == 1


def test_opening_a_dead_link_mails_nothing(link):
    expire()

    for _ in range(20):
        Browser().get(link.path)
        Browser().get(f"{link.path}?asked")

    assert mail.outbox == []


def test_a_link_of_no_days_has_expired_as_the_sandbox_shows(settings, company, member):
    settings.LINK_DAYS = 0
    _, url = requesting.request_data(company, by=member.user, email="c@example.com")

    answer = Browser().get(url.removeprefix(settings.SITE_URL))

    assert answer.status_code == 410
