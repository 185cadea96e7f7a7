"""Screens under Company › Admin › Web Services users."""

from collections.abc import Sequence

from .answers import make
from .companies import Role, SandboxCompany, User
from .pages import box, choice, facts, form, group, link, note, table, text
from .policies import TYPES
from .screen import STATUSES, Form, Missing, Place, Refused, Shown, typed

_ADMIN = (("Off", "Off"), ("Limited", "Limited"), ("Full", "Full"))
USERS = ("Company", "Admin", "Web Services users")


def _state(user: User) -> str:
    if user.is_locked:
        return "Locked out"
    return "Active" if user.is_active else "Inactive"


def _users(company: SandboxCompany, args: Sequence[str]) -> Shown:
    rows = []
    for number, user in enumerate(company.users.values(), start=1):
        edit = link("Edit", f"{number}/", user.id)
        allowed = link("Subscriptions", f"{number}/subscriptions/", f"of {user.id}")
        links = make("span", edit, *([allowed] if company.is_user_based else []))
        kind = user.type if user.is_web_services else "Not a Web Services user"
        rows.append((user.id, user.name, kind, _state(user), links))
    heads = ("User ID", "Username", "User type", "Status", "")
    heads = (*heads[:4], "Actions")
    return [
        make("p", link("Add", "add/", "a Web Services user")),
        table("Web Services users", heads, rows),
    ]


def _role_names(company: SandboxCompany) -> list[tuple[str, str]]:
    return [("", "None"), *((name, name) for name in company.roles)]


def _entities(company: SandboxCompany, ticked: Sequence[str]) -> Shown:
    """Return the boxes of the entities that a user may enter, if there are any."""
    none = note("No entity ticked: all of them, and the top level.")
    boxes = [
        box("entity", e.id, f"{e.id} {e.name}", is_on=e.id in ticked, number=n)
        for n, e in enumerate(company.entities, start=1)
    ]
    return [group("User entities", none, *boxes)] if boxes else []


def _ticked(company: SandboxCompany, form_: Form) -> list[str]:
    ticked = form_.get("entity", ())
    return [e.id for e in company.entities if e.id in ticked]


def _add_user(company: SandboxCompany, args: Sequence[str]) -> Shown:
    draft = company.draft
    types = [(name, name) for name in TYPES]
    return [
        form(
            "user",
            "User information",
            text("user", "User ID", draft.get("user", "")),
            text("name", "Username", draft.get("name", "")),
            text("email", "Account email address", draft.get("email", "")),
            choice("status", "Status", STATUSES),
            text("first", "First name", draft.get("first", "")),
            text("last", "Last name", draft.get("last", "")),
            text("contact", "Contact name", draft.get("contact", "")),
            choice("type", "User type", types, draft.get("type", "Business")),
            choice("admin", "Admin privileges", _ADMIN, draft.get("admin", "Off")),
            choice("role", "Role", _role_names(company), draft.get("role", "")),
            text("new-role", "Name of a new role", draft.get("new-role", "")),
            text("new-words", "Description of a new role", draft.get("new-words", "")),
            *_entities(company, draft.get("entities", "").splitlines()),
        )
    ]


_ASKED = (
    *("user", "name", "email", "status", "first", "last", "contact", "type", "admin"),
    *("role", "new-role", "new-words"),
)


def _keep_user(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    company.draft = {name: typed(form_, name) for name in _ASKED}
    company.draft["entities"] = "\n".join(_ticked(company, form_))
    for name, words in (("user", "User ID"), ("email", "Account email address")):
        typed(form_, name, needed=words)
    if company.draft["user"] in company.users:
        raise Refused("There is a user with this User ID already.")
    if company.draft["type"] not in TYPES:
        raise Refused("User type is required.")
    return "admin/web-services-users/add/create/"


def _confirm_user(company: SandboxCompany, args: Sequence[str]) -> Shown:
    label = "Your own password (the Sandbox takes any)"
    return [
        facts(("User ID", company.draft.get("user", ""))),
        form("create", "Create", text("own", label, kind="password"), button="Create"),
    ]


def _create_user(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    """Create the user that was filled in, and mail its password."""
    draft, company.draft = company.draft, {}
    if not draft:
        raise Refused("Fill in the user first.")
    role = draft["new-role"] or draft["role"]
    if role and role not in company.roles:
        company.roles[role] = Role(role, draft["new-words"])
    user = User(
        draft["user"],
        draft["name"],
        "",
        email=draft["email"],
        type=draft["type"],
        admin=draft["admin"],
        is_active=draft["status"] != "inactive",
        roles=[role] if role else [],
        entities=tuple(draft["entities"].splitlines()),
    )
    company.users[user.id] = user
    company.send_password(user)
    return "inbox/"


def user_at(company: SandboxCompany, args: Sequence[str]) -> User:
    """Return the user that an address names by number; Missing if there is none."""
    users = list(company.users.values())
    return users[index_of(args[0], len(users))]


def index_of(number: str, count: int) -> int:
    """Return the index of the thing that an address numbers; Missing if none."""
    if not 1 <= int(number) <= count:
        raise Missing
    return int(number) - 1


def _user(company: SandboxCompany, args: Sequence[str]) -> Shown:
    user = user_at(company, args)
    types = [(name, name) for name in TYPES]
    status = "active" if user.is_active else "inactive"
    role = user.roles[0] if user.roles else ""
    return [
        facts(("User ID", user.id), ("Status", _state(user))),
        form(
            "edit",
            "User information",
            choice("status", "Status", STATUSES, status),
            choice("type", "User type", types, user.type),
            choice("role", "Role", _role_names(company), role),
            *_entities(company, user.entities),
        ),
        form("reset", "Reset password"),
        form("unlock", "Unlock user"),
    ]


def _save_user(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    user = user_at(company, args)
    match typed(form_, "change"):
        case "reset":
            company.send_password(user)
            return "inbox/"
        case "unlock":
            user.failures = 0
            return "admin/web-services-users/"
    user.is_active = typed(form_, "status") != "inactive"
    user.type = typed(form_, "type") if typed(form_, "type") in TYPES else user.type
    role = typed(form_, "role")
    user.roles = [role] if role in company.roles else []
    user.entities = tuple(_ticked(company, form_))
    return "admin/web-services-users/"


_NUMBER, _CODE = r"(\d{1,3})", r"([A-Z]{2,3})"
PLACES: dict[str, Place] = {
    "admin/web-services-users/": Place(USERS[:2], "Web Services users", _users),
    "admin/web-services-users/add/": Place(
        USERS, "Add a Web Services user", _add_user, _keep_user
    ),
    "admin/web-services-users/add/create/": Place(
        (*USERS, "Add"), "Create the user", _confirm_user, _create_user
    ),
    f"admin/web-services-users/{_NUMBER}/": Place(
        USERS, "Web Services user", _user, _save_user
    ),
}
