"""Handing Steps over to a colleague: which, to whom, how often, and in which words."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection as database
from django.test import Client as Browser

from linksite import handing, linking, requesting, visiting
from linksite.models import Handover, LinkRequest, LinkToken, Visit
from onboarding import software

from .colleagues import IN_INTACCT, MARC, PATH, form, start
from .conftest import ANSWERS

pytestmark = pytest.mark.django_db


def test_all_steps_go_to_a_colleague_in_order(hand_over, link):
    sender, marc = hand_over("company-id", scope="all")
    start(marc)

    for slug in IN_INTACCT:
        assert marc.at == f"/link/for-you/{slug}/"
        assert marc.get(marc.at).status_code == 200
        marc.at = marc.post(marc.at, ANSWERS[slug])["Location"]

    assert marc.at == "/link/for-you/"
    assert sender.get("/link/company-id/").status_code == 200
    assert software.flow(LinkRequest.objects.get()).current.slug == "sign-in"
    assert f"{MARC} finished them on" in sender.get("/link/web-services/").text
    assert Visit.objects.get().done["web-services"]["who"] == MARC
    assert 'value="AtelierBrume"' in sender.get("/link/sign-in/").text


def test_another_device_is_not_shown_what_the_colleague_entered(hand_over, link):
    _, marc = hand_over("company-id")
    start(marc)
    marc.post(marc.at, ANSWERS["company-id"])
    other = Browser()

    other.post(link.path)

    page = other.get("/link/company-id/")
    assert page.status_code == 200
    assert "AtelierBrume" not in page.text


def test_all_steps_are_those_that_are_left(hand_over):
    hand_over("sender", scope="all")

    assert Handover.objects.get().steps == ["sender", "web-services-user"]


def test_whoever_is_no_administrator_agrees_and_hands_over(walk_to, link):
    visit = walk_to("before-you-start")
    assert "I am not an administrator" in visit.get("/link/before-you-start/").text

    refused = visit.post("/link/hand-over/")
    agreed = visit.post("/link/hand-over/", {"agree": "on"})

    assert refused.status_code == 422
    assert agreed["Location"] == "/link/hand-over/company-id/?all"
    page = visit.get(agreed["Location"]).text
    assert re.search(r'value="all"[^>]*checked', page)
    assert LinkRequest.objects.get().agreed_at


def test_who_forgets_the_consent_finds_the_way_to_a_colleague_still_open(walk_to):
    visit = walk_to("before-you-start")
    folded = '<details class="more"><summary>I am not an administrator'
    assert folded in visit.get("/link/before-you-start/").text

    refused = visit.post("/link/hand-over/", {}).text

    assert '<details class="more" open><summary>I am not an administrator' in refused


@pytest.mark.parametrize("slug", IN_INTACCT)
def test_every_step_in_sage_intacct_offers_it(walk_to, slug):
    page = walk_to(slug).get(f"/link/{slug}/").text

    assert f'href="/link/hand-over/{slug}/"' in page


@pytest.mark.parametrize("slug", ["software", "before-you-start", "sign-in", "nowhere"])
def test_no_other_step_can_be_handed_over(walk_to, slug):
    visit = walk_to("entity")

    for answer in (
        visit.get(f"/link/hand-over/{slug}/"),
        visit.post(f"/link/hand-over/{slug}/", form()),
        visit.post(f"/link/hand-over/{slug}/back/"),
        visit.post(f"/link/hand-over/{slug}/again/"),
    ):
        assert answer.status_code == 404
    assert mail.outbox == []


def test_a_step_whose_turn_has_not_come_cannot_be_handed_over(walk_to):
    answer = walk_to("web-services").post("/link/hand-over/sender/", form())

    assert answer["Location"] == "/link/web-services/"
    assert mail.outbox == []


# --- who may get it -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("email", "words"),
    [
        ("", "Enter an email address like name@example.com"),
        ("no", "Enter an email address like name@example.com"),
        (f"{MARC},evil@elsewhere.example", "Enter an email address like"),
        (f"{MARC}\nBcc: evil@elsewhere.example", "Enter an email address like"),
        ("marc@elsewhere.example", "ends in @atelier-brume.example"),
        ("marc@sub.atelier-brume.example", "ends in @atelier-brume.example"),
        ("Compta@Atelier-Brume.example", "This is the address that was invited"),
    ],
)
def test_an_address_that_will_not_do_is_explained(walk_to, email, words):
    visit = walk_to("sender")

    answer = visit.post("/link/hand-over/sender/", form(email))

    assert answer.status_code == 422
    assert answer.text.count(words) >= 2
    assert "<title>Error: Hand over to a colleague" in answer.text
    assert mail.outbox == []
    assert not Handover.objects.exists()


def test_there_is_no_field_for_words_of_ones_own(walk_to):
    visit = walk_to("sender")
    note = {"note": "Buy now", "message": "Buy now"}

    visit.post("/link/hand-over/sender/", form() | note)

    (sent,) = mail.outbox
    assert "<textarea" not in visit.get("/link/hand-over/sender/").text
    assert "Buy now" not in sent.body + sent.alternatives[0][0]


def test_staff_can_allow_any_domain(walk_to, link):
    handing.allow_anywhere(link, on=True)

    answer = walk_to("sender").post(
        "/link/hand-over/sender/", form("admin@consultant.example")
    )

    assert answer.status_code == 303
    assert mail.outbox[0].to == ["admin@consultant.example"]


@pytest.mark.parametrize("address", ["admin@consultant.example", MARC])
def test_a_link_url_that_was_copied_goes_to_any_domain(walk_to, address):
    LinkRequest.objects.update(email="")
    visit = walk_to("sender")

    page = visit.get("/link/hand-over/sender/").text
    answer = visit.post("/link/hand-over/sender/", form(address))

    assert "For safety, only an address" not in page
    assert answer.status_code == 303
    assert mail.outbox[0].to == [address]


def test_a_link_url_that_was_copied_still_goes_to_three_a_day(walk_to):
    LinkRequest.objects.update(email="")
    visit = walk_to("sender")

    answers = []
    for number in range(4):
        address = form(f"admin{number}@consultant{number}.example")
        answers.append(visit.post("/link/hand-over/sender/", address).status_code)
        visit.post("/link/hand-over/sender/back/")

    assert answers == [303, 303, 303, 429]
    assert len(mail.outbox) == 3


# --- three a day ----------------------------------------------------------------------
def test_the_fourth_in_a_day_is_refused_even_if_some_were_taken_back(walk_to, later):
    visit = walk_to("sender")
    for number in range(3):
        answer = visit.post(
            "/link/hand-over/sender/", form(f"m{number}@atelier-brume.example")
        )
        assert answer.status_code == 303
        visit.post("/link/hand-over/sender/back/")

    fourth = visit.post("/link/hand-over/sender/", form())

    assert fourth.status_code == 429
    assert "You can hand over three times a day" in fourth.text
    assert "Copy these instructions" in fourth.text
    assert len(mail.outbox) == 3
    later(days=1, minutes=1)
    again = walk_again(visit)
    assert again.post("/link/hand-over/sender/", form()).status_code == 303


def walk_again(visit: Browser) -> Browser:
    """Return a browser that comes back after its session ended."""
    _, url = requesting.request_data(
        LinkRequest.objects.get().company, by=LinkRequest.objects.get().created_by
    )
    visit.post(PATH.search(url)[0])
    return visit


@pytest.fixture
def settled(link):
    """An invitation that a person has begun to answer."""
    linking.start(link)
    visiting.settle(link)
    return link


def at_once(steps: list[str]) -> list[str]:
    """Hand over each Step of a list in a thread of its own; return what came of it."""
    together = Barrier(len(steps))

    def hand(step: str) -> str:
        row = LinkRequest.objects.get()
        together.wait()
        try:
            handing.hand_over(row, email=MARC, language="en", steps=[step])
        except (handing.TooMany, handing.AlreadyHanded) as error:
            return type(error).__name__
        finally:
            database.close()
        return "handed"

    with ThreadPoolExecutor(len(steps)) as threads:
        return sorted(threads.map(hand, steps))


@pytest.mark.django_db(transaction=True)
def test_eight_at_once_are_still_three(settled):
    results = at_once([f"step-{number}" for number in range(8)])

    assert results == ["TooMany"] * 5 + ["handed"] * 3
    assert len(mail.outbox) == Handover.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_one_step_handed_over_eight_times_at_once_is_one_mail(settled):
    results = at_once(["sender"] * 8)

    assert results == ["AlreadyHanded"] * 7 + ["handed"]
    assert len(mail.outbox) == Handover.objects.count() == 1


def test_sending_again_waits_ten_minutes_and_stops_at_three_a_day(hand_over, later):
    sender, marc = hand_over("sender")

    early = sender.post("/link/hand-over/sender/again/")
    assert early.status_code == 429
    assert "every ten minutes" in early.text
    assert "Send the email again" not in sender.get("/link/sender/").text
    for _ in range(2):
        later(minutes=11)
        assert "Send the email again" in sender.get("/link/sender/").text
        assert sender.post("/link/hand-over/sender/again/").status_code == 303
    later(minutes=11)
    assert sender.post("/link/hand-over/sender/again/").status_code == 429

    assert [sent.to for sent in mail.outbox] == [[MARC]] * 3
    for sent in mail.outbox:
        assert marc.get(PATH.search(sent.body)[0]).status_code == 200


@pytest.mark.parametrize("action", ["", "again/"])
def test_a_mail_server_that_fails_leaves_everything_as_it_was(
    hand_over, walk_to, monkeypatch, later, action
):
    def fail(*args: object, **kwargs: object) -> None:
        raise OSError

    visit = hand_over("sender")[0] if action else walk_to("sender")
    before = (Handover.objects.count(), LinkToken.objects.count())
    later(minutes=11)
    monkeypatch.setattr("django.core.mail.EmailMultiAlternatives.send", fail)

    answer = visit.post(f"/link/hand-over/sender/{action}", form())

    assert answer.status_code == 503
    assert (Handover.objects.count(), LinkToken.objects.count()) == before


# --- the mail -------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("language", "facts"),
    [
        ("en", ("a few minutes", "read-only", "never ask for a password", "Alder")),
        (
            "fr",
            ("quelques minutes", "lecture seule", "jamais de mot de passe", "Alder"),
        ),
    ],
)
def test_the_mail_says_the_same_in_both_parts(walk_to, language, facts):
    walk_to("sender").post("/link/hand-over/sender/", form(language=language))

    (sent,) = mail.outbox
    html = sent.alternatives[0][0]
    assert PATH.search(sent.body)[0] == PATH.search(html)[0]
    assert f'<html lang="{language}"' in html
    for fact in (*facts, "Atelier Brume SAS"):
        assert fact in sent.body
        assert fact in unescape(html)
    assert len(html) < 12_000
    assert "<img" not in html and "src=" not in html
    for entered in ("AtelierBrume", "compta@"):
        assert entered not in sent.body + html


# --- the instructions to copy ---------------------------------------------------------
MOVES = {
    "company-id": "Company › Setup › Company › General information",
    "web-services": "Company › Admin › Subscriptions › Web Services",
    "sender": "Sender ID: linksite-sandbox",
    "web-services-user": "User ID: alderfinch_ws",
}


@pytest.mark.parametrize("slug", IN_INTACCT)
def test_the_instructions_can_be_copied_and_hold_no_link(walk_to, slug):
    page = walk_to("entity").get(f"/link/{slug}/").text

    code = re.search(r'<code[^>]*id="instructions"[^>]*>(.*?)</code>', page, re.S)
    text = unescape(code[1])
    assert MOVES[slug] in text
    assert "http" not in text and "/l/" not in text
    assert "AtelierBrume" not in text
    assert "  1." not in text and "1. " in text


@pytest.mark.parametrize(("path", "number"), [("", 1), ("?all", 4)])
def test_the_instructions_are_those_of_what_is_handed_over(walk_to, path, number):
    page = walk_to("company-id").get(f"/link/hand-over/company-id/{path}").text

    code = re.search(r'<code[^>]*id="instructions"[^>]*>(.*?)</code>', page, re.S)
    text = unescape(code[1])
    assert sum(move in text for move in MOVES.values()) == number


def test_the_french_instructions_name_both_labels(walk_to):
    visit = walk_to("sender")
    visit.cookies["link_language"] = "fr"

    page = unescape(visit.get("/link/sender/").text)

    assert "Copier ces instructions" in page
    assert "Société (Company) › Configuration (Setup)" in page


def test_a_clients_name_cannot_write_html_into_the_instructions(walk_to, member):
    type(member.client).objects.update(name="<b>Evil</b> & Co")

    page = walk_to("sender").get("/link/sender/").text

    assert "<b>Evil</b>" not in page
    assert "&lt;b&gt;Evil&lt;/b&gt; &amp; Co, read-only" in page
