"""What a sender sees of a Step that a colleague has, and is mailed when it is done."""

import re
from html import unescape

import pytest
from django.core import mail
from django.test import Client as Browser

from linksite import linking
from linksite.models import LinkRequest

from .colleagues import IN_INTACCT, MARC, PATH, form, start
from .conftest import ANSWERS, SIGN_IN

pytestmark = pytest.mark.django_db


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
        assert f"Done: {IN_INTACCT.index(slug) + 1} of 4." in answer.text
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


def test_nobody_is_mailed_of_what_the_sender_did_themselves(hand_over, news):
    sender, marc = hand_over("sender")
    start(marc)
    sender.post("/link/sender/")
    LinkRequest.objects.update(last_seen_at=None)

    for path in (marc.path, "/link/for-you/", "/link/for-you/sender/"):
        marc.get(path)

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
