"""Slips in typed IDs: recognised, explained, never changed silently."""

import html

import pytest

from linksite.models import Connection
from onboarding.slips import tidy

from .conftest import SIGN_IN

pytestmark = pytest.mark.django_db

ENTITY = (
    "What stands behind the bar is an entity: you choose it in step 8",
    "Ce qui suit la barre est une entité\u00a0: vous la choisissez à l’étape 8",
)
BAR = (
    "A company ID has no bar |",
    "Un identifiant d’entreprise ne contient pas de barre |",
)
ADDRESS = ("This looks like an email address", "Cela ressemble à une")
PERSON = (
    "This is a person’s email address. The user ID is the one from step 6: "
    "alderfinch_ws",
    "C’est l’adresse e‑mail d’une personne",
)
BEFORE = (
    "You entered a user ID with it",
    "Vous avez saisi un identifiant d’utilisateur avec",
)
BEHIND = ("What stands behind the @ is the company ID", "Ce qui suit le @ est")
WEB = ("This is a web address", "Ceci est une adresse web")
QUOTES = ("We left out the quotation marks", "Nous avons retiré les guillemets")
COLON = ("We kept what stands behind the colon", "Nous avons gardé ce qui suit les")
UNSEEN = ("We left out signs that cannot be seen", "Nous avons retiré des signes inv")
SPACES = (
    "A company ID has no spaces",
    "Un identifiant d’entreprise ne contient pas d’",
)

# What was typed, what the field then holds, and what the page says.
COMPANY_IDS = [
    ("AtelierBrume|100", "AtelierBrume", ENTITY),
    ("AtelierBrume|Paris Nord", "AtelierBrume", ENTITY),
    ("AtelierBrume|", "AtelierBrume", ENTITY),
    ("  AtelierBrume|100 ", "AtelierBrume", ENTITY),
    ("alderfinch_ws@AtelierBrume|100", "AtelierBrume", ENTITY),
    ("atelierBRUME|100", "atelierBRUME", ENTITY),
    ("|100", "|100", BAR),
    ("A|B|C", "A|B|C", BAR),
    ("lea@atelier-brume.example", "lea@atelier-brume.example", ADDRESS),
    ("LEA@ATELIER-BRUME.EXAMPLE", "LEA@ATELIER-BRUME.EXAMPLE", ADDRESS),
    ("alderfinch_ws@AtelierBrume", "AtelierBrume", BEFORE),
    ("https://www.intacct.com/ia/acct", "https://www.intacct.com/ia/acct", WEB),
    ("www.intacct.com", "www.intacct.com", WEB),
    ("intacct.com/AtelierBrume", "intacct.com/AtelierBrume", WEB),
    ("\u201cAtelierBrume\u201d", "AtelierBrume", QUOTES),
    ("«\u00a0AtelierBrume\u00a0»", "AtelierBrume", QUOTES),
    ("'AtelierBrume'", "AtelierBrume", QUOTES),
    ("Company ID: AtelierBrume", "AtelierBrume", COLON),
    ("ID\u00a0: AtelierBrume", "AtelierBrume", COLON),
    ("Atelier\u200bBrume", "AtelierBrume", UNSEEN),
    ("Atelier\u00adBrume", "AtelierBrume", UNSEEN),
    ("Atelier Brume", "Atelier Brume", SPACES),
    ("Atelier\tBrume", "Atelier\tBrume", SPACES),
    ("Atelier\u00a0Brume", "Atelier\u00a0Brume", SPACES),
]
USER_IDS = [
    ("lea@atelier-brume.example", "lea@atelier-brume.example", PERSON),
    ("Lea.Moreau@Atelier-Brume.Example", "Lea.Moreau@Atelier-Brume.Example", PERSON),
    ("alderfinch_ws@AtelierBrume", "alderfinch_ws", BEHIND),
    ("alderfinch_ws@AtelierBrume|100", "alderfinch_ws", BEHIND),
    (
        "alderfinch_ws|100",
        "alderfinch_ws|100",
        ("A user ID has no bar |", "Un identifiant d’utilisateur ne c"),
    ),
    ("https://www.intacct.com/", "https://www.intacct.com/", WEB),
    ("«alderfinch_ws»", "alderfinch_ws", QUOTES),
    ("User ID: alderfinch_ws", "alderfinch_ws", COLON),
    ("alder\ufefffinch_ws", "alderfinch_ws", UNSEEN),
]
BLANKS = [" ", "\t", "\n", "\u00a0", "\u202f", "\u2009", "\u200b", "\ufeff", "\u2060"]
LANGUAGES = [("en", 0), ("fr", 1)]


def said(response) -> str:
    """Return the page as its reader sees it."""
    return html.unescape(response.content.decode())


@pytest.mark.parametrize(("language", "index"), LANGUAGES)
@pytest.mark.parametrize(("typed", "kept", "words"), COMPANY_IDS)
def test_a_slip_in_the_company_id_is_explained_and_left_to_be_accepted(
    walk_to, link, language, index, typed, kept, words
):
    visit = walk_to("company-id")
    visit.cookies["link_language"] = language

    answer = visit.post("/link/company-id/", {"company_id": typed})

    assert answer.status_code == 422
    assert said(answer).count(words[index]) == 2
    assert f'value="{kept}"' in said(answer)
    link.refresh_from_db()
    assert link.intacct_company_id == ""


@pytest.mark.parametrize(("language", "index"), LANGUAGES)
@pytest.mark.parametrize(("typed", "kept", "words"), USER_IDS)
def test_a_slip_in_the_user_id_is_explained_and_nothing_is_sent(
    walk_to, sandbox, language, index, typed, kept, words
):
    visit = walk_to("sign-in")
    visit.cookies["link_language"] = language

    answer = visit.post("/link/sign-in/", SIGN_IN | {"user_id": typed})

    assert answer.status_code == 422
    assert said(answer).count(words[index]) == 2
    assert f'value="{kept}"' in said(answer)
    assert sandbox.log == []


def test_what_we_kept_is_taken_when_the_person_accepts_it(walk_to, link):
    visit = walk_to("company-id")
    visit.post("/link/company-id/", {"company_id": "AtelierBrume|100"})

    visit.post("/link/company-id/", {"company_id": "AtelierBrume"})

    link.refresh_from_db()
    assert link.intacct_company_id == "AtelierBrume"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Company ID: we left out the blanks around it"),
        ("fr", "Identifiant d’entreprise\u00a0: nous avons retiré les espaces autour"),
    ],
)
@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_blanks_around_an_id_go_and_the_next_page_says_so_once(
    walk_to, link, language, words, blank
):
    visit = walk_to("company-id")
    visit.cookies["link_language"] = language
    typed = {"company_id": f"{blank}AtelierBrume{blank}"}

    answer = visit.post("/link/company-id/", typed)

    link.refresh_from_db()
    assert link.intacct_company_id == "AtelierBrume"
    assert words in said(visit.get(answer["Location"]))
    assert words not in said(visit.get(answer["Location"]))


def test_blanks_are_named_beside_the_field_when_the_form_comes_back(walk_to):
    visit = walk_to("sign-in")
    typed = SIGN_IN | {"user_id": " alderfinch_ws ", "password": ""}

    text = said(visit.post("/link/sign-in/", typed))

    assert "Web Services user ID: we left out the blanks around it" in text
    assert 'value="alderfinch_ws"' in text


@pytest.mark.parametrize("typed", ["atelierBRUME", "ATELIERBRUME", "Ünïcode-1_2.3"])
def test_capitals_and_signs_of_an_id_stay(walk_to, link, typed):
    walk_to("web-services", company_id={"company_id": typed})

    link.refresh_from_db()
    assert link.intacct_company_id == typed


def test_a_good_id_is_remarked_upon_by_nobody(walk_to):
    visit = walk_to("web-services")

    assert "blanks" not in said(visit.get("/link/web-services/"))


@pytest.mark.parametrize(
    "password", [" Sandbox-Pass-1", "Sandbox-Pass-1\u00a0", "a b "]
)
@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("en", "The password begins or ends with a space"),
        ("fr", "ou finit par une espace"),
    ],
)
def test_a_password_goes_as_it_was_typed_once_its_blanks_are_meant(
    walk_to, sandbox, password, language, told
):
    company = sandbox.companies["AtelierBrume"]
    company.set_password(SIGN_IN["user_id"], password)
    visit, typed = walk_to("sign-in"), SIGN_IN | {"password": password}
    visit.cookies["link_language"] = language

    asked = visit.post("/link/sign-in/", typed)

    assert (asked.status_code, told in asked.text) == (422, True)
    assert password not in asked.text
    assert sandbox.log == []
    assert 'name="blanks" value="meant"' in asked.text
    visit.post("/link/sign-in/", typed | {"blanks": "meant"})
    assert Connection.objects.count() == 1


def test_blanks_inside_a_password_are_nobodys_business(walk_to, sandbox):
    company = sandbox.companies["AtelierBrume"]
    company.set_password(SIGN_IN["user_id"], "a b")

    walk_to("sign-in").post("/link/sign-in/", SIGN_IN | {"password": "a b"})

    assert Connection.objects.count() == 1


@pytest.mark.parametrize("slip", [{"user_id": "a|b"}, {"password": ""}])
def test_a_slip_after_a_refusal_does_not_show_the_refusal_again(walk_to, slip):
    visit = walk_to("sign-in")
    refused = visit.post("/link/sign-in/", SIGN_IN | {"password": "wrong"}).text

    text = visit.post("/link/sign-in/", SIGN_IN | slip).text

    assert "Before you try again" in refused
    assert "Before you try again" not in text


@pytest.mark.parametrize("typed", ["", " ", "\u200b", "a", "|", "@", ":", '"', "@|"])
def test_no_slip_breaks_the_page(walk_to, typed):
    answer = walk_to("company-id").post("/link/company-id/", {"company_id": typed})

    assert answer.status_code in (303, 422)


def test_tidy_leaves_what_stands_inside():
    assert tidy(" a b\u200b ") == "a b"


@pytest.mark.parametrize(
    ("language", "typed", "told"),
    [
        ("en", "alder & Finch, read-only", "This is the name of the user."),
        ("fr", "Alder & Finch, lecture seule", "C’est le nom de l’utilisateur."),
    ],
)
def test_the_name_of_the_user_in_place_of_its_id_costs_no_try(
    walk_to, sandbox, language, typed, told
):
    visit = walk_to("sign-in")
    visit.cookies["link_language"] = language

    answer = visit.post("/link/sign-in/", SIGN_IN | {"user_id": typed})

    assert (answer.status_code, told in said(answer)) == (422, True)
    assert 'value="alderfinch_ws"' in answer.text
    assert sandbox.log == []


@pytest.mark.parametrize(
    ("language", "told"),
    [("en", "This is the company ID."), ("fr", "C’est l’identifiant d’entreprise.")],
)
def test_the_company_id_in_place_of_the_user_id_costs_no_try(
    walk_to, sandbox, language, told
):
    visit = walk_to("sign-in")
    visit.cookies["link_language"] = language

    typed = SIGN_IN | {"user_id": "atelierBRUME"}
    answer = visit.post("/link/sign-in/", typed)

    assert (answer.status_code, told in answer.text) == (422, True)
    assert 'name="meant" value="atelierBRUME"' in answer.text
    assert sandbox.log == []
    again = visit.post("/link/sign-in/", typed | {"meant": "atelierBRUME"})
    assert told not in again.text
    assert len(sandbox.log) == 1
