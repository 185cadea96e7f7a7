"""The Sandbox's companies, one for each thing that can happen (docs/sandbox.md)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from ..types import Entity
from .books import Size, make_books
from .companies import (
    LOCKED_AFTER,
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_USER,
    Role,
    SandboxCompany,
    User,
    read_only,
)
from .names import BRITAIN, EVERYWHERE, FRANCE, Country

ATELIER_BRUME = "AtelierBrume"
COOP_RIVES = "CoopRives"
HARROW_TEXTILES = "HarrowTextiles"
PAPETERIES_LAC = "PapeteriesLac"
FRESH = "VergerNeuf"
HUGE = "GrandBazar"
HUGE_SIZE = 100_000  # invoices

Change = Callable[[SandboxCompany], object]


@dataclass(frozen=True, slots=True)
class Scenario:
    """A company as it is at the beginning, and what Linksite is to make of it.

    The client signs in, asks for entities, enters one (`enters`; else the first it
    was told of), probes and reads. `stage` is where that ends, `outcome` with what.
    """

    id: str
    title: str
    shows: str
    country: Country = FRANCE
    size: Size = Size(12, 40, 10, 30)
    entities: tuple[Entity, ...] = ()
    change: Change = lambda company: None
    stage: str = "read"
    outcome: str = "ok"
    enters: str = ""


def _set(**changes: object) -> Change:
    """Return a change of plain attributes of the company."""

    def change(company: SandboxCompany) -> None:
        for name, value in changes.items():
            setattr(company, name, value)

    return change


def _set_user(**changes: object) -> Change:
    """Return a change of plain attributes of the company's user."""

    def change(company: SandboxCompany) -> None:
        for name, value in changes.items():
            setattr(company.users[SANDBOX_USER], name, value)

    return change


def _make_fresh(company: SandboxCompany) -> None:
    company.web_services = False
    for each in (company.authorisations, company.users, company.roles):
        each.clear()


def _switch_sender_off(company: SandboxCompany) -> None:
    company.authorisations[SANDBOX_SENDER_ID].is_active = False


def _take_two(company: SandboxCompany) -> None:
    company.revoke("accounts-payable.bills")
    company.revoke("general-ledger.trial-balance")


def _empty_role(company: SandboxCompany) -> None:
    for role in company.roles.values():
        role.allows.clear()


def _fault(name: str) -> Change:
    return _set(fault=name)


_FRENCH = (
    Entity("100", "Paris", "EUR"),
    Entity("200", "Lyon", "EUR"),
    Entity("300", "Lille", "EUR"),
)
_BRITISH = (Entity("10", "Leeds", "GBP"), Entity("20", "Bradford", "GBP"))
_HOSTILE = (
    Entity("A&B", "<script>alert('entity')</script>", "EUR"),
    Entity("=1+1", 'ירושלים 🦊 "x"', "EUR"),
)

SCENARIOS: tuple[Scenario, ...] = (
    Scenario(
        ATELIER_BRUME,
        "Atelier Brume SAS",
        "Several entities, every permission granted: everything works.",
        size=Size(80, 420, 60, 330),
        entities=_FRENCH,
    ),
    Scenario(
        COOP_RIVES,
        "Coopérative des Rives",
        "A single-entity company, every permission granted.",
        size=Size(25, 90, 20, 70),
    ),
    Scenario(
        FRESH,
        "Le Verger Neuf",
        "Nothing is set up yet: walk the whole guide on its pages.",
        entities=_FRENCH[:2],
        change=_make_fresh,
        stage="sign_in",
        outcome="web_services_off",
    ),
    Scenario(
        "FonderieArdan",
        "Fonderie Ardan",
        "Web Services is off under Subscriptions.",
        change=_set(web_services=False),
        stage="sign_in",
        outcome="web_services_off",
    ),
    Scenario(
        PAPETERIES_LAC,
        "Papeteries du Lac",
        "The sender has not been authorised.",
        size=Size(10, 30, 8, 20),
        change=lambda company: company.dismiss_sender(SANDBOX_SENDER_ID),
        stage="sign_in",
        outcome="sender_not_authorised",
    ),
    Scenario(
        "TanneriesGier",
        "Tanneries du Gier",
        "The sender is in the list, but its status is Inactive.",
        change=_switch_sender_off,
        stage="sign_in",
        outcome="sender_not_authorised",
    ),
    Scenario(
        "HorizonTrial",
        "Horizon Trial Ltd",
        "A trial company: it has no Web Services to switch on.",
        country=BRITAIN,
        change=_set(standing="trial"),
        stage="sign_in",
        outcome="company_unknown_or_sender_inactive",
    ),
    Scenario(
        "KestrelDemo",
        "Kestrel Demo Ltd",
        "A demo company that has expired.",
        country=BRITAIN,
        change=_set(standing="expired"),
        stage="sign_in",
        outcome="company_expired_demo",
    ),
    Scenario(
        "MoulinsDrac",
        "Moulins du Drac",
        "The user is locked out after too many failed sign-ins.",
        change=_set_user(failures=LOCKED_AFTER),
        stage="sign_in",
        outcome="bad_login",
    ),
    Scenario(
        "CaveauSerein",
        "Le Caveau Serein",
        "The user is a person's, with two-step sign-in: not for Web Services.",
        change=_set_user(is_web_services=False),
        stage="sign_in",
        outcome="bad_login",
    ),
    Scenario(
        "BastionFret",
        "Bastion Fret SA",
        "IP address filters are enforced, and ours is not in them.",
        change=_set(is_ip_filtered=True),
        stage="sign_in",
        outcome="ip_blocked",
    ),
    Scenario(
        "GroupeSillon",
        "Groupe Sillon",
        "Access is restricted to the top level: no entity can be entered.",
        entities=_FRENCH,
        change=_set(is_top_level_only=True),
        stage="enter",
        outcome="entity_denied_or_session_failed",
    ),
    Scenario(
        "LangdaleMills",
        "Langdale Mills Ltd",
        "The user may enter Leeds only; Bradford and the top level are closed.",
        country=BRITAIN,
        entities=_BRITISH,
        change=_set_user(entities=("10",)),
        stage="enter",
        outcome="entity_denied_or_session_failed",
        enters="20",
    ),
    Scenario(
        HARROW_TEXTILES,
        "Harrow Textiles Ltd",
        "Several entities; two permissions are missing.",
        country=BRITAIN,
        size=Size(40, 160, 30, 120),
        entities=_BRITISH,
        change=_take_two,
        stage="probe",
        outcome="permission_missing",
    ),
    Scenario(
        "QuaiNord",
        "Quai Nord Logistique",
        "The role is assigned, but it allows nothing yet.",
        change=_empty_role,
        stage="probe",
        outcome="permission_missing",
    ),
    Scenario(
        "BrackenFoods",
        "Bracken Foods plc",
        "The user's type is Employee, which caps what its role allows.",
        country=BRITAIN,
        change=_set_user(type="Employee"),
        stage="probe",
        outcome="permission_missing",
    ),
    Scenario(
        "PixelForge",
        "Pixel Forge SARL",
        "Cash Management is not subscribed.",
        change=lambda company: company.modules.discard("CM"),
        stage="probe",
        outcome="object_unavailable",
    ),
    Scenario(
        "RueeExpress",
        "Ruée Express",
        "The gateway's rate limit is reached.",
        change=_fault("throttled"),
        stage="sign_in",
        outcome="throttled",
    ),
    Scenario(
        "TortueMarine",
        "Tortue Marine",
        "Every answer takes four seconds.",
        change=_set(fault="slow", delay=4.0),
    ),
    Scenario(
        "PharesOuest",
        "Phares de l'Ouest",
        "The gateway is down: a page with status 502.",
        change=_fault("down"),
        stage="sign_in",
        outcome="transient",
    ),
    Scenario(
        "EclusesSud",
        "Écluses du Sud",
        "The gateway is overloaded: status 503 and nothing else.",
        change=_fault("empty"),
        stage="sign_in",
        outcome="transient",
    ),
    Scenario(
        "VitrailBureau",
        "Vitrail Bureau",
        "A page of the front server in place of an answer, with status 200.",
        change=_fault("nonsense"),
        stage="sign_in",
        outcome="transient",
    ),
    Scenario(
        "CiseauxOr",
        "Les Ciseaux d'Or",
        "Answers break off in the middle.",
        change=_fault("cut"),
        stage="sign_in",
        outcome="malformed_response",
    ),
    Scenario(
        "SablierFils",
        "Sablier & Fils",
        "Sessions end after three requests, in the middle of reading.",
        size=Size(25, 90, 20, 70),
        change=_set(session_uses=3),
    ),
    Scenario(
        HUGE,
        "Le Grand Bazar SA",
        "100,000 invoices, written as they are read.",
        size=Size(4000, HUGE_SIZE, 900, 20_000),
        entities=_FRENCH[:2],
    ),
    Scenario(
        "BabelImport",
        'Babel <b>Import</b> & "Export" 🧾',
        "Names in every script, and names that attack pages and spreadsheets.",
        country=EVERYWHERE,
        size=Size(60, 200, 50, 150),
        entities=_HOSTILE,
    ),
)


def make_companies(today: date, size: int = HUGE_SIZE) -> dict[str, SandboxCompany]:
    """Return fresh companies by their id, their books closed on `today`.

    `size` is the number of invoices of the biggest one.
    """
    return {plan.id: make_company(plan, today, size) for plan in SCENARIOS}


def make_company(plan: Scenario, today: date, size: int = HUGE_SIZE) -> SandboxCompany:
    """Return one company as its scenario begins."""
    wanted = plan.size
    if plan.id == HUGE and size != HUGE_SIZE:
        wanted = Size(max(1, size // 25), size, max(1, size // 100), size // 5)
    company = SandboxCompany(
        plan.id,
        plan.title,
        plan.shows,
        plan.country,
        plan.entities,
        make_books(plan.id, plan.country, wanted, plan.entities, today),
    )
    if not plan.entities:
        company.modules.discard("ME")
    role: Role = read_only()
    company.roles[role.name] = role
    company.users[SANDBOX_USER] = User(
        SANDBOX_USER,
        "Alder & Finch, read-only",
        SANDBOX_PASSWORD,
        email=f"compta@{plan.id.lower()}.example",
        roles=[role.name],
    )
    company.authorise_sender(SANDBOX_SENDER_ID, "Alder & Finch, read-only")
    plan.change(company)
    return company
