"""The plain values that go into and come out of a gateway conversation."""

from dataclasses import dataclass, field
from datetime import datetime

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
