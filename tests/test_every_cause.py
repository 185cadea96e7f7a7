"""Each company of the Sandbox, walked through Link: both faces have its own words."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.test import Client as Browser

from linksite import linking
from linksite.intacct.sandbox import (
    SANDBOX_PASSWORD,
    SANDBOX_USER,
    SCENARIOS,
    Sandbox,
    Scenario,
)
from linksite.intacct.sandbox.scenarios import make_companies
from linksite.models import Company, Connection, LinkRequest, Member
from onboarding import causes
from portal import troubles

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).parent.parent / "docs" / "sandbox.md"


class Words(NamedTuple):
    """What a page says, in English and in French."""

    en: str
    fr: str


class Row(NamedTuple):
    """Where Link ends up with a company, and the words of Link and of the Portal."""

    status: int
    page: str
    link: Words
    portal: Words


LINKED = Row(
    200,
    "linked",
    Words("Atelier Brume SAS is linked", "Atelier Brume SAS est liée"),
    Words("Up to date", "À jour"),
)
WEB_SERVICES_OFF = Row(
    303,
    "web-services",
    Words(
        "Web Services is not switched on yet",
        "Les services Web ne sont pas encore activés",
    ),
    Words("Web Services off", "Services Web désactivés"),
)
SENDER_NOT_AUTHORISED = Row(
    303,
    "sender",
    Words(
        "Our Sender ID is not in your list yet",
        "Notre Sender ID n’est pas encore dans votre liste",
    ),
    Words("Sender ID not authorized", "Sender ID non autorisé"),
)
BAD_LOGIN = Row(
    422,
    "sign-in",
    Words(
        "Sage Intacct did not accept these sign-in details",
        "Sage Intacct n’a pas accepté ces identifiants",
    ),
    Words("Password refused", "Mot de passe refusé"),
)
ENTITY_DENIED = Row(
    303,
    "permissions",
    Words(
        "The Web Services user may not enter this entity",
        "L’utilisateur de services Web n’a pas accès à cette entité",
    ),
    Words("Entity closed to us", "Entité fermée pour nous"),
)
NOTHING_GRANTED = Row(
    303,
    "permissions",
    Words("No permission is there at all", "Aucune autorisation n’est en place"),
    Words("Nothing at all is granted", "Rien n’est accordé"),
)
NOT_ANSWERING = Row(
    503,
    "sign-in",
    Words("Sage Intacct is not answering", "Sage Intacct ne répond pas"),
    Words("Sage Intacct is not answering", "Sage Intacct ne répond pas"),
)

TABLE: dict[str, Row] = {
    "AtelierBrume": LINKED,
    "CoopRives": LINKED,
    "VergerNeuf": WEB_SERVICES_OFF,
    "FonderieArdan": WEB_SERVICES_OFF,
    "PapeteriesLac": SENDER_NOT_AUTHORISED,
    "TanneriesGier": SENDER_NOT_AUTHORISED,
    "HorizonTrial": Row(
        303,
        "company-id",
        Words(
            "Sage Intacct does not know the company ID HorizonTrial",
            "Sage Intacct ne connaît pas l’identifiant d’entreprise HorizonTrial",
        ),
        Words("Company unknown to Sage Intacct", "Entreprise inconnue de Sage Intacct"),
    ),
    "KestrelDemo": Row(
        422,
        "sign-in",
        Words("This is a trial company", "C’est une entreprise d’essai"),
        Words("Trial company", "Entreprise d’essai"),
    ),
    "MoulinsDrac": BAD_LOGIN,
    "CaveauSerein": BAD_LOGIN,
    "BastionFret": Row(
        422,
        "sign-in",
        Words(
            "Your company limits the addresses that may sign in",
            "Votre société limite les adresses autorisées à se connecter",
        ),
        Words("IP address blocked", "Adresse IP bloquée"),
    ),
    "GroupeSillon": ENTITY_DENIED,
    "LangdaleMills": ENTITY_DENIED,
    "HarrowTextiles": Row(
        303,
        "permissions",
        Words("Two permissions are missing", "Il manque deux autorisations"),
        Words("2 permissions missing", "2 autorisations manquantes"),
    ),
    "QuaiNord": NOTHING_GRANTED,
    "BrackenFoods": NOTHING_GRANTED,
    "PixelForge": Row(
        303,
        "permissions",
        Words(
            "Cash Management. Left out: Bank accounts",
            "Gestion de la trésorerie (Cash Management). "
            "Laissé de côté\N{NO-BREAK SPACE}: Comptes bancaires",
        ),
        Words(
            "Not in this company: Checking accounts, Savings accounts",
            "Absent de cette société\N{NO-BREAK SPACE}: "
            "Comptes courants, Comptes d’épargne",
        ),
    ),
    "RueeExpress": Row(
        503,
        "sign-in",
        Words(
            "Sage Intacct asks us to slow down", "Sage Intacct nous demande de ralentir"
        ),
        Words(
            "Sage Intacct asks us to slow down", "Sage Intacct nous demande de ralentir"
        ),
    ),
    "TortueMarine": LINKED,
    "PharesOuest": NOT_ANSWERING,
    "EclusesSud": NOT_ANSWERING,
    "VitrailBureau": NOT_ANSWERING,
    "CiseauxOr": Row(
        503,
        "sign-in",
        Words(
            "The answer of Sage Intacct did not arrive whole",
            "La réponse de Sage Intacct n’est pas arrivée entière",
        ),
        Words(
            "The answer of Sage Intacct did not arrive whole",
            "La réponse de Sage Intacct n’est pas arrivée entière",
        ),
    ),
    "SablierFils": LINKED,
    "GrandBazar": LINKED,
    "BabelImport": LINKED,
}


class Walk:
    """A customer who answers every Step with what the company's page says."""

    def __init__(self, link: LinkRequest, plan: Scenario) -> None:
        self.browser, self.plan, self.path = Browser(), plan, link.path
        self.details = {
            "company_id": plan.id,
            "user_id": SANDBOX_USER,
            "password": SANDBOX_PASSWORD,
        }

    def post(self, slug: str, answer: dict[str, str], language: str = "en") -> Any:
        """Answer a Step."""
        spoken = {"accept-language": language}
        return self.browser.post(f"/link/{slug}/", answer, headers=spoken)

    def to_sign_in(self) -> Any:
        """Take every Step up to the sign-in, and return its answer."""
        self.browser.post(self.path)
        self.post("software", {"software": "sage-intacct"})
        self.post("before-you-start", {"agree": "on"})
        self.post("company-id", {"company_id": self.plan.id})
        for slug in ("web-services", "sender", "web-services-user"):
            self.post(slug, {})
        return self.post("sign-in", self.details)

    def choose(self) -> None:
        """Choose the entity, or find that it closed after it was chosen."""
        first = self.plan.entities[0].id
        entity = self.plan.enters or first
        answer = self.post("entity", {"entity": entity})
        if answer.status_code == 422:
            row = Connection.objects.get()
            row.entities = [{"id": entity, "name": "", "currency": ""}]
            linking.choose_entity(row, entity_id=entity)

    def page(self, row: Row, language: str) -> str:
        """Return the page that Link ends up with, in a language."""
        if row.status == 503:
            return str(self.post("sign-in", self.details, language).text)
        spoken = {"accept-language": language}
        answer = self.browser.get(f"/link/{row.page}/", headers=spoken)
        assert answer.status_code == 200, answer.headers.get("Location")
        return str(answer.text)


@pytest.fixture
def portal(member: Member, company: Company) -> Callable[[str], str]:
    """Return what the Portal's list and the Company's page say, in a language."""
    browser = Browser()
    browser.force_login(member.user)

    def read(language: str) -> str:
        spoken = {"accept-language": language}
        paths = ("/portal/companies/", f"/portal/companies/{company.pk}/")
        return "".join(browser.get(path, headers=spoken).text for path in paths)

    return read


def test_every_company_has_its_row() -> None:
    assert list(TABLE) == [plan.id for plan in SCENARIOS]


@pytest.mark.parametrize("plan", SCENARIOS, ids=lambda plan: plan.id)
def test_both_faces_say_what_is_the_matter(
    sandbox: Sandbox,
    link: LinkRequest,
    portal: Callable[[str], str],
    worker: Callable[[], None],
    finish: Callable[[Connection], bool],
    plan: Scenario,
) -> None:
    sandbox.companies = make_companies(sandbox.today, size=100)
    sandbox.companies[plan.id].delay = 0.01
    row, walk = TABLE[plan.id], Walk(link, plan)

    answer = walk.to_sign_in()
    # The only entity is chosen by itself; who wants another one says so.
    if answer.headers.get("Location") == "/link/entity/" or plan.enters:
        walk.choose()
    worker()
    if row == LINKED:
        assert finish(Connection.objects.get())

    if plan.stage == "sign_in":
        assert answer.status_code == row.status
        assert answer.headers.get("Location") in (None, f"/link/{row.page}/")
    for language in ("en", "fr"):
        page = walk.page(row, language)
        said = {getattr(each.link, language) for each in TABLE.values()}
        assert {words for words in said if words in page} == {
            getattr(row.link, language)
        }
        assert getattr(row.portal, language) in portal(language)
    assert Connection.objects.exists() == (plan.stage != "sign_in")


FAULTY = {
    "down": ("Sage Intacct is not answering", "Sage Intacct ne répond pas"),
    "nonsense": ("Sage Intacct is not answering", "Sage Intacct ne répond pas"),
    "empty": ("Sage Intacct is not answering", "Sage Intacct ne répond pas"),
    "off-line": ("Sage Intacct is not answering", "Sage Intacct ne répond pas"),
    "cut": ("did not arrive whole", "n’est pas arrivée entière"),
    "throttled": ("asks us to slow down", "nous demande de ralentir"),
    "busy": ("asks us to slow down", "nous demande de ralentir"),
    "gave-up": ("did not answer in time", "n’a pas répondu à temps"),
    "blocked": ("turned us away", "nous a refusés"),
}


@pytest.mark.parametrize("fault", FAULTY)
def test_every_way_to_break_the_gateway_has_its_words(
    sandbox: Sandbox, link: LinkRequest, portal: Callable[[str], str], fault: str
) -> None:
    sandbox.companies["AtelierBrume"].fault = fault
    walk = Walk(link, SCENARIOS[0])
    walk.to_sign_in()

    for language, words in zip(("en", "fr"), FAULTY[fault], strict=True):
        answer = walk.post("sign-in", walk.details, language)
        assert answer.status_code == 503
        assert words in answer.text
        assert int(answer["Retry-After"]) > 0
        assert SANDBOX_PASSWORD not in answer.text
        assert words in portal(language)


@pytest.mark.parametrize("plan", SCENARIOS, ids=lambda plan: plan.id)
def test_the_document_has_the_words_of_both_faces(plan: Scenario) -> None:
    row = TABLE[plan.id]
    said = f" | {row.link.en} · {row.portal.en} |"

    lines = DOCUMENT.read_text().splitlines()

    assert [x for x in lines if x.startswith(f"| `{plan.id}` |") and x.endswith(said)]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("face", ["link", "portal"])
def test_different_causes_have_different_words(face: str, language: str) -> None:
    said: dict[str, set[str]] = {}
    for plan in SCENARIOS:
        words = getattr(getattr(TABLE[plan.id], face), language)
        said.setdefault(words, set()).add(plan.outcome)

    assert [words for words, outcomes in said.items() if len(outcomes) > 1] == []


def test_no_two_outcomes_share_their_words() -> None:
    for table in (causes.CAUSES, causes.LATER):
        titles = [str(cause.title) for cause in table.values()]
        assert len(set(titles)) == len(titles)
    names = [str(trouble.name) for trouble in troubles.TROUBLES.values()]
    assert len(set(names)) == len(names)


def test_what_is_not_subscribed_stops_nothing(
    sandbox: Sandbox,
    link: LinkRequest,
    member: Member,
    finish: Callable[[Connection], bool],
) -> None:
    walk = Walk(link, next(plan for plan in SCENARIOS if plan.id == "PixelForge"))
    walk.to_sign_in()
    assert finish(Connection.objects.get())
    browser = Browser()
    browser.force_login(member.user)
    address = f"/portal/companies/{link.company.pk}/"

    permissions = walk.browser.get("/link/permissions/").text
    linked = walk.browser.get("/link/linked/").text
    data = browser.get(f"{address}data/bank-accounts/").text

    assert "All 6 permissions are in place" in permissions
    assert "Cash Management. Left out: Bank accounts" in permissions
    assert "Needs: " not in permissions
    assert "does not include: Bank accounts" in linked
    assert "there is nothing to grant, and nobody has to act" in data
    assert Connection.objects.get().status == Connection.Status.LINKED
