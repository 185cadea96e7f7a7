"""The entity: chosen by itself when there is one, found among many, looked at once."""

import pytest

from linksite.models import Connection

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db

WORDS = {
    "en": {
        "only": "The Web Services user may enter one entity, LDS Leeds:",
        "find": "Find an entity by its ID or name",
        "none": "No entity matches: all of them are in the list.",
        "right": "Is this the right company?",
        "yes": "Yes, finish",
        "finish": "Finish",
        "other": "Choose another entity",
        "sizes": ("customers", "invoices", "suppliers", "bills"),
    },
    "fr": {
        "only": "L’utilisateur des services Web a accès à une entité, LDS Leeds",
        "find": "Trouver une entité par identifiant ou nom",
        "none": "Aucune entité ne correspond\u00a0: la liste les contient toutes.",
        "right": "Est-ce la bonne société\u202f?",
        "yes": "Oui, terminer",
        "finish": "Terminer",
        "other": "Choisir une autre entité",
        "sizes": ("clients", "factures clients", "fournisseurs"),
    },
}


@pytest.fixture(params=["en", "fr"])
def spoken(request, client):
    """The words of a language, which the visitor's browser asks for."""
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = request.param
    return WORDS[request.param]


def sign_in(walk_to, company_id: str):
    visit = walk_to("sign-in", company_id={"company_id": company_id})
    answer = visit.post("/link/sign-in/", SIGN_IN | {"company_id": company_id})
    return visit, answer["Location"]


def test_one_entity_is_chosen_with_a_word_and_can_be_changed(spoken, walk_to):
    visit, went_to = sign_in(walk_to, "LangdaleMills")
    name = Connection.objects.get().entities[0]
    words = spoken["only"].replace("LDS Leeds", f"{name['id']} {name['name']}")

    assert went_to == "/link/permissions/"
    page = visit.get(went_to).content.decode()
    assert words in page
    assert 'href="/link/entity/"' in page
    assert visit.get("/link/entity/").status_code == 200


def test_a_company_without_entities_is_not_asked(walk_to):
    visit, went_to = sign_in(walk_to, "CoopRives")

    assert went_to == "/link/permissions/"


def test_many_entities_come_with_a_filter(spoken, walk_to):
    visit = walk_to("entity")
    assert spoken["find"] not in visit.get("/link/entity/").content.decode()
    row = Connection.objects.get()
    row.entities = [
        {"id": f"{n:03}", "name": f"Filiale {n}", "currency": "EUR"}
        for n in range(60, -1, -1)
    ]
    row.save()

    whole = visit.get("/link/entity/").content.decode()
    some = visit.get("/link/entity/", {"q": "filiale 17"}).content.decode()
    none = visit.get("/link/entity/", {"q": "<b>"}).content.decode()

    assert spoken["find"] in whole
    assert whole.count("<option") == 63
    assert whole.index("000 – ") < whole.index("001 – ") < whole.index("060 – ")
    assert some.count("<option") == 3
    assert "017 – Filiale 17" in some
    assert none.count("<option") == 63
    assert spoken["none"] in none
    assert "&lt;b&gt;" in none


def test_what_was_filtered_out_can_still_be_chosen(walk_to):
    visit = walk_to("entity")

    answer = visit.post("/link/entity/?q=lyon", {"entity": "100"})

    assert answer["Location"] == "/link/permissions/"


def test_the_first_look_asks_whether_it_is_the_right_company(spoken, walk_to, worker):
    visit = walk_to("permissions")
    worker()

    page = visit.get("/link/permissions/").content.decode()

    assert spoken["right"] in page
    assert spoken["yes"] in page
    assert spoken["other"] in page
    for words in spoken["sizes"]:
        assert f" {words}" in page
    assert "Atelier Brume" in page


def test_without_a_look_finishing_is_not_held_up(spoken, walk_to, worker):
    visit = walk_to("permissions")
    worker()
    Connection.objects.update(first_look={})

    page = visit.get("/link/permissions/").content.decode()

    assert spoken["right"] in page
    assert f'<button class="btn">{spoken["finish"]}</button>' in page
    for known in ("AtelierBrume", "100 Paris"):
        assert known in page


def test_another_entity_can_be_chosen_after_the_look(walk_to, worker, answer):
    visit = walk_to("permissions")
    worker()

    answer(visit, "/link/entity/", {"entity": "200"})

    row = Connection.objects.get()
    assert (row.entity_id, row.first_look, row.records.count()) == ("200", {}, 0)


def test_an_entity_that_was_chosen_meanwhile_is_told_by_its_name(walk_to):
    visit = walk_to("entity")
    page = visit.get("/link/entity/").text
    version = page.split('name="version" value="')[1].split('"')[0]
    visit.post("/link/entity/", {"entity": "200", "version": version})

    answer = visit.post("/link/entity/", {"entity": "100", "version": version})

    assert answer.status_code == 409
    assert ">200 – Lyon</dd>" in answer.text


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "Atelier Brume SAS is linked already."),
        ("fr", "Atelier Brume SAS est déjà liée."),
    ],
)
def test_who_is_linked_is_warned_of_another_entity(linked, language, told):
    linked.cookies["link_language"] = language

    assert told in linked.get("/link/entity/").text
