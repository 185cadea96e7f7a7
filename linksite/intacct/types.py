"""The plain values that go into and come out of a gateway conversation."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

GRANTED = "granted"
MISSING = "missing"
UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Sender:
    """The partner credentials; both parts are case-sensitive."""

    sender_id: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Login:
    """A company's Web Services user; the password is sent exactly as typed."""

    company_id: str
    user_id: str
    password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in session: where it must be used, in which entity, until when.

    `entity_id` is empty at top level; `expires_at` is aware, as the gateway said
    when it opened the session (every use moves it), or None when it did not say.
    """

    session_id: str = field(repr=False)
    endpoint: str
    entity_id: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class Entity:
    """A Sage Intacct entity; `id` is the Entity ID seen in the product."""

    id: str
    name: str
    currency: str


@dataclass(frozen=True, slots=True)
class Page:
    """Some rows of one Source.

    A row keeps every field the gateway returned, as text; an empty field is
    None. `total` counts the rows from this page on, None when unknown. `cursor`
    is the RECORDNO of the last row (or the cursor asked for, if there is none):
    pass it back as `after` to get the next page.
    """

    rows: list[dict[str, str | None]] = field(repr=False)
    total: int | None
    cursor: str
    is_last: bool


@dataclass(frozen=True, slots=True)
class Check:
    """What a probe found for one permission.

    `state` is GRANTED, MISSING or UNCHECKED; `outcome` is "ok" or the name of
    the failure; `text` and `support_id` are the gateway's own, empty if granted.
    """

    state: str
    outcome: str
    text: str
    support_id: str


class Checks(dict[str, Check]):
    """What a probe found, by the key of the permission."""

    @property
    def is_everything_missing(self) -> bool:
        """Whether every right is missing: an empty role, or the wrong user type."""
        return all_missing((c.state, c.outcome) for c in self.values())


def all_missing(found: Iterable[tuple[str, str]]) -> bool:
    """Say whether (state, outcome) pairs hold only rights that are missing.

    Modules that are not subscribed say nothing about the role.
    """
    states = [state for state, outcome in found if outcome != "object_unavailable"]
    return len(states) > 1 and set(states) == {MISSING}


@dataclass(frozen=True, slots=True)
class Right:
    """What a user may do, in the words of its own screens."""

    module: str
    name: str
    rights: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CompanyInfo:
    """A company as Sage Intacct knows it: its ID and its legal name."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class Overview:
    """What a company looks like from afar: its name, and some of its books' sizes.

    `counts` and `latest` (dates as the gateway wrote them) are by the Dataset's slug;
    what could not be read is not in them.
    """

    company: CompanyInfo | None
    counts: dict[str, int]
    latest: dict[str, str]


@dataclass(frozen=True, slots=True)
class Formatting:
    """How a user's dates are written; `offset` is its clock's distance from UTC."""

    locale: str
    date_format: str
    offset: timedelta
    clock: str
