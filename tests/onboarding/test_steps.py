"""The Steps, in the order the customer meets them."""

import gzip

import pytest
from django.test import Client as Browser

from linksite import requesting, syncing
from linksite.models import Connection
from onboarding import software

from .conftest import ANSWERS, SIGN_IN

pytestmark = pytest.mark.django_db

HEADINGS = {
    "software": "Select your accounting software",
    "before-you-start": "Before you start",
    "company-id": "Get your company ID from Sage Intacct",
    "web-services": "Turn on Web Services in Sage Intacct",
    "sender": "Configure Web Services in Sage Intacct",
    "web-services-user": "Create a Web Services user in Sage Intacct",
    "sign-in": "Enter your Sage Intacct company ID, username and password",
    "entity": "Select your Sage Intacct entity from the dropdown",
}
FRENCH = {
    "software": "Sélectionnez votre logiciel comptable",
    "company-id": "Obtenez votre identifiant d'entreprise de Sage Intacct",
    "web-services": "Activez les services Web dans Sage Intacct",
    "sender": "Configurez les services Web dans Sage Intacct",
    "web-services-user": "Créez un utilisateur de services Web dans Sage Intacct",
    "sign-in": "Entrez votre identifiant d'entreprise Sage Intacct, "
    "nom d'utilisateur et mot de passe",
    "entity": "Sélectionnez votre entité Sage Intacct dans le menu déroulant",
}


@pytest.mark.parametrize("slug", HEADINGS)
def test_every_step_has_its_heading_and_one_h1(walk_to, slug):
    response = walk_to(slug).get(f"/link/{slug}/")

    text = response.content.decode()
    assert response.status_code == 200
    assert text.count("<h1") == 1
    assert HEADINGS[slug] in text
    assert f"<title>{HEADINGS[slug]} – Alder &amp; Finch Link</title>" in text


@pytest.mark.parametrize("slug", FRENCH)
def test_the_french_headings_are_those_of_the_guide(walk_to, slug):
    visit = walk_to(slug)
    visit.cookies["link_language"] = "fr"

    text = visit.get(f"/link/{slug}/").content.decode()

    assert FRENCH[slug] in text.replace("&#x27;", "'")


@pytest.mark.parametrize(
    ("hosts", "opened"),
    [([], "https://www.intacct.com/"), (["127.0.0.1:8001"], "http://127.0.0.1:8001/")],
    ids=["the gateway", "a Sandbox"],
)
def test_sage_intacct_opens_where_the_customer_signs_in(
    walk_to, settings, hosts, opened
):
    settings.GATEWAY_URL = "http://127.0.0.1:8001/ia/xml/xmlgw.phtml"
    settings.GATEWAY_TEST_HOSTS = frozenset(hosts)

    text = walk_to("sender").get("/link/sender/").text

    assert f'href="{opened}" target="_blank"' in text


@pytest.mark.parametrize("slug", ANSWERS)
def test_every_step_is_done_by_its_answer(walk_to, link, slug):
    visit = walk_to(slug)
    assert software.flow(link_now(link)).current.slug == slug

    visit.post(f"/link/{slug}/", ANSWERS[slug])

    assert software.flow(link_now(link)).get(slug).is_done()


def link_now(link):
    """Return the invitation as it stands in the database."""
    return type(link).objects.get(pk=link.pk)


@pytest.mark.parametrize("slug", [*list(ANSWERS)[2:], "permissions", "linked"])
def test_a_step_out_of_order_leads_to_the_right_one(visit, slug):
    visit.post("/link/software/", ANSWERS["software"])

    for response in (visit.get(f"/link/{slug}/"), visit.post(f"/link/{slug}/")):
        assert response.status_code == 303
        assert response["Location"] == "/link/before-you-start/"


def test_earlier_steps_stay_open(walk_to):
    visit = walk_to("sign-in")

    for slug in list(ANSWERS)[:6]:
        assert visit.get(f"/link/{slug}/").status_code == 200


def test_an_unknown_step_is_not_found(visit):
    assert visit.get("/link/nowhere/").status_code == 404


def test_a_tile_that_is_not_offered_is_refused(visit):
    response = visit.post("/link/software/", {"software": "northline-books"})

    assert response.status_code == 422


def test_the_search_filters_the_tiles(visit):
    found = visit.get("/link/software/?q=intacct").content.decode()
    none = visit.get("/link/software/?q=zzz").content.decode()

    assert 'value="sage-intacct"' in found
    assert 'value="sage-intacct"' not in none
    assert "Nothing matches" in none


def test_without_consent_nothing_starts(walk_to):
    response = walk_to("before-you-start").post("/link/before-you-start/")

    text = response.content.decode()
    assert response.status_code == 422
    assert text.count("Confirm that you are allowed to share this data") == 2
    assert "<title>Error: Before you start" in text


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ("", "Enter your company ID"),
        ("Atelier Brume", "A company ID has no spaces"),
        ("me@example.com", "This looks like an email address"),
    ],
)
def test_a_wrong_company_id_is_refused_beside_the_field(walk_to, typed, message):
    response = walk_to("company-id").post("/link/company-id/", {"company_id": typed})

    text = response.content.decode()
    assert response.status_code == 422
    assert text.count(message) == 2
    assert 'aria-invalid="true"' in text
    assert 'href="#id_company_id"' in text


def test_blanks_around_a_company_id_are_dropped(walk_to, link):
    walk_to("web-services", company_id={"company_id": "  AtelierBrume "})

    link.refresh_from_db()
    assert link.intacct_company_id == "AtelierBrume"


def test_the_sender_step_shows_what_to_paste(walk_to):
    text = walk_to("sender").get("/link/sender/").content.decode()

    assert "linksite-sandbox" in text
    assert "Alder &amp; Finch, read-only" in text


def test_what_is_known_is_not_asked_twice(walk_to, link):
    text = walk_to("sign-in").get("/link/sign-in/").content.decode()

    assert 'value="AtelierBrume"' in text
    assert f'value="{requesting.suggested(link).user_id}"' in text


def test_signing_in_keeps_the_connection_and_proves_the_browser(walk_to, link):
    visit = walk_to("sign-in")
    before = visit.session.session_key

    response = visit.post("/link/sign-in/", SIGN_IN)

    assert response["Location"] == "/link/entity/"
    assert Connection.objects.get().company == link.company
    assert visit.session["proven"] == str(link.pk)
    assert visit.session.session_key != before
    assert "Sandbox-Pass-1" not in str(dict(visit.session))


def test_a_password_is_never_on_a_page_again(walk_to):
    visit = walk_to("sign-in")
    refused = visit.post("/link/sign-in/", SIGN_IN | {"password": "Wrong-Pass-9"})
    visit.post("/link/sign-in/", SIGN_IN)

    pages = [refused, visit.get("/link/sign-in/"), visit.get("/link/entity/")]

    for page in pages:
        assert "Wrong-Pass-9" not in page.content.decode()
        assert "Sandbox-Pass-1" not in page.content.decode()


def test_the_entities_are_a_dropdown_with_the_top_level_first(walk_to):
    text = walk_to("entity").get("/link/entity/").content.decode()

    assert text.index("Choose an entity") < text.index("Top level, all entities")
    assert text.index("Top level") < text.index("100 – ") < text.index("200 – ")


def test_an_entity_nobody_knows_is_refused(walk_to):
    response = walk_to("entity").post("/link/entity/", {"entity": "999"})

    assert response.status_code == 422
    assert "This entity is no longer available" in response.content.decode()


def test_the_top_level_may_be_chosen(walk_to):
    visit = walk_to("permissions", entity={"entity": "top-level"})

    assert Connection.objects.get().entity_id == ""
    assert visit.get("/link/permissions/").status_code == 200


def test_all_the_way_to_the_end(walk_to, worker):
    visit = walk_to("permissions")
    assert "Checking permissions" in visit.get("/link/permissions/").content.decode()

    worker()

    text = visit.get("/link/permissions/").content.decode()
    assert "All 8 permissions are in place" in text
    assert visit.get("/link/linked/")["Location"] == "/link/permissions/"
    question = text.split('name="question" value="')[1].split('"')[0]
    answer = visit.post("/link/permissions/finish/", {"question": question})
    assert (answer.status_code, answer["Location"]) == (303, "/link/linked/")
    worker()
    end = visit.get("/link/linked/").content.decode()
    assert "Atelier Brume SAS is linked" in end
    assert "7 of 7 done" in end
    assert visit.get("/link/linked/progress/").status_code == 286


def test_the_end_page_is_told_of_the_reading_only_what_it_does_not_show(linked, worker):
    syncing.queue(Connection.objects.get())
    page = linked.get("/link/linked/").content.decode()
    seen = page.split('id="seen" name="seen" value="')[1].split('"')[0]

    assert linked.get(f"/link/linked/progress/?seen={seen}").status_code == 204
    other = linked.get("/link/linked/progress/?seen=less")
    assert "It carries on if you close this page." in other.content.decode()
    worker()
    assert linked.get(f"/link/linked/progress/?seen={seen}").status_code == 286


def test_the_end_page_stays_when_a_one_time_password_was_erased(linked):
    Connection.objects.update(password_sealed="")

    assert linked.get("/link/linked/").status_code == 200


def test_the_end_page_says_what_stopped_the_reading_later(linked):
    Connection.objects.update(trouble="sender_not_authorised")

    text = linked.get("/link/linked/").content.decode()

    assert "Our Sender ID is not in your list yet" in text
    assert 'href="/link/sender/"' in text


def test_every_page_is_lean(walk_to):
    for slug in ANSWERS:
        page = walk_to(slug).get(f"/link/{slug}/").content
        assert len(gzip.compress(page)) < 14_000, slug


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("en", "- Bills: List, View"),
        ("fr", "- Factures fournisseurs (Bills)\u00a0: Liste (List), Afficher (View)"),
    ],
)
def test_the_copied_instructions_name_each_right(walk_to, language, line):
    visit = walk_to("web-services-user")
    visit.cookies["link_language"] = language

    assert line in visit.get("/link/web-services-user/").text


def test_who_comes_first_reads_how_long_it_takes(link):
    page = Browser().get(link.path).text

    assert "It takes about 25 minutes" in page
    assert "You had reached" not in page


def test_who_comes_back_reads_where_they_were(walk_to, link):
    walk_to("sender")

    page = Browser().get(link.path).text

    assert "You had reached step 5 of 9: Configure Web Services." in page
    assert "It takes about" not in page
