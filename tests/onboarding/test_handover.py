"""Handing Steps over to a colleague: their limited link, and the way back."""

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from threading import Barrier

import pytest
from django.core import mail
from django.db import connection as database
from django.test import Client as Browser
from django.utils import timezone

from linksite import (
    handing,
    integrations,
    linking,
    notices,
    requesting,
    visiting,
)
from linksite.models import Handover, LinkRequest, LinkToken, Notice, Visit
from onboarding import software, urls

from .conftest import ANSWERS, SIGN_IN

pytestmark = pytest.mark.django_db

MARC = "marc.petit@atelier-brume.example"
PATH = re.compile(r"/l/[A-Za-z0-9_-]{43}/")
IN_INTACCT = ["company-id", "web-services", "sender", "web-services-user"]


def form(email: str = MARC, scope: str = "step", language: str = "en") -> dict:
    """Return a filled form."""
    return {"email": email, "scope": scope, "language": language}


@pytest.fixture
def hand_over(walk_to):
    """Return a hand-over of a Step to Marc: hand_over("sender") → (sender, Marc)."""

    def hand(slug: str, scope: str = "step") -> tuple[Browser, Browser]:
        sender = walk_to(slug)
        answer = sender.post(f"/link/hand-over/{slug}/", form(scope=scope))
        assert answer.status_code == 303, answer.content.decode()
        marc = Browser()
        marc.path = PATH.search(mail.outbox[-1].body)[0]
        return sender, marc

    return hand


def done() -> list[str]:
    """Return the Steps that somebody said are done, and are not checked yet."""
    return [slug for slug in IN_INTACCT[1:] if slug in Visit.objects.get().done]


def start(colleague: Browser) -> None:
    """Press Start, and go where it leads."""
    answer = colleague.post(colleague.path)
    assert answer.status_code == 303, answer.content.decode()
    colleague.at = answer["Location"]


# --- to a colleague and back ----------------------------------------------------------
WORDS = {
    "en": (
        "Hand over to a colleague",
        "A colleague asks you to do one step in Sage Intacct",
        "A colleague asks for your help",
        "Configure Web Services in Sage Intacct",
        "Thank you, that was all",
        f"{MARC} has this step",
        "This step is done",
    ),
    "fr": (
        "Passer le relais à un collègue",
        "Un collègue vous demande de faire une étape dans Sage Intacct",
        "Un collègue demande votre aide",
        "Configurez les services Web dans Sage Intacct",
        "Merci, c’était tout",
        f"{MARC} s’occupe de cette étape",
        "Cette étape est terminée",
    ),
}


@pytest.mark.parametrize("language", WORDS)
def test_a_step_goes_to_a_colleague_and_comes_back_done(walk_to, language):
    title, subject, asked, step, thanks, handed, done = WORDS[language]
    sender, marc = walk_to("sender"), Browser()
    sender.cookies["link_language"] = language
    assert title in sender.get("/link/hand-over/sender/").text

    answer = sender.post("/link/hand-over/sender/", form(language=language))

    assert answer["Location"] == "/link/sender/"
    assert handed in unescape(sender.get("/link/sender/").text)
    (sent,) = mail.outbox
    assert (sent.subject, sent.to) == (subject, [MARC])
    marc.path = PATH.search(sent.body)[0]
    assert asked in marc.get(marc.path).text
    start(marc)
    assert marc.at == "/link/for-you/sender/"
    shown = unescape(marc.get(marc.at).text)
    assert step in shown
    assert "linksite-sandbox" in shown
    assert marc.post(marc.at)["Location"] == "/link/for-you/"
    assert thanks in marc.get("/link/for-you/").text
    assert thanks in marc.get(marc.path).text
    assert done in sender.get("/link/sender/").text
    assert sender.post("/link/sender/")["Location"] == "/link/web-services-user/"


def test_the_senders_page_is_told_what_the_colleague_does_each_thing_once(hand_over):
    sender, marc = hand_over("sender")
    seen = told(sender.get("/link/sender/").text)[0]
    assert ask(sender, seen).status_code == 204

    start(marc)
    seen, begun = hears(sender, seen, 200)
    assert "Your colleague has begun." in begun
    assert 'data-say="Your colleague has begun."' in begun
    assert ask(sender, seen).status_code == 204

    marc.post(marc.at)
    seen, done = hears(sender, seen, 286)
    assert 'data-say="Your colleague is done"' in done
    assert f"{MARC} finished it on" in done
    assert '<a class="btn btn-2" href="/link/web-services-user/">Carry on</a>' in done
    assert re.search(r'<li id="w-sender" class="now seen"', done)
    page = sender.get("/link/sender/").text
    assert "data-poll hx-get" not in page
    assert told(page)[1:] == told(done)[1:]


def test_the_sender_sees_each_step_that_a_colleague_does_until_all_are_done(
    hand_over, link
):
    sender, marc = hand_over("company-id", scope="all")
    start(marc)
    path = "/link/company-id/handed/"
    seen = told(sender.get("/link/company-id/").text)[0]

    for slug in IN_INTACCT[:-1]:
        marc.post(f"/link/for-you/{slug}/", ANSWERS[slug])
        answer = sender.get(path, {"seen": seen})
        assert answer.status_code == 200
        assert "has the steps in Sage Intacct" in answer.text
        assert re.search(rf'id="w-{slug}" class="\w+ seen"', answer.text), slug
        seen = told(answer.text)[0]
    marc.post("/link/for-you/web-services-user/")

    done = sender.get(path, {"seen": seen})
    assert done.status_code == 286
    assert "The steps in Sage Intacct are done" in done.text
    assert 'href="/link/sign-in/">Carry on' in done.text


def test_a_step_that_turns_out_undone_is_still_said_to_be_the_colleagues(
    hand_over, sandbox, answer
):
    sandbox.companies["AtelierBrume"].dismiss_sender("linksite-sandbox")
    sender, marc = hand_over("sender", scope="all")
    start(marc)
    for slug in ("sender", "web-services-user"):
        marc.post(f"/link/for-you/{slug}/")

    sent_back = answer(sender, "/link/sign-in/", SIGN_IN)
    text = unescape(sender.get(sent_back["Location"]).text)

    assert sent_back["Location"] == "/link/sender/"
    assert "Our Sender ID is not" in text
    assert f"{MARC} has the steps in Sage Intacct" in text
    assert "Take it back" in text


@pytest.mark.parametrize(
    ("language", "closes", "lead", "hint", "thanks"),
    [
        (
            "en",
            "You can close this page: we email you when your colleague is done.",
            f"Use the Web Services user that {MARC} created",
            f"Sage Intacct emailed it to the address that {MARC} gave.",
            "hand it on to your colleague",
        ),
        (
            "fr",
            "nous vous écrivons quand votre collègue a terminé",
            f"Utilisez l’utilisateur de services Web créé par {MARC}",
            f"à l’adresse que {MARC} a indiquée",
            "transmettez-le à votre collègue",
        ),
    ],
)
def test_who_signs_in_after_a_colleague_is_told_who_has_the_password(
    hand_over, news, language, closes, lead, hint, thanks
):
    LinkRequest.objects.update(language=language)
    sender, marc = hand_over("web-services-user")
    for browser in (sender, marc):
        browser.cookies["link_language"] = language
    assert closes in unescape(sender.get("/link/web-services-user/").text)
    start(marc)
    marc.post(marc.at)

    assert thanks in unescape(marc.get("/link/for-you/").text)
    page = unescape(sender.get("/link/sign-in/").text)
    assert lead in page and hint in page
    (sent,) = news()
    assert ("password of the new user" in sent.body) or language == "fr"
    assert ("mot de passe du nouvel utilisateur" in sent.body) or language == "en"


def test_another_device_is_told_who_knows_the_company_id(hand_over, link):
    _, marc = hand_over("company-id", scope="all")
    start(marc)
    for slug in IN_INTACCT:
        marc.post(f"/link/for-you/{slug}/", ANSWERS[slug])
    other = Browser()
    other.post(link.path)

    text = unescape(other.get("/link/sign-in/").text)

    assert "AtelierBrume" not in text
    assert f"{MARC} entered it in step 3: ask for it." in text
    assert f"{MARC} finished the step “Web Services user” on" in text


# --- the mail to who handed it over ---------------------------------------------------
@pytest.fixture
def news(later):
    """Return the mails that a worker sends some minutes later."""

    def work(minutes: int = 6) -> list:
        later(minutes=minutes)
        before = len(mail.outbox)
        for notice in Notice.objects.due(timezone.now()).order_by("pk"):
            notices.send(notice.pk)
        return mail.outbox[before:]

    return work


@pytest.mark.parametrize(
    ("language", "subject", "step"),
    [
        ("en", "Your colleague is done", "Next: step 6 of 9, Web Services user."),
        ("fr", "Votre collègue a terminé", "étape 6 sur 9"),
    ],
)
def test_who_handed_over_and_left_is_mailed_once_when_it_is_done(
    hand_over, news, language, subject, step
):
    LinkRequest.objects.update(language=language)
    _, marc = hand_over("sender")
    start(marc)
    assert news() == []
    marc.post(marc.at)
    marc.get("/link/for-you/")
    marc.get("/link/for-you/sender/")

    (sent,) = news()

    assert (sent.subject, sent.to) == (subject, [LinkRequest.objects.get().email])
    assert MARC in sent.body and step in sent.body
    assert Browser().get(PATH.search(sent.body)[0]).status_code == 200
    assert news() == []


@pytest.mark.parametrize(
    "what", ["came back", "looks on", "took it back", "has linked"]
)
def test_who_knows_already_that_the_colleague_is_done_is_not_mailed(
    hand_over, news, later, what
):
    sender, marc = hand_over("sender")
    start(marc)
    marc.post(marc.at)
    later(minutes=2)

    if what == "came back":
        sender.post("/link/sender/")
    elif what == "looks on":
        ask(sender, "begun")
    elif what == "took it back":
        sender.post("/link/hand-over/sender/back/")
    else:
        linking.sign_in(LinkRequest.objects.get(), **SIGN_IN)
        LinkRequest.objects.update(last_seen_at=None)  # under another invitation

    assert news() == []


def test_the_mail_and_page_of_one_step_speak_of_one_step(hand_over):
    hand_over("sender")

    assert "it shows this step and nothing else" in mail.outbox[-1].body
    assert "it shows this step and nothing else" in mail.outbox[-1].alternatives[0][0]


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "Your colleague says that this step is done"),
        ("fr", "Votre collègue dit que cette étape est terminée"),
    ],
)
def test_a_step_that_the_gateway_denies_is_done_only_in_the_colleagues_words(
    walk_to, language, title
):
    sender = walk_to("web-services", company_id={"company_id": "VergerNeuf"})
    sender.post("/link/hand-over/web-services/", form())
    marc = Browser()
    marc.path = PATH.search(mail.outbox[-1].body)[0]
    start(marc)
    marc.post(marc.at)
    sender.cookies["link_language"] = language
    assert title not in sender.get("/link/web-services/").text

    sender.post("/link/web-services/look/", {"by_hand": "1"})

    assert title in sender.get("/link/web-services/").text


def test_the_senders_page_is_told_that_the_step_was_taken_back_elsewhere(hand_over):
    sender, marc = hand_over("sender")
    start(marc)
    seen = told(sender.get("/link/sender/").text)[0]
    sender.post("/link/hand-over/sender/back/")

    _, answer = hears(sender, seen, 286)

    assert 'data-say="This step is yours again"' in answer
    assert "This step is yours again" not in sender.get("/link/sender/").text


def test_only_a_step_in_sage_intacct_has_a_colleague_to_ask_for(hand_over):
    sender, _ = hand_over("sender")
    for slug in ("software", "sign-in", "nothing"):
        assert sender.get(f"/link/{slug}/handed/").status_code == 404


def test_a_page_whose_visit_ended_asks_no_more(hand_over, later):
    sender, _ = hand_over("sender")
    later(minutes=61)
    htmx = {"HX-Request": "true"}
    assert sender.get("/link/sender/handed/", headers=htmx).status_code == 286
    assert sender.get("/link/sender/handed/").status_code == 200  # it says why


def ask(sender: Browser, seen: str):
    return sender.get("/link/sender/handed/", {"seen": seen})


def hears(sender: Browser, seen: str, status: int) -> tuple[str, str]:
    """Return what the page now shows, in short and in full."""
    answer = ask(sender, seen)
    assert answer.status_code == status
    return told(answer.text)[0], unescape(answer.text)


def told(page: str) -> list[str]:
    """Return the value that stands for what a page shows, and the note itself."""
    seen = re.search(r'id="handed-seen" name="seen" value="([^"]+)"', page)
    return [seen[1] if seen else "", *re.findall(r'<p class="small">.*?</p>', page)[:1]]


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
    assert f"{MARC} finished it on" in sender.get("/link/web-services/").text
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


# --- the end of it --------------------------------------------------------------------
def take_back(sender: Browser) -> None:
    """End it as the customer does."""
    assert sender.post("/link/hand-over/sender/back/")["Location"] == "/link/sender/"


def revoke(sender: Browser) -> None:
    """End it as staff do."""
    requesting.revoke(LinkRequest.objects.get())


def expire(sender: Browser) -> None:
    """Let its time pass."""
    LinkRequest.objects.update(expires_at=timezone.now())


@pytest.mark.parametrize(
    ("end", "words"),
    [
        (take_back, "Your colleague took this back on"),
        (revoke, "Alder &amp; Finch withdrew the request on"),
        (expire, "This link worked until"),
    ],
)
def test_what_ends_it_ends_link_and_session_at_once(hand_over, end, words):
    sender, marc = hand_over("sender")
    start(marc)
    assert marc.get(marc.at).status_code == 200

    end(sender)

    for path in (marc.path, marc.at, "/link/for-you/", "/link/sender/"):
        for answer in (marc.get(path), marc.post(path)):
            assert answer.status_code in (405, 410)
            assert answer.status_code == 405 or words in answer.text
    assert done() == ["web-services"]


def test_the_integration_switched_off_pauses_it(hand_over, member):
    _, marc = hand_over("sender")
    start(marc)
    use = integrations.settings_for(member.client)

    integrations.switch(use, on=False, by=member.user)

    for answer in (marc.post(marc.path), marc.get(marc.at), marc.post(marc.at)):
        assert answer.status_code == 409
        assert "Sage Intacct is paused" in answer.text
    assert done() == ["web-services"]


def test_after_an_idle_hour_the_colleague_opens_the_link_again(hand_over, later):
    _, marc = hand_over("sender")
    start(marc)

    later(minutes=61)

    assert "This page was idle for a while" in marc.get(marc.at).text
    start(marc)
    assert marc.get(marc.at).status_code == 200


def test_a_step_that_the_gateway_found_undone_is_the_colleagues_again(hand_over):
    _, marc = hand_over("sender")
    start(marc)
    marc.post(marc.at)

    linking.unconfirm(LinkRequest.objects.get(), step="sender")

    assert marc.get("/link/for-you/")["Location"] == "/link/for-you/sender/"


# --- what the colleague can reach -----------------------------------------------------
def test_opening_and_scanning_the_link_changes_nothing(hand_over):
    _, marc = hand_over("sender")
    kinds = (LinkRequest, Visit, Handover)
    before = [list(kind.objects.values()) for kind in kinds]

    for _ in range(20):
        for ask in (marc.get, marc.head, marc.options):
            answer = ask(marc.path)
            assert "session" not in str(answer.cookies)

    assert [list(kind.objects.values()) for kind in kinds] == before
    assert answer["Referrer-Policy"] == "strict-origin"


APART = ("l/", "link/for-you/", "link/brand/", "link/reminders/")
# The address of every page of Link, those of the colleague and of anybody apart.
ADDRESSES = [
    "/" + str(row.pattern).replace("<slug:slug>", slug)
    for row in urls.urlpatterns
    if not str(row.pattern).startswith(APART) and row.name != "colleague"
    for slug in (
        [*ANSWERS, "permissions", "linked"] if "<" in str(row.pattern) else [""]
    )
]
OPEN_TO_ALL = ("/link/help/", "/link/privacy/", "/link/accessibility/")


def test_the_colleagues_link_opens_no_other_page(hand_over):
    _, marc = hand_over("sender")
    start(marc)
    answers = {**form("x@atelier-brume.example"), **SIGN_IN, **ANSWERS["software"]}
    before = [list(kind.objects.values()) for kind in (LinkRequest, Visit)]

    for path in ADDRESSES:
        for answer in (marc.get(path), marc.post(path, answers, follow=True)):
            expected = (200, 405) if path in OPEN_TO_ALL else (403, 405)
            assert answer.status_code in expected, path
            if answer.status_code != 403 and path not in OPEN_TO_ALL:
                assert "Atelier Brume" not in answer.text, path
            if answer.status_code == 403:
                assert "This page is your colleague’s" in answer.text, path
        after = [list(kind.objects.values()) for kind in (LinkRequest, Visit)]
        assert after == before, path
    assert len(mail.outbox) == 1


@pytest.mark.parametrize("slug", [*ANSWERS, "permissions", "linked", "nowhere"])
def test_the_colleague_takes_no_step_but_theirs(hand_over, slug):
    _, marc = hand_over("sender")
    start(marc)
    answer = {**SIGN_IN, **ANSWERS.get(slug, {})}

    got, taken = (
        marc.get(f"/link/for-you/{slug}/"),
        marc.post(f"/link/for-you/{slug}/", answer),
    )

    expected = (200, 303) if slug == "sender" else (403, 403)
    assert (got.status_code, taken.status_code) == expected
    more = ["sender"] if slug == "sender" else []
    assert done() == ["web-services", *more]


def test_the_colleagues_token_is_no_link_url(hand_over):
    _, marc = hand_over("sender")
    token = marc.path.split("/")[2]

    assert requesting.find(token) is None
    assert LinkToken.objects.filter(link_request=None, handover=None).count() == 0
    assert LinkToken.objects.filter(handover__isnull=False).count() == 1


def test_one_browser_is_never_both(hand_over):
    """The sender who tries the colleague's link is the colleague from then on."""
    sender, marc = hand_over("sender")
    sender.path = marc.path

    start(sender)

    assert "link" not in sender.session
    assert sender.get("/link/sender/").status_code == 403


def test_nothing_that_was_entered_is_on_a_page_of_the_colleague(walk_to, link):
    typed = {"company_id": "CanaryCompany7Qk2"}
    sender = walk_to("sender", company_id=typed)
    refused = SIGN_IN | typed | {"user_id": "canary_user_9Zr3"}
    handover = Handover.objects.create(
        link_request=link,
        visit=Visit.objects.get(),
        email=MARC,
        language="en",
        steps=IN_INTACCT,
    )
    marc = Browser()
    marc.path = f"/l/{handing._fresh_token(handover)}/"
    pages = [marc.get(marc.path)]
    start(marc)
    for slug in IN_INTACCT:
        pages.append(marc.get(f"/link/for-you/{slug}/", follow=True))
    for slug in IN_INTACCT[2:]:
        sender.post(f"/link/{slug}/")
    sender.post("/link/sign-in/", refused)
    pages += [marc.get("/link/for-you/"), marc.get(marc.path)]
    handing.take_back(handover)
    pages += [marc.get("/link/for-you/company-id/"), marc.get(marc.path)]

    said = "".join(page.text + str(page.headers) for page in pages)

    assert {page.status_code for page in pages} == {200, 410}
    for canary in ("CanaryCompany7Qk2", "canary_user_9Zr3", "compta@"):
        assert canary not in said


def test_an_answer_that_came_first_stays_and_is_not_shown(hand_over):
    sender, marc = hand_over("company-id", scope="all")
    start(marc)
    version = re.search(r'name="version" value="(\w+)"', marc.get(marc.at).text)[1]
    sender.post("/link/company-id/", {"company_id": "CanaryCompany7Qk2"})

    answer = marc.post(marc.at, {"company_id": "AtelierBrume", "version": version})

    assert answer.status_code == 409
    assert "This step was finished on another device" in answer.text
    assert "CanaryCompany7Qk2" not in answer.text
    assert Visit.objects.get().intacct_company_id == "CanaryCompany7Qk2"


def test_a_wrong_company_id_is_said_to_the_colleague_too(hand_over, link):
    _, marc = hand_over("company-id")
    start(marc)

    answer = marc.post(marc.at, {"company_id": "Atelier Brume"})

    assert answer.status_code == 422
    assert "A company ID has no spaces" in answer.text


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
