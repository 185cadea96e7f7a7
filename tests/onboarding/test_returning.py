"""“Email me when it is back”: one press, one mail, and only when it is true."""

import re

import pytest
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from linksite import integrations, linking, requesting, tasks
from linksite.models import LinkRequest, Notice

from .conftest import ANSWERS, SIGN_IN

pytestmark = pytest.mark.django_db

INVITED = "compta@atelier-brume.example"
WORDS = {
    "en": {
        "button": "Email me when it is back",
        "answers": "when it answers again. You can close this page",
        "on": "when it is on again. You can close this page",
        "answers-subject": "Sage Intacct is answering again",
        "on-subject": "Alder & Finch has switched the connection on again",
        "next": "step 7 of 9, Sign-in details",
    },
    "fr": {
        "button": "M’avertir par e\N{NON-BREAKING HYPHEN}mail",
        "answers": "dès qu’il répondra. Vous pouvez fermer cette page",
        "on": "à la reprise. Vous pouvez fermer cette page",
        "answers-subject": "Sage Intacct répond à nouveau",
        "on-subject": "Alder & Finch a réactivé la connexion",
        "next": "étape 7 sur 9, Identifiants",
    },
}


@pytest.fixture
def post():
    """Return a postman: does what is due now, returns the mails of this round."""

    def work() -> list[mail.EmailMultiAlternatives]:
        before = len(mail.outbox)
        for notice in Notice.objects.due(timezone.now()):
            tasks.send_notice.func(notice.pk)
        return mail.outbox[before:]

    return work


@pytest.fixture
def silent(walk_to, sandbox):
    """Return a visit that has just found the gateway down."""
    visit = walk_to("sign-in")
    sandbox.companies["AtelierBrume"].fault = "down"
    assert visit.post("/link/sign-in/", SIGN_IN).status_code == 503
    return visit


@pytest.fixture
def switch(link):
    """Return the Client's switch: switch(on=False)."""

    def turn(*, on: bool) -> None:
        use = integrations.settings_for(link.client)
        integrations.switch(use, on=on, by=link.created_by)

    return turn


def asked_of(sandbox) -> int:
    return len(sandbox.log)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_mail_goes_out_once_sage_intacct_answers(
    silent, link, sandbox, later, post, language
):
    LinkRequest.objects.update(language=language)
    said = WORDS[language]
    down = silent.post("/link/sign-in/", SIGN_IN).text
    assert said["button"] in down

    pressed = silent.post("/link/email-me/")

    assert (pressed.status_code, pressed["Location"]) == (303, "/link/sign-in/")
    page = silent.get("/link/sign-in/").text
    assert said["answers"] in page
    assert "c•••@atelier-brume.example" in page and INVITED not in page
    assert said["button"] not in page
    assert post() == []
    later(minutes=1)
    assert post() == []  # it is still down
    sandbox.companies["AtelierBrume"].fault = None
    later(minutes=2)
    [sent] = post()
    assert not LinkRequest.objects.get().visit.trouble  # nor does the Portal say it
    assert sent.subject == said["answers-subject"]
    assert sent.to == [INVITED]
    html = str(sent.alternatives[0][0])
    for part in (sent.body, html):
        assert said["next"] in part
        assert re.search(r"/l/[\w-]{43}/", part)
    path = re.search(r"/l/[\w-]{43}/", sent.body)[0]
    assert Browser().post(path)["Location"] == "/link/sign-in/"
    later(hours=1)
    assert post() == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_mail_goes_out_once_the_client_switches_it_on(
    walk_to, link, switch, later, post, language
):
    LinkRequest.objects.update(language=language)
    visit, said = walk_to("sign-in"), WORDS[language]
    switch(on=False)
    assert said["button"] in visit.get("/link/sign-in/").text

    pressed = visit.post("/link/sign-in/", {"back": "1"})

    assert (pressed.status_code, pressed["Location"]) == (303, "/link/sign-in/")
    page = visit.get("/link/sign-in/")
    assert page.status_code == 409
    assert said["on"] in page.text and "c•••@atelier-brume.example" in page.text
    assert said["button"] not in page.text
    later(minutes=2)
    assert post() == []
    switch(on=True)
    later(minutes=2)
    [sent] = post()
    assert sent.subject == said["on-subject"]
    assert said["next"] in sent.body
    assert (later(hours=1), post()) == (None, [])


@pytest.mark.parametrize(
    "path",
    [
        "/link/company-id/",
        "/link/permissions/check/",
        "/link/carry-on/",
        "/link/hand-over/company-id/back/",
    ],
)
def test_from_every_address_the_press_leads_to_the_paused_page(
    walk_to, switch, link, path
):
    visit = walk_to("web-services")
    switch(on=False)
    session = visit.session
    session["link_seen_at"] -= 3700 if "carry-on" in path else 0
    session.save()

    pressed = visit.post(path, {"back": "1"})

    page = visit.get(pressed["Location"])
    assert (pressed.status_code, page.status_code) == (303, 409)
    assert WORDS["en"]["on"] in page.text


def test_the_button_works_on_the_link_url_itself(client, link, switch):
    switch(on=False)

    pressed = client.post(link.path, {"back": "1"})

    page = client.get(pressed["Location"])
    assert page.status_code == 409
    assert WORDS["en"]["on"] in page.text


def test_pressing_again_and_again_is_one_mail(silent, sandbox, later, post):
    for _ in range(5):
        silent.post("/link/email-me/")
    sandbox.companies["AtelierBrume"].fault = None
    later(minutes=2)
    assert len(post()) == 1
    for _ in range(5):
        silent.post("/link/email-me/")
    later(minutes=2)
    assert post() == []


def test_a_new_silence_may_be_asked_about_anew(silent, sandbox, later, post):
    sandbox.companies["AtelierBrume"].fault = "down"
    silent.post("/link/email-me/")
    sandbox.companies["AtelierBrume"].fault = None
    later(minutes=2)
    assert len(post()) == 1
    sandbox.companies["AtelierBrume"].fault = "down"
    silent.post("/link/sign-in/", SIGN_IN)
    silent.post("/link/email-me/")
    sandbox.companies["AtelierBrume"].fault = None
    later(minutes=2)

    assert len(post()) == 1


def test_the_worker_asks_ever_more_rarely_and_for_three_days(
    silent, sandbox, later, post
):
    silent.post("/link/email-me/")
    looks, minute, before = [], 0, asked_of(sandbox)
    while minute < 4 * 24 * 60:
        step = 5 if len(looks) < 12 else 20  # the longest pause
        later(minutes=step)
        minute += step
        assert post() == []
        if asked_of(sandbox) > before:
            assert asked_of(sandbox) == before + 1  # one POST
            looks.append(minute)
            before = asked_of(sandbox)

    pauses = [after - at for at, after in zip(looks, looks[1:], strict=False)]
    assert pauses[0] == 5 and max(pauses) <= 20
    assert pauses == sorted(pauses)
    assert looks[-1] <= 3 * 24 * 60
    assert Notice.objects.get().outcome == "not_needed"


def test_nobody_real_signs_in_while_the_worker_looks(silent, sandbox, later, post):
    silent.post("/link/email-me/")
    later(minutes=2)
    post()
    sandbox.companies["AtelierBrume"].fault = None
    later(minutes=2)
    post()

    users = [call.user_id for call in sandbox.log[-2:]]
    assert all(user.startswith("nobody-") for user in users)
    assert "alderfinch_ws" not in users


def test_a_refused_sender_is_an_answer_too(silent, link, sandbox, later, post):
    silent.post("/link/email-me/")
    sandbox.companies["AtelierBrume"].fault = None
    sandbox.senders.clear()
    later(minutes=2)

    assert len(post()) == 1
    assert integrations.settings_for(link.client).sender_refused_at


@pytest.mark.parametrize("fault", ["down", "cut", "gave-up", "blocked", "empty"])
def test_every_silence_offers_the_mail(walk_to, sandbox, fault):
    visit = walk_to("sign-in")
    sandbox.companies["AtelierBrume"].fault = fault

    answer = visit.post("/link/sign-in/", SIGN_IN)

    assert answer.status_code == 503
    assert WORDS["en"]["button"] in answer.text


@pytest.mark.parametrize("fault", ["throttled", "busy"])
def test_a_busy_gateway_is_no_silence(walk_to, sandbox, fault):
    visit = walk_to("sign-in")
    sandbox.companies["AtelierBrume"].fault = fault

    answer = visit.post("/link/sign-in/", SIGN_IN)

    assert WORDS["en"]["button"] not in answer.text
    assert visit.post("/link/email-me/").status_code == 303
    assert not Notice.objects.exists()


def revoke(link: LinkRequest) -> None:
    requesting.revoke(link)


def expire(link: LinkRequest) -> None:
    LinkRequest.objects.update(expires_at=timezone.now())


def sign_in(link: LinkRequest) -> None:
    linking.sign_in(link, **SIGN_IN)


@pytest.mark.parametrize("meanwhile", [revoke, expire, sign_in])
def test_no_mail_goes_out_to_who_does_not_wait_any_more(
    silent, link, sandbox, later, post, meanwhile
):
    silent.post("/link/email-me/")
    sandbox.companies["AtelierBrume"].fault = None
    later(minutes=1)
    meanwhile(LinkRequest.objects.get())
    later(minutes=1)

    assert post() == []
    assert Notice.objects.get().outcome == "not_needed"


def test_who_was_linked_while_it_was_paused_gets_no_mail(
    walk_to, link, switch, later, post, finish
):
    visit = walk_to("sign-in")
    switch(on=False)
    visit.post("/link/sign-in/", {"back": "1"})
    switch(on=True)
    row = linking.sign_in(link, **SIGN_IN)
    linking.choose_entity(row, entity_id="100")
    finish(row)
    later(minutes=2)

    assert post() == []


def test_without_an_address_nothing_is_offered_and_the_page_says_what_to_do(
    silent, link, switch
):
    LinkRequest.objects.update(email="")
    down = silent.post("/link/sign-in/", SIGN_IN).text
    assert WORDS["en"]["button"] not in down
    assert "try again in a minute" in down
    silent.post("/link/email-me/")
    switch(on=False)
    paused = silent.get("/link/sign-in/").text
    assert WORDS["en"]["button"] not in paused
    assert "Your link goes on working: open it again later." in paused
    silent.post("/link/sign-in/", {"back": "1"})

    assert not Notice.objects.exists()


def test_without_the_live_watch_nobody_would_notice_so_it_is_not_offered(
    silent, settings, sandbox, later, post
):
    silent.post("/link/email-me/")
    settings.LIVE_WATCH = False
    sandbox.companies["AtelierBrume"].fault = "down"
    assert WORDS["en"]["button"] not in silent.post("/link/sign-in/", SIGN_IN).text
    before = asked_of(sandbox)
    sandbox.companies["AtelierBrume"].fault = None
    later(minutes=2)

    assert post() == []
    assert asked_of(sandbox) == before


def test_a_mail_server_that_is_down_for_a_moment_loses_no_mail(
    silent, sandbox, later, post, monkeypatch
):
    silent.post("/link/email-me/")
    for _ in range(30):
        later(minutes=16)
        post()
    sandbox.companies["AtelierBrume"].fault = None
    later(minutes=16)
    with monkeypatch.context() as broken:
        broken.setattr(mail.EmailMultiAlternatives, "send", _refuse)
        assert post() == []
    later(minutes=16)

    assert len(post()) == 1


def _refuse(*_: object, **__: object) -> None:
    raise ConnectionRefusedError


def test_a_colleague_is_offered_no_mail_to_somebody_else(walk_to, switch, link):
    visit = walk_to("web-services")
    visit.post(
        "/link/hand-over/web-services/",
        {
            "email": "marc@atelier-brume.example",
            "scope": "step",
            "language": "en",
        },
    )
    path = re.search(r"/l/[\w-]{43}/", mail.outbox[-1].body)[0]
    marc = Browser()
    marc.post(path)
    switch(on=False)

    page = marc.get("/link/for-you/web-services/")

    assert page.status_code == 409
    assert "Your link goes on working: open it again later." in page.text
    assert WORDS["en"]["button"] not in page.text and "c•••" not in page.text
    marc.post("/link/for-you/web-services/", {"back": "1"})
    assert not Notice.objects.exists()


def test_nothing_is_lost_by_a_pause_at_any_step(visit, switch):
    for slug, answer in ANSWERS.items():
        switch(on=False)
        refused = visit.post(f"/link/{slug}/", answer)
        assert refused.status_code == 409
        assert "Sandbox-Pass-1" not in refused.text
        switch(on=True)
        assert visit.post(f"/link/{slug}/", answer).status_code == 303, slug
