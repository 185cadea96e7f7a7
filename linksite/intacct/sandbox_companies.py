"""The Sandbox's companies: what each one shows, and what may be changed about it.

AtelierBrume     several entities, every permission, about 1,000 records
CoopRives        a single-entity company, every permission, fewer records
HarrowTextiles   several entities; the user lacks two permissions: Accounts
                 Payable · Bills and General Ledger · Trial balance
PapeteriesLac    has not authorised the sender
"""

from dataclasses import dataclass, field
from datetime import date, datetime

from .books import Books, Size, make_books
from .datasets import PERMISSION_BY_KEY
from .names import BRITAIN, FRANCE, Country
from .types import Entity

ATELIER_BRUME = "AtelierBrume"
COOP_RIVES = "CoopRives"
HARROW_TEXTILES = "HarrowTextiles"
PAPETERIES_LAC = "PapeteriesLac"

# Public on purpose: they open nothing but the Sandbox.
SANDBOX_USER = "alderfinch_ws"
SANDBOX_PASSWORD = "Sandbox-Pass-1"  # noqa: S105
SANDBOX_SENDER_ID = "linksite-sandbox"
SANDBOX_SENDER_PASSWORD = "Sandbox-Sender-1"  # noqa: S105

LOCKED_AFTER = 5  # failed sign-ins in a row


@dataclass(slots=True)
class OpenSession:
    """A session the Sandbox has handed out; `expires_at` moves with every use."""

    user_id: str
    entity_id: str
    expires_at: datetime


@dataclass(slots=True, eq=False)
class SandboxCompany:
    """One imaginary company; change it through its methods, `fault` and `delay`.

    `fault` is None or one of sandbox_faults.FAULTS; `delay` is the seconds that
    "slow" waits.
    """

    id: str
    title: str
    shows: str
    country: Country
    entities: tuple[Entity, ...]
    books: Books = field(repr=False)
    granted: set[str]
    senders: set[str]
    passwords: dict[str, str] = field(repr=False)
    fault: str | None = None
    delay: float = 1.0
    failures: int = 0
    sessions: dict[str, OpenSession] = field(default_factory=dict, repr=False)

    @property
    def is_locked(self) -> bool:
        """Say whether the user is locked out until somebody unlocks it."""
        return self.failures >= LOCKED_AFTER

    def grant(self, permission_key: str) -> None:
        """Give the user a permission; KeyError if there is no such permission."""
        self.granted.add(PERMISSION_BY_KEY[permission_key].key)

    def revoke(self, permission_key: str) -> None:
        """Take a permission from the user; KeyError if there is no such one."""
        self.granted.discard(PERMISSION_BY_KEY[permission_key].key)

    def authorise_sender(self, sender_id: str) -> None:
        """Put a sender on the list of those that may talk to the company."""
        self.senders.add(sender_id)

    def dismiss_sender(self, sender_id: str) -> None:
        """Take a sender from that list."""
        self.senders.discard(sender_id)

    def set_password(self, user_id: str, password: str) -> None:
        """Give a Web Services user a password, creating the user if needed."""
        self.passwords[user_id] = password

    def unlock(self) -> None:
        """Let a locked-out user sign in again."""
        self.failures = 0

    def expire_sessions(self) -> None:
        """End every session at once."""
        self.sessions.clear()

    def signs_in(self, user_id: str, password: str) -> bool:
        """Say whether a login is right; count it against the user if not."""
        is_right = self.passwords.get(user_id) == password and not self.is_locked
        self.failures = 0 if is_right else self.failures + 1
        return is_right

    def has_entity(self, entity_id: str) -> bool:
        """Say whether there is such an entity; "" is the top level."""
        return entity_id in {"", *(entity.id for entity in self.entities)}


@dataclass(frozen=True, slots=True)
class _Plan:
    """How a company is at the beginning."""

    id: str
    title: str
    shows: str
    country: Country
    size: Size
    entities: tuple[Entity, ...] = ()
    lacks: frozenset[str] = frozenset()
    senders: frozenset[str] = frozenset({SANDBOX_SENDER_ID})


_PLANS = (
    _Plan(
        ATELIER_BRUME,
        "Atelier Brume SAS",
        "Several entities, every permission granted: everything works.",
        FRANCE,
        Size(80, 420, 60, 330),
        entities=(
            Entity("100", "Paris", "EUR"),
            Entity("200", "Lyon", "EUR"),
            Entity("300", "Lille", "EUR"),
        ),
    ),
    _Plan(
        COOP_RIVES,
        "Coopérative des Rives",
        "A single-entity company, every permission granted.",
        FRANCE,
        Size(25, 90, 20, 70),
    ),
    _Plan(
        HARROW_TEXTILES,
        "Harrow Textiles Ltd",
        "Several entities; two permissions are missing.",
        BRITAIN,
        Size(40, 160, 30, 120),
        entities=(Entity("10", "Leeds", "GBP"), Entity("20", "Bradford", "GBP")),
        lacks=frozenset({"accounts-payable.bills", "general-ledger.trial-balance"}),
    ),
    _Plan(
        PAPETERIES_LAC,
        "Papeteries du Lac",
        "The sender has not been authorised.",
        FRANCE,
        Size(10, 30, 8, 20),
        senders=frozenset(),
    ),
)


def make_companies(today: date) -> dict[str, SandboxCompany]:
    """Return fresh companies by their id, their books closed on `today`."""
    return {plan.id: _company(plan, today) for plan in _PLANS}


def _company(plan: _Plan, today: date) -> SandboxCompany:
    return SandboxCompany(
        plan.id,
        plan.title,
        plan.shows,
        plan.country,
        plan.entities,
        make_books(plan.id, plan.country, plan.size, plan.entities, today),
        set(PERMISSION_BY_KEY) - plan.lacks,
        set(plan.senders),
        {SANDBOX_USER: SANDBOX_PASSWORD},
    )
