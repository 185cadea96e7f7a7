"""Screens under Company › Admin › Roles, and permissions user by user."""

from collections.abc import Sequence

from .answers import Element
from .companies import Role, SandboxCompany
from .pages import box, facts, form, group, link, table, text
from .policies import MODULES, POLICIES, RIGHTS
from .screen import Form, Missing, Place, Shown, typed
from .user_screens import USERS, index_of, user_at

_ROLES = ("Company", "Admin", "Roles")


def _role_at(company: SandboxCompany, args: Sequence[str]) -> Role:
    roles = list(company.roles.values())
    return roles[index_of(args[0], len(roles))]


def _roles(company: SandboxCompany, args: Sequence[str]) -> Shown:
    rows = [
        (role.name, role.description, link("Subscriptions", f"{n}/", f"of {role.name}"))
        for n, role in enumerate(company.roles.values(), start=1)
    ]
    return [
        table("Roles", ("Role", "Description", "Actions"), rows),
        form("role", "Add", text("name", "Name"), text("description", "Description")),
    ]


def _add_role(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    name = typed(form_, "name", needed="Name")
    company.roles.setdefault(name, Role(name, typed(form_, "description")))
    return "admin/roles/"


def _modules(company: SandboxCompany, allows: dict[str, set[str]]) -> Element:
    """Return the list of modules, each with the way to its permissions."""
    names = {each.code: 0 for each in POLICIES}
    for each in POLICIES:
        names[each.code] += bool(allows.get(each.key))
    rows = [
        (
            MODULES[code],
            f"{names[code]} allowed",
            link("Permissions", f"{code}/", f"of {MODULES[code]}"),
        )
        for code in MODULES
        if code in names and not company.lacks(code)
    ]
    return table("Subscriptions", ("Module", "Permissions", "Actions"), rows)


def _permissions(allows: dict[str, set[str]], code: str) -> Shown:
    """Return the tick boxes of a module: rights by permission."""
    if code not in MODULES:
        raise Missing
    groups = [
        group(
            each.name,
            *(
                box(
                    each.key,
                    right,
                    right,
                    is_on=right in allows.get(each.key, ()),
                    number=RIGHTS.index(right) + 1,
                )
                for right in each.rights
            ),
        )
        for each in POLICIES
        if each.code == code
    ]
    return [
        form("all", "All permissions of this module", button="All"),
        form("none", "No permission of this module", button="None"),
        form("permissions", "Permissions", *groups),
    ]


def _tick(allows: dict[str, set[str]], code: str, form_: Form) -> None:
    """Set what a module's form says, for all its permissions."""
    change = typed(form_, "change")
    for each in POLICIES:
        if each.code != code:
            continue
        wanted = set(form_.get(each.key, ())) & set(each.rights)
        if change in ("all", "none"):
            wanted = set(each.rights) if change == "all" else set()
        allows[each.key] = wanted


def _role(company: SandboxCompany, args: Sequence[str]) -> Shown:
    role = _role_at(company, args)
    return [facts(("Role", role.name)), _modules(company, role.allows)]


def _role_module(company: SandboxCompany, args: Sequence[str]) -> Shown:
    role = _role_at(company, args)
    named = facts(("Role", role.name), ("Module", MODULES.get(args[1], "")))
    return [named, *_permissions(role.allows, args[1])]


def _save_role(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    _tick(_role_at(company, args).allows, args[1], form_)
    return f"admin/roles/{args[0]}/"


def _user_modules(company: SandboxCompany, args: Sequence[str]) -> Shown:
    user = user_at(company, args)
    return [facts(("User ID", user.id)), _modules(company, user.allows)]


def _user_module(company: SandboxCompany, args: Sequence[str]) -> Shown:
    user = user_at(company, args)
    named = facts(("User ID", user.id), ("Module", MODULES.get(args[1], "")))
    return [named, *_permissions(user.allows, args[1])]


def _save_user_module(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    _tick(user_at(company, args).allows, args[1], form_)
    return f"admin/web-services-users/{args[0]}/subscriptions/"


_NUMBER, _CODE = r"(\d{1,3})", r"([A-Z]{2,3})"
PLACES: dict[str, Place] = {
    "admin/roles/": Place(_ROLES[:2], "Roles", _roles, _add_role),
    f"admin/roles/{_NUMBER}/": Place(_ROLES, "Subscriptions of the role", _role),
    f"admin/roles/{_NUMBER}/{_CODE}/": Place(
        (*_ROLES, "Subscriptions"), "Permissions", _role_module, _save_role
    ),
    f"admin/web-services-users/{_NUMBER}/subscriptions/": Place(
        USERS, "Subscriptions of the user", _user_modules
    ),
    f"admin/web-services-users/{_NUMBER}/subscriptions/{_CODE}/": Place(
        (*USERS, "Subscriptions"), "Permissions", _user_module, _save_user_module
    ),
}
