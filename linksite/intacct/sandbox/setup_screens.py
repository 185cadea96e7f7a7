"""Screens under Company › Setup and Subscriptions, and the pretend inbox."""

from collections.abc import Sequence

from .answers import Element, make
from .companies import Authorisation, SandboxCompany
from .pages import box, choice, facts, form, group, link, note, table, text
from .policies import ALWAYS_ON, MODULES
from .screen import STATUSES, Form, Place, Shown, typed

_SETUP = ("Company", "Setup", "Company")


def _general(company: SandboxCompany, args: Sequence[str]) -> Shown:
    return [
        facts(("ID", company.id), ("Name", company.title)),
        form(
            "based",
            "Permissions",
            choice(
                "based",
                "Permissions are given",
                (("roles", "by roles"), ("users", "user by user")),
                "users" if company.is_user_based else "roles",
            ),
        ),
    ]


def _save_general(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    company.is_user_based = typed(form_, "based") == "users"
    return "setup/company/"


def _authorisations(rows: dict[str, Authorisation], caption: str) -> Element:
    return table(
        caption,
        ("Sender ID", "Description", "Status"),
        (
            (key, each.description, "Active" if each.is_active else "Inactive")
            for key, each in rows.items()
        ),
    )


def _security(company: SandboxCompany, args: Sequence[str]) -> Shown:
    listed = _authorisations(company.authorisations, "Web Services authorizations")
    filters = "on" if company.is_ip_filtered else "off"
    return [
        make("p", link("Edit", "edit/")),
        facts(("Enforce IP address filters", filters)),
        listed,
    ]


def _edit_security(company: SandboxCompany, args: Sequence[str]) -> Shown:
    rows = company.authorisations | company.unsaved
    senders = [
        group(
            f"Sender ID {key}",
            choice(
                f"status-{number}",
                f"Status of {key}",
                STATUSES,
                "active" if each.is_active else "inactive",
            ),
            box("remove", key, f"Delete {key}", is_on=False, number=number),
        )
        for number, (key, each) in enumerate(rows.items(), start=1)
    ]
    filters = box(
        "filters",
        "on",
        "Enforce IP address filters",
        is_on=company.is_ip_filtered,
    )
    unsaved = [note("Not saved yet: select Save on this page, too.")]
    return [
        *(unsaved if company.unsaved else []),
        form(
            "security",
            "Web Services authorizations",
            *senders,
            filters,
        ),
        make("p", link("Add", "../add/", "a Web Services authorization")),
    ]


def _save_security(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    rows = company.authorisations | company.unsaved
    for number, each in enumerate(rows.values(), start=1):
        each.is_active = typed(form_, f"status-{number}") != "inactive"
    removed = set(form_.get("remove", ()))
    company.authorisations = {k: v for k, v in rows.items() if k not in removed}
    company.unsaved = {}
    company.is_ip_filtered = "filters" in form_
    return "setup/company/security/"


def _add_sender(company: SandboxCompany, args: Sequence[str]) -> Shown:
    return [
        form(
            "sender",
            "Web Services authorization",
            text("sender", "Sender ID"),
            text("description", "Description"),
            choice("status", "Status", STATUSES),
        )
    ]


def _keep_sender(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    """Keep a new line aside: the page itself must be saved, too, as in the real one."""
    sender_id = typed(form_, "sender", needed="Sender ID")
    is_active = typed(form_, "status") != "inactive"
    added = Authorisation(typed(form_, "description"), is_active)
    company.unsaved[sender_id] = added
    return "setup/company/security/edit/"


def _subscriptions(company: SandboxCompany, args: Sequence[str]) -> Shown:
    boxes = [
        box("module", code, name, is_on=not company.lacks(code))
        for code, name in MODULES.items()
        if code not in ALWAYS_ON and (code != "ME" or company.entities)
    ]
    if company.standing == "paid":
        words = "Web Services"
        boxes.append(box("module", "WS", words, is_on=company.web_services))
    configure = link("Configure", "multi-entity/", "Multi-Entity Management")
    return [
        form("subscriptions", "Subscribed applications", *boxes),
        *([make("p", configure)] if company.entities else []),
    ]


def _subscribe(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    wanted = set(form_.get("module", ()))
    company.subscribe(wanted)
    if company.standing == "paid":
        company.web_services = "WS" in wanted
    return "admin/subscriptions/"


def _multi_entity(company: SandboxCompany, args: Sequence[str]) -> Shown:
    words = "Restrict access to top level only"
    return [
        form(
            "multi-entity",
            "Multi-Entity Management",
            box("top", "on", words, is_on=company.is_top_level_only),
        )
    ]


def _restrict(company: SandboxCompany, args: Sequence[str], form_: Form) -> str:
    company.is_top_level_only = "top" in form_
    return "admin/subscriptions/multi-entity/"


def _entities(company: SandboxCompany, args: Sequence[str]) -> Shown:
    if not company.entities:
        return [note("This company has a single entity: there is nothing to choose.")]
    rows = [(each.id, each.name, each.currency) for each in company.entities]
    return [table("Entities", ("Entity ID", "Name", "Currency"), rows)]


def _inbox(company: SandboxCompany, args: Sequence[str]) -> Shown:
    if not company.inbox:
        return [note("No mail yet. Creating a Web Services user sends its password.")]
    return [
        make(
            "article",
            make("h2", mail.subject),
            facts(("To", mail.to)),
            *(make("p", line) for line in mail.lines),
        )
        for mail in company.inbox
    ]


_NUMBER, _CODE = r"(\d{1,3})", r"([A-Z]{2,3})"
PLACES: dict[str, Place] = {
    "setup/company/": Place(_SETUP, "General information", _general, _save_general),
    "setup/company/security/": Place(_SETUP, "Security", _security),
    "setup/company/security/edit/": Place(
        (*_SETUP, "Security"), "Edit security", _edit_security, _save_security
    ),
    "setup/company/security/add/": Place(
        (*_SETUP, "Security", "Web Services authorizations"),
        "Add a Web Services authorization",
        _add_sender,
        _keep_sender,
    ),
    "admin/subscriptions/": Place(
        ("Company", "Admin"), "Subscriptions", _subscriptions, _subscribe
    ),
    "admin/subscriptions/multi-entity/": Place(
        ("Company", "Admin", "Subscriptions", "Multi-Entity Management"),
        "Configure",
        _multi_entity,
        _restrict,
    ),
    "entities/": Place(("Company", "Setup"), "Entities", _entities),
    "inbox/": Place((), "Pretend inbox", _inbox),
}
