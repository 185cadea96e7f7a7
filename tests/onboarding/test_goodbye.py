"""The end page, another company, a new password, and disconnecting."""

import pytest
from django.test import Client as Browser

from linksite import integrations, linking, probing, requesting, syncing
from linksite.models import (
    Branding,
    Connection,
    IntegrationSettings,
    LinkRequest,
    Record,
)

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db

COOP = SIGN_IN | {"company_id": "CoopRives"}
WORDS = {
    "en": {
        "ask": "Disconnect Atelier Brume SAS?",
        "erased": "we erase your password",
        "keep": "Keep the connection",
        "over": "Atelier Brume SAS is disconnected",
        "user": "Delete the Web Services user alderfinch_ws",
        "asked": "They see that you ask them to delete",
        "other": "was linked to the Sage Intacct company AtelierBrume before",
        "masked": "was linked to the Sage Intacct company A••• before",
        "mean it": "Yes, link CoopRives in place of AtelierBrume",
        "waits": "Atelier Brume SAS waits for approval",
        "keeps": "What to keep in Sage Intacct",
        "change": "Change the password",
        "new": "Enter the new password",
        "linked": "This company is already linked",
    },
    "fr": {
        "ask": "Déconnecter Atelier Brume SAS\u202f?",
        "erased": "nous effaçons votre mot de passe",
        "keep": "Garder la connexion",
        "over": "Atelier Brume SAS est déconnectée",
        "user": "Supprimez l’utilisateur de services Web alderfinch_ws",
        "asked": "Votre demande d’effacer ce qui a été lu",
        "other": "était liée à la société Sage Intacct AtelierBrume",
        "masked": "était liée à la société Sage Intacct A•••",
        "mean it": "Oui, lier CoopRives à la place de AtelierBrume",
        "waits": "Atelier Brume SAS attend une approbation",
        "keeps": "À conserver dans Sage Intacct",
        "change": "Changer le mot de passe",
        "new": "Saisir le nouveau mot de passe",
        "linked": "Cette entreprise est déjà liée",
    },
}


@pytest.fixture(params=["en", "fr"])
def spoken(request, client):
    """The words of a language, which the visitor's browser asks for."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = request.param
    return WORDS[request.param]


def text_of(visit: Browser, url: str) -> str:
    return visit.get(url).content.decode()


STANDS = {
    "en": ("asks to read", "reads the", "no longer reads the"),
    "fr": ("demande à lire les", "lit les", "ne lit plus les"),
}


@pytest.mark.parametrize("language", STANDS)
def test_the_rail_says_whether_it_is_asked_read_or_over(
    walk_to, finish, link, language
):
    asks, reads, over = STANDS[language]
    visit = walk_to("permissions")
    visit.cookies["link_language"] = language

    def rail() -> str:
        text = text_of(visit, "/link/privacy/")
        return text.split('class="who">')[1].split("</p>")[0]

    assert f"</b> {asks}" in rail()
    finish(Connection.objects.get())
    assert f"</b> {reads}" in rail()
    assert "and ends it, until" in text_of(visit, "/link/linked/") or language == "fr"
    visit.post("/link/disconnect/")
    assert f"</b> {over}" in rail()
    assert "Your progress is saved" not in text_of(visit, "/link/disconnected/")


@pytest.mark.parametrize(
    ("language", "title", "button"),
    [
        ("en", "Atelier Brume SAS is disconnected", "Link this company again"),
        ("fr", "Atelier Brume SAS est déconnectée", "Lier de nouveau cette"),
    ],
)
def test_the_link_of_a_company_that_was_disconnected_says_so(
    linked, link, language, title, button
):
    linked.post("/link/disconnect/", {"erase": "on"})
    stranger = Browser()
    stranger.cookies["link_language"] = language

    text = text_of(stranger, link.path)

    assert title in text and button in text
    assert "alderfinch_ws" not in text
    assert stranger.post(link.path)["Location"] == "/link/sign-in/"


def test_who_disconnected_finds_what_to_clear_up_again(linked, link):
    linked.post("/link/disconnect/")

    for path in (link.path, "/link/colleague/"):
        assert linked.get(path)["Location"] == "/link/disconnected/", path


def test_the_link_of_a_later_invitation_asks_as_the_first_did(linked, link, later):
    linked.post("/link/disconnect/")
    requesting.revoke(link)
    later(days=1)
    fresh, url = requesting.request_data(link.company, by=link.created_by)

    assert "asks to read your accounting data" in text_of(
        Browser(), url.removeprefix("http://127.0.0.1:8000")
    )


def test_the_end_page_of_a_company_that_is_read_once_says_so_before_and_after(
    walk_to, worker
):
    IntegrationSettings.objects.update(mode="one-time")
    visit = walk_to("permissions")
    worker()
    row = Connection.objects.get()
    probing.finish(row, seen=probing.question(row))
    before = text_of(visit, "/link/linked/")
    worker()
    after = text_of(visit, "/link/linked/")

    for text in (before, after):
        assert "Nothing has to stay in Sage Intacct" in text
        assert "Change the password" not in text
    assert "Once the first reading is done, the password is erased" in before
    assert "Sign in again for a new reading" in after
    assert "your books are then read again, once" in text_of(visit, "/link/sign-in/")


def test_a_link_without_an_address_promises_no_other_device(visit, link):
    assert "on any device" in text_of(visit, "/link/software/")
    LinkRequest.objects.update(email="")

    assert "on this device to carry on" in text_of(visit, "/link/software/")


def test_a_dead_link_does_not_tell_that_the_company_is_linked(linked, link):
    requesting.revoke(link)

    text = text_of(Browser(), link.path)

    assert "</b> asks to read" in text
    assert "This does not end a connection that was made with it." in text


# --- the end page -------------------------------------------------------------------
def test_the_end_page_says_what_to_keep_and_how_to_change_or_end_it(spoken, linked):
    text = text_of(linked, "/link/linked/")

    assert spoken["keeps"] in text
    assert spoken["change"] in text
    assert 'href="/link/disconnect/"' in text
    assert "Sandbox-Pass-1" not in text


def test_the_way_back_is_shown_if_the_requester_gave_one(linked, client_row):
    assert "https://alder.example/done" not in text_of(linked, "/link/linked/")

    Branding.objects.create(client=client_row, return_url="https://alder.example/done")

    text = text_of(linked, "/link/linked/")
    assert 'href="https://alder.example/done"' in text
    assert "Back to Alder &amp; Finch" in text


def test_a_new_password_goes_in_with_the_user_known_and_is_read_again(
    linked, worker, answer
):
    form = text_of(linked, "/link/sign-in/")
    assert 'value="alderfinch_ws"' in form
    assert "you have just created" not in form  # that may be years ago
    assert "A new password changes nothing else" in form
    assert "The latest one that Sage Intacct emailed" in form

    taken = answer(linked, "/link/sign-in/", SIGN_IN)
    worker()
    assert "Sage Intacct accepted the password." in text_of(linked, "/link/linked/")

    assert taken["Location"] == "/link/linked/"
    assert Connection.objects.get().syncs.count() == 2


def test_a_password_that_is_refused_leaves_the_old_one(linked, sandbox, answer):
    before = Connection.objects.get().password_sealed

    taken = answer(linked, "/link/sign-in/", SIGN_IN | {"password": "Not-This-1"})

    assert taken.status_code == 422
    assert Connection.objects.get().password_sealed == before
    assert Connection.objects.get().status == "linked"


def test_a_used_link_tells_another_device_nothing(spoken, linked, link):
    other = Browser(HTTP_ACCEPT_LANGUAGE=linked.defaults["HTTP_ACCEPT_LANGUAGE"])

    text = text_of(other, link.path)

    assert spoken["linked"] in text
    for detail in ("AtelierBrume", "alderfinch_ws", "Paris", "2026"):
        assert detail not in text.split("<main")[1].split("</main>")[0]


def test_a_broken_used_link_asks_for_the_new_password(spoken, linked, link):
    Connection.objects.update(trouble="bad_login")
    other = Browser(HTTP_ACCEPT_LANGUAGE=linked.defaults["HTTP_ACCEPT_LANGUAGE"])

    assert spoken["new"] in text_of(other, link.path)
    assert other.post(link.path)["Location"] == "/link/code/"
    assert linked.post(link.path)["Location"] == "/link/sign-in/"


# --- another company ------------------------------------------------------------
def test_another_company_must_be_meant_and_then_waits(spoken, linked, finish, answer):
    asked = answer(linked, "/link/sign-in/", COOP)
    text = asked.content.decode()
    assert asked.status_code == 422
    assert spoken["other"] in text
    assert spoken["mean it"] in text
    assert "Sandbox-Pass-1" not in text

    answer(linked, "/link/sign-in/", COOP | {"replaces": "CoopRives"})
    row = Connection.objects.get()
    assert finish(row)

    assert (row.intacct_company_id, row.status) == ("CoopRives", "pending")
    assert row.held_at
    assert spoken["waits"] in text_of(linked, "/link/linked/")
    assert not row.syncs.unfinished().exists()


def test_a_yes_to_one_company_is_none_to_another(linked, answer):
    data = COOP | {"company_id": "PixelForge", "replaces": "CoopRives"}

    assert answer(linked, "/link/sign-in/", data).status_code == 422
    assert Connection.objects.get().intacct_company_id == "AtelierBrume"


def test_who_has_not_signed_in_sees_the_old_id_masked(spoken, linked, link, answer):
    linking.disconnect(Connection.objects.get())
    other = Browser(HTTP_ACCEPT_LANGUAGE=linked.defaults["HTTP_ACCEPT_LANGUAGE"])
    other.post(link.path)

    text = answer(other, "/link/sign-in/", COOP).content.decode()

    assert spoken["masked"] in text
    assert "AtelierBrume" not in text.split("<main")[1]


# --- disconnecting ------------------------------------------------------------
def test_disconnecting_is_asked_on_a_page_of_its_own(spoken, linked):
    text = text_of(linked, "/link/disconnect/")

    assert spoken["ask"] in text
    assert spoken["erased"] in text
    assert spoken["keep"] in text
    assert Connection.objects.get().status == "linked"


def test_disconnecting_stops_reading_and_erases_the_password(spoken, linked, worker):
    row = Connection.objects.get()
    syncing.queue(row)

    answer = linked.post("/link/disconnect/", {"erase": "on"})

    assert (answer.status_code, answer["Location"]) == (303, "/link/disconnected/")
    row.refresh_from_db()
    assert (row.status, row.password_sealed) == ("unlinked", "")
    assert not row.syncs.unfinished().exists()
    assert Record.objects.exists()
    text = text_of(linked, "/link/disconnected/")
    assert spoken["over"] in text
    assert spoken["user"] in text
    assert spoken["asked"] in text
    assert text.count('class="path"') == 3


def test_a_reading_under_way_writes_nothing_after_it(linked, monkeypatch, worker):
    row = Connection.objects.get()
    syncing.queue(row)
    row.records.all().delete()
    read = syncing.intacct.Client.read

    def read_while_disconnecting(*args: object, **kwargs: object) -> object:
        page = read(*args, **kwargs)
        if Connection.objects.get().unlinked_at is None:
            linked.post("/link/disconnect/")
        return page

    monkeypatch.setattr(syncing.intacct.Client, "read", read_while_disconnecting)
    worker()

    assert not Record.objects.exists()


def test_a_paused_integration_does_not_keep_anybody_from_leaving(
    linked, link, engineer
):
    settings = IntegrationSettings.objects.get()
    integrations.switch(settings, on=False, by=engineer)

    assert linked.get("/link/disconnect/").status_code == 200
    assert linked.post("/link/disconnect/").status_code == 303
    assert linked.get("/link/disconnected/").status_code == 200


def test_another_device_cannot_disconnect_without_the_code(linked, link):
    other = Browser()
    other.post(link.path)

    assert other.post("/link/disconnect/")["Location"] == "/link/code/"
    assert Connection.objects.get().status == "linked"


def test_another_device_learns_nothing_of_what_was_disconnected(linked, link):
    linked.post("/link/disconnect/")
    other = Browser()
    other.post(link.path)

    assert other.get("/link/disconnected/")["Location"] == "/link/linked/"


def test_the_same_company_can_be_linked_again(linked, finish, answer):
    linked.post("/link/disconnect/")

    went_to = answer(linked, "/link/sign-in/", SIGN_IN)["Location"]
    linked.post(went_to, {"entity": "100"})
    row = Connection.objects.live().get()

    assert finish(row)
    assert linking.connection(row.link_request).linked_at
