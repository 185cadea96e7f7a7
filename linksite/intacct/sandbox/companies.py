"""A pretend company: its users, roles, senders, modules and books."""

import secrets
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ..datasets import PERMISSION_BY_KEY
from ..types import Entity
from .books import Books
from .names import Country
from .policies import (
    ALWAYS_ON,
    MODULES,
    POLICY_BY_KEY,
    READ_ONLY,
    TYPES,
    WANTED,
)
from .tables import Edited, Listed, Row, clock, us_day

# Public on purpose: they open nothing but the Sandbox.
SANDBOX_USER = "alderfinch_ws"
SANDBOX_PASSWORD = "Sandbox-Pass-1"  # noqa: S105
SANDBOX_SENDER_ID = "linksite-sandbox"
SANDBOX_SENDER_PASSWORD = "Sandbox-Sender-1"  # noqa: S105

LOCKED_AFTER = 5  # failed sign-ins in a row
SESSION_LENGTH = timedelta(hours=2)


@dataclass(slots=True)
class Cursor:
    """What readMore goes on with: an object, its rows that are left, the fields."""

    name: str
    fields: tuple[str, ...]
    table: Edited
    places: Sequence[int]
    page_size: int
    total: int


@dataclass(slots=True)
class OpenSession:
    """A session the Sandbox has handed out; `expires_at` moves with every use."""

    user_id: str
    entity_id: str
    expires_at: datetime
    uses: int = 0
    cursors: dict[str, Cursor] = field(default_factory=dict, repr=False)


@dataclass(slots=True)
class Authorisation:
    """One line of the list of Web Services authorizations."""

    description: str = ""
    is_active: bool = True


@dataclass(slots=True)
class Role:
    """A role: what it allows, policy by policy."""

    name: str
    description: str = ""
    allows: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True, eq=False)
class User:
    """A user; `entities` empty means all of them, the top level included.

    `allows` counts in place of the roles where permissions are given user by user.
    """

    id: str
    name: str
    password: str = field(repr=False)
    email: str = ""
    type: str = "Business"
    admin: str = "Off"
    is_active: bool = True
    is_web_services: bool = True
    roles: list[str] = field(default_factory=list)
    allows: dict[str, set[str]] = field(default_factory=dict)
    entities: tuple[str, ...] = ()
    failures: int = 0

    @property
    def is_locked(self) -> bool:
        """Say whether the user is locked out until somebody unlocks it."""
        return self.failures >= LOCKED_AFTER


@dataclass(frozen=True, slots=True)
class Mail:
    """A message in the pretend inbox of the company's people."""

    to: str
    subject: str
    lines: tuple[str, ...] = field(repr=False)


@dataclass(slots=True, eq=False)
class SandboxCompany:
    """One imaginary company; change it through its methods and plain attributes.

    `fault` is None or one of faults.FAULTS, `delay` the seconds that "slow" waits;
    `standing` is "paid", or how a trial or demo is refused (see STANDINGS);
    `session_uses` ends a session after so many requests; `private` are the ids of
    entities whose rows the top level sees only when it asks for them.
    """

    id: str
    title: str
    shows: str
    country: Country
    entities: tuple[Entity, ...]
    books: Books = field(repr=False)
    standing: str = "paid"
    web_services: bool = True
    is_ip_filtered: bool = False
    is_top_level_only: bool = False
    is_user_based: bool = False
    modules: set[str] = field(default_factory=lambda: set(MODULES))
    private: frozenset[str] = frozenset()
    authorisations: dict[str, Authorisation] = field(default_factory=dict)
    unsaved: dict[str, Authorisation] = field(default_factory=dict)
    draft: dict[str, str] = field(default_factory=dict, repr=False)
    users: dict[str, User] = field(default_factory=dict)
    roles: dict[str, Role] = field(default_factory=dict)
    inbox: list[Mail] = field(default_factory=list)
    fault: str | None = None
    delay: float = 1.0
    session_uses: int | None = None
    sessions: dict[str, OpenSession] = field(default_factory=dict, repr=False)
    edits: dict[str, dict[int, Row | None]] = field(default_factory=dict, repr=False)
    audit: list[Row] = field(default_factory=list, repr=False)
    recorded: set[str] = field(default_factory=set, repr=False)

    # --- what the user may do ---------------------------------------------------
    @property
    def user(self) -> User | None:
        """The user that the guide creates: the known one, or the first there is."""
        first = next(iter(self.users.values()), None)
        return self.users.get(SANDBOX_USER, first)

    @property
    def granted(self) -> set[str]:
        """The keys of the permissions that this user has."""
        user = self.user
        return {
            key
            for key, rights in WANTED.items()
            if user and rights <= self.rights(user, key)
        }

    def rights(self, user: User, policy: str) -> set[str]:
        """Return what a user's roles allow, as far as the type of user may have it."""
        if POLICY_BY_KEY[policy].module not in TYPES[user.type]:
            return set()
        allowed = self._allowed(user)
        return set().union(*(each.get(policy, ()) for each in allowed))

    def grant(self, permission_key: str) -> None:
        """Give the user a permission; KeyError if there is no such permission."""
        wanted = set(PERMISSION_BY_KEY[permission_key].rights)
        for allows in self._allowed(self.user)[:1]:
            allows.setdefault(permission_key, set()).update(wanted)

    def revoke(self, permission_key: str) -> None:
        """Take a permission from the user; KeyError if there is no such one."""
        key = PERMISSION_BY_KEY[permission_key].key
        for allows in self._allowed(self.user):
            allows.pop(key, None)

    def _allowed(self, user: User | None) -> list[dict[str, set[str]]]:
        """Return what a user is allowed: by its roles, or by itself."""
        if user is None:
            return []
        if self.is_user_based:
            return [user.allows]
        return [self.roles[name].allows for name in user.roles if name in self.roles]

    # --- who may talk to it -----------------------------------------------------
    @property
    def senders(self) -> set[str]:
        """The ids of the senders that may talk to the company."""
        return {key for key, each in self.authorisations.items() if each.is_active}

    def authorise_sender(self, sender_id: str, description: str = "") -> None:
        """Put a sender on the list of those that may talk to the company."""
        self.authorisations[sender_id] = Authorisation(description)

    def dismiss_sender(self, sender_id: str) -> None:
        """Take a sender from that list."""
        self.authorisations.pop(sender_id, None)

    # --- its users --------------------------------------------------------------
    @property
    def failures(self) -> int:
        """The user's failed sign-ins in a row."""
        return self.user.failures if self.user else 0

    @failures.setter
    def failures(self, count: int) -> None:
        if self.user:
            self.user.failures = count

    @property
    def is_locked(self) -> bool:
        """Say whether the user is locked out until somebody unlocks it."""
        return self.failures >= LOCKED_AFTER

    def unlock(self) -> None:
        """Let every locked-out user sign in again."""
        for user in self.users.values():
            user.failures = 0

    def set_password(self, user_id: str, password: str) -> None:
        """Give a Web Services user a password, creating the user if needed."""
        roles = list(self.user.roles) if self.user else []
        user = self.users.setdefault(user_id, User(user_id, user_id, "", roles=roles))
        user.password = password

    def send_password(self, user: User) -> None:
        """Give a user a new password, and mail it as Sage Intacct would."""
        user.password = secrets.token_urlsafe(9)
        subject = f"Your Sage Intacct sign-in for {self.id}"
        lines = (
            f"Company ID: {self.id}",
            f"User ID: {user.id}",
            f"Password: {user.password}",
        )
        self.inbox.insert(0, Mail(user.email, subject, lines))

    def signs_in(self, user_id: str, password: str) -> bool:
        """Say whether a login is right; count it against the user if not."""
        user = self.users.get(user_id)
        if user is None:
            return False
        is_right = (
            user.password == password
            and user.is_active
            and user.is_web_services
            and not user.is_locked
        )
        user.failures = 0 if is_right else user.failures + 1
        return is_right

    def expire_sessions(self) -> None:
        """End every session at once."""
        self.sessions.clear()

    # --- its entities and modules -----------------------------------------------
    def has_entity(self, entity_id: str) -> bool:
        """Say whether there is such an entity; "" is the top level."""
        return entity_id in {"", *(entity.id for entity in self.entities)}

    def may_enter(self, user_id: str, entity_id: str) -> bool:
        """Say whether a user may open a session in an entity; "" is the top level."""
        user = self.users.get(user_id)
        is_closed = self.is_top_level_only and entity_id
        allowed = user.entities if user else ()
        return (
            self.has_entity(entity_id)
            and not is_closed
            and (not allowed or entity_id in allowed)
        )

    def open_to(self, user_id: str) -> list[Entity]:
        """Return the entities that a user's access lists."""
        user = self.users.get(user_id)
        allowed = user.entities if user else ()
        return [each for each in self.entities if not allowed or each.id in allowed]

    def subscribe(self, codes: Iterable[str]) -> None:
        """Subscribe to exactly these modules, and to those that are always on."""
        self.modules = (set(codes) & set(MODULES)) | ALWAYS_ON

    def lacks(self, module: str) -> bool:
        """Say whether a module (by its code) is not subscribed."""
        return module not in self.modules

    # --- its books ----------------------------------------------------------------
    def table(self, name: str) -> Edited:
        """Return an object's rows as they stand; KeyError if there is no such."""
        edits = self.edits.get(name, {})
        if name == "AUDITHISTORY":
            return Edited(Listed(list(self.audit)), edits)
        return Edited(self.books.tables[name], edits)

    def change(self, name: str, recordno: int, **fields: str) -> None:
        """Change a row, as somebody at work in the company would, now."""
        edits = self.edits.setdefault(name, {})
        stamp = {"WHENMODIFIED": _now()}
        edits[recordno] = (edits.get(recordno) or {}) | fields | stamp

    def add(self, name: str, **fields: str) -> int:
        """Add a row, made after the last one; return its RECORDNO."""
        table = self.table(name)
        recordno = table.first + len(table)
        row = table.row(len(table) - 1) | {"WHENCREATED": us_day(datetime.now(UTC))}
        row |= {"RECORDNO": str(recordno), "WHENMODIFIED": _now()} | fields
        self.edits.setdefault(name, {})[recordno] = row
        return recordno

    def delete(self, name: str, recordno: int) -> None:
        """Delete a row: it is gone, and the audit history says so."""
        self.edits.setdefault(name, {})[recordno] = None
        self.audit.append(
            {
                "ID": str(len(self.audit) + 1),
                "OBJECTTYPE": name.lower(),
                "OBJECTKEY": str(recordno),
                "ACCESSMODE": "D",
                "ACCESSTIME": _now(),
                "USERID": "admin",
            }
        )


def _now() -> str:
    now = datetime.now(UTC)
    return f"{us_day(now)} {clock(now.hour * 3600 + now.minute * 60 + now.second)}"


def read_only(name: str = "alderfinch_readonly") -> Role:
    """Return a role that allows to read what Linksite reads."""
    allows: Mapping[str, Set[str]] = READ_ONLY
    return Role(name, "Read-only", {key: set(rights) for key, rights in allows.items()})
