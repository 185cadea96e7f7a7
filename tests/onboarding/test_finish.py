"""The last press: a form of its own, which links only what the customer saw."""

import pytest
from django.test import Client as Browser

from linksite import linking, probing
from linksite.models import Connection, IntegrationSettings, Sync

pytestmark = pytest.mark.django_db

PAGE, FINISH = "/link/permissions/", "/link/permissions/finish/"
BILLS = "accounts-payable.bills"

WORDS = {
    "en": {
        "older": "Your page was older: your answer was not used",
        "entity": "Another company or entity was chosen meanwhile: AtelierBrume, 200",
        "lost": "A permission is missing, or is being checked again.",
        "ended": "The connection was ended meanwhile.",
        "too": "Alder &amp; Finch must approve it, too.",
    },
    "fr": {
        "older": "Votre page n’était plus à jour\u00a0: votre réponse",
        "entity": "choisie entre-temps\u00a0: AtelierBrume, 200",
        "lost": "Une autorisation manque, ou est en cours de vérification.",
        "ended": "La connexion a été rompue entre-temps.",
        "too": "Alder &amp; Finch doit aussi l’approuver.",
    },
}


@pytest.fixture(params=["en", "fr"])
def spoken(request, client):
    """The words of a language, which the visitor's browser asks for."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = request.param
    return WORDS[request.param]


@pytest.fixture
def asked(walk_to, worker) -> Browser:
    """The visit of a customer who is asked whether it is the right company."""
    visit = walk_to("permissions")
    worker()
    return visit


def question(visit: Browser) -> dict[str, str]:
    """Return what the form of the page would send."""
    text = visit.get(PAGE).text.split(f'action="{FINISH}"')[1]
    return {"question": text.split('name="question" value="')[1].split('"')[0]}


def row() -> Connection:
    return Connection.objects.get()


def test_every_press_leads_to_the_linked_page(asked):
    form = question(asked)

    for _ in range(2):
        answer = asked.post(FINISH, form)
        assert (answer.status_code, answer["Location"]) == (303, "/link/linked/")

    assert row().linked_at
    assert Sync.objects.count() == 1
    assert FINISH not in asked.get(PAGE).text


def test_finishing_is_a_post(asked):
    assert asked.get(FINISH).status_code == 405
    assert not row().linked_at


def test_who_has_not_proven_themselves_finishes_nothing(asked, link):
    stranger = Browser()
    stranger.post(link.path)

    answer = stranger.post(FINISH, {"question": probing.question(row())})

    assert answer["Location"] == "/link/code/"
    assert not row().linked_at


def choose_another(_: object) -> None:
    linking.choose_entity(row(), entity_id="200")


def lose_a_right(sandbox) -> None:
    sandbox.companies["AtelierBrume"].revoke(BILLS)
    probing.check_again(row())


def disconnect(_: object) -> None:
    linking.disconnect(row())


@pytest.mark.parametrize(
    ("change", "said"),
    [(choose_another, "entity"), (lose_a_right, "lost"), (disconnect, "ended")],
    ids=["entity", "right", "ended"],
)
def test_a_press_on_an_older_page_says_what_changed(
    spoken, asked, sandbox, worker, change, said
):
    form = question(asked)
    change(sandbox)
    worker()

    answer = asked.post(FINISH, form)

    assert answer.status_code == 409
    assert spoken["older"] in answer.text
    assert spoken[said] in answer.text
    assert not row().linked_at
    assert not Sync.objects.exists()


def test_an_older_tab_cannot_change_what_is_linked(spoken, asked, worker):
    older = question(asked)
    linking.choose_entity(row(), entity_id="200")
    worker()
    asked.post(FINISH, question(asked))

    answer = asked.post(FINISH, older)

    assert answer.status_code == 409
    assert spoken["entity"] in answer.text
    assert (row().entity_id, row().status) == ("200", "linked")


def test_whoever_must_wait_for_approval_is_told_before_the_press(
    spoken, linked, link, worker
):
    linking.sign_in(
        link,
        company_id="CoopRives",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
        another=True,
    )
    worker()

    assert spoken["too"] in linked.get(PAGE).text
    answer = linked.post(FINISH, question(linked))
    assert answer["Location"] == "/link/linked/"
    assert (row().status, row().linked_at is None) == ("pending", False)


def test_the_rail_has_the_last_step_open_until_the_press(asked):
    assert 'aria-current="step"' in asked.get(PAGE).text
    assert asked.get("/link/linked/")["Location"] == PAGE

    asked.post(FINISH, question(asked))

    assert asked.get("/link/linked/").status_code == 200


@pytest.mark.parametrize(
    ("language", "once"),
    [("en", "Your books are read once"), ("fr", "Vos livres sont lus une seule fois")],
)
def test_a_company_that_is_read_once_is_told_so_from_the_start_to_the_end(
    walk_to, finish, language, once
):
    IntegrationSettings.objects.update(mode="one-time")
    visit = walk_to("permissions")
    visit.cookies["link_language"] = language
    finish(Connection.objects.get())

    end = visit.get("/link/linked/").text

    assert once in visit.get("/link/software/").text
    assert end.count("What to keep in Sage Intacct") == 0
    assert end.count("À conserver dans Sage Intacct") == 0
    assert "alderfinch_ws" in end
