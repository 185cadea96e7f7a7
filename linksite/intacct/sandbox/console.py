"""The pages on which people see and change the Sandbox and its companies."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol, TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

from ..datasets import PERMISSION_BY_KEY, PERMISSIONS
from .answers import Answer, Element, make
from .companies import (
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    SandboxCompany,
)
from .faults import FAULTS
from .pages import (
    Page,
    answer,
    box,
    choice,
    facts,
    form,
    link,
    note,
    table,
    text,
    written,
)
from .scenarios import SCENARIOS
from .screen import Form, Missing, Place, Refused
from .screens import PLACES

Environ: TypeAlias = dict[str, Any]

MAX_FORM = 64 * 1024  # bytes
_CSS = Path(__file__).with_name("sandbox.css")
_EXPECTED = {each.id: each for each in SCENARIOS}
STANDINGS = {
    "paid": "Paid",
    "trial": "Trial: the gateway knows no such company",
    "unlisted": "Trial: the sender is not authorised",
    "expired": "Demo: expired",
}


class Gateway(Protocol):
    """What the pages need of the Sandbox."""

    companies: dict[str, SandboxCompany]
    fault: str | None
    log: list[Any]

    def reset(self) -> None:
        """Put everything back to the beginning."""

    def reset_company(self, company_id: str) -> None:
        """Put one company back to its beginning."""


class Console:
    """Answers the Sandbox's HTML pages."""

    def __init__(self, sandbox: Gateway) -> None:
        self._sandbox = sandbox

    def answer(self, environ: Environ) -> Answer:
        """Answer one request: HTTP status, headers and body."""
        method = environ["REQUEST_METHOD"]
        path = (
            environ["PATH_INFO"].encode("latin-1", "replace").decode(errors="replace")
        )
        if method not in ("GET", "HEAD", "POST"):
            return _plain("405 Method Not Allowed", "Not possible here")
        form_ = _form_of(environ) if method == "POST" else None
        if form_ is not None and not _is_from_here(environ):
            return _plain("403 Forbidden", "This form is not from here")
        if path == "/sandbox.css" and form_ is None:
            return written("200 OK", "text/css", _CSS.read_bytes())
        if path == "/" and form_ is None:
            return answer(Page("Companies", _companies(self._sandbox.companies)))
        if path == "/gateway/":
            return self._gateway(form_)
        return self._company(path, form_)

    def _gateway(self, form_: Form | None) -> Answer:
        """Answer the page about the gateway as a whole."""
        if form_ is None:
            return answer(Page("The gateway", self._gateway_parts()))
        match "".join(form_.get("change", ())):
            case "fault":
                self._sandbox.fault = _fault_of(form_)
            case "reset":
                self._sandbox.reset()
            case _:
                return _plain("400 Bad Request", "This form says nothing")
        return _see_other("/gateway/")

    def _gateway_parts(self) -> Sequence[Element]:
        latest = self._sandbox.log[-1:-31:-1]
        rows = [
            (
                each.company_id or "–",
                each.user_id,
                ", ".join(dict.fromkeys(each.functions)),
                each.outcome,
                f"{(each.ended - each.started) * 1000:.0f} ms",
            )
            for each in latest
        ]
        heads = ("Company ID", "User ID", "Functions", "Outcome", "Took")
        return [
            form("fault", "Fault of every company", _faults(self._sandbox.fault)),
            table("The latest requests", heads, rows),
            form("reset", "Reset everything"),
        ]

    def _company(self, path: str, form_: Form | None) -> Answer:
        """Answer one of the pages of a company."""
        found = re.fullmatch(r"/companies/([^/]+)/(.*)", path, re.DOTALL)
        company = self._sandbox.companies.get(found[1]) if found else None
        if found is None or company is None:
            return _plain("404 Not Found", "There is no such page")
        if found[2] == "" and form_ is None:
            return answer(_overview(company))
        if found[2] == "":
            return self._changed(company, form_ or {})
        for pattern, place in PLACES.items():
            if args := re.fullmatch(pattern, found[2], re.ASCII):
                return _placed(company, place, found[2], args.groups(), form_)
        return _plain("404 Not Found", "There is no such page")

    def _changed(self, company: SandboxCompany, form_: Form) -> Answer:
        """Carry out a switch of the company's first page and go back to it."""
        name = "".join(form_.get("change", ()))
        if name == "reset":
            self._sandbox.reset_company(company.id)
        elif name in _CHANGES:
            _CHANGES[name](company, form_)
        else:
            return _plain("400 Bad Request", "This form says nothing")
        return _see_other(_address(company))


def _placed(
    company: SandboxCompany,
    place: Place,
    here: str,
    args: Sequence[str],
    form_: Form | None,
) -> Answer:
    """Show a screen, or carry out its form and go on."""
    refused: list[Element] = []
    try:
        if form_ is not None:
            if place.change is None:
                return _plain("404 Not Found", "There is no such page")
            try:
                target = place.change(company, args, form_)
                return _see_other(_address(company) + target)
            except Refused as reason:
                refused = [make("p", str(reason), class_="refused", role="alert")]
        content = [*refused, *place.show(company, args)]
    except Missing:
        return _plain("404 Not Found", "There is no such page")
    page = Page(
        place.title,
        content,
        trail=(company.title, *place.trail),
        links=_links(company),
        here=_address(company) + here,
    )
    return answer(page, "422 Unprocessable Content" if refused else "200 OK")


def _links(company: SandboxCompany) -> list[tuple[str, str]]:
    """Return the menu: Sage Intacct's own words, by the way they are clicked."""
    base = _address(company)
    return [
        (company.title, base),
        ("Company › Setup › Company › General information", f"{base}setup/company/"),
        ("Company › Setup › Company › Security", f"{base}setup/company/security/"),
        ("Company › Setup › Entities", f"{base}entities/"),
        ("Company › Admin › Subscriptions", f"{base}admin/subscriptions/"),
        ("Company › Admin › Web Services users", f"{base}admin/web-services-users/"),
        ("Company › Admin › Roles", f"{base}admin/roles/"),
        ("Pretend inbox", f"{base}inbox/"),
    ]


def _plain(status: str, words: str) -> Answer:
    return answer(Page(words, ()), status)


def _see_other(address: str) -> Answer:
    status, headers, _ = written("303 See Other", "text/plain", b"")
    return status, [*headers, ("Location", address)], b""


def _form_of(environ: Environ) -> Form:
    length = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_FORM)
    sent = environ["wsgi.input"].read(length).decode("utf-8", "replace")
    return parse_qs(sent, keep_blank_values=True)


def _is_from_here(environ: Environ) -> bool:
    """Say whether a form was sent from our own pages, as far as browsers tell."""
    origin = environ.get("HTTP_ORIGIN", "")
    return not origin or urlsplit(origin).netloc == environ.get("HTTP_HOST")


def _address(company: SandboxCompany) -> str:
    return f"/companies/{quote(company.id)}/"


# --- the first page -----------------------------------------------------------------
def _companies(companies: dict[str, SandboxCompany]) -> list[Element]:
    """Return what to type, and what each company shows."""
    rows = [
        (
            link(each.title, _address(each)),
            make("code", each.id),
            each.shows,
            _expected(each.id),
        )
        for each in companies.values()
    ]
    heads = ("Company", "Company ID", "What it shows", "Where Linksite ends")
    return [
        facts(
            ("User ID", SANDBOX_USER),
            ("Password", SANDBOX_PASSWORD),
            ("Sender ID", SANDBOX_SENDER_ID),
            ("Sender Password", SANDBOX_SENDER_PASSWORD),
        ),
        table("Companies", heads, rows),
    ]


def _expected(company_id: str) -> str:
    plan = _EXPECTED[company_id]
    return f"{plan.stage}: {plan.outcome}"


# --- a company's first page -----------------------------------------------------------
def _overview(company: SandboxCompany) -> Page:
    """Return a company's facts, and a switch for each thing to change at once."""
    entities = ", ".join(f"{e.id} {e.name}" for e in company.entities)
    boxes = [
        box(
            "permission",
            each.key,
            f"{each.module} · {each.name}: {', '.join(each.rights)}",
            is_on=each.key in company.granted,
        )
        for each in PERMISSIONS
    ]
    user = company.user
    state = "None yet" if user is None else "Active"
    content = [
        make("p", company.shows),
        facts(
            ("Company ID", company.id),
            ("User ID", user.id if user else "None yet"),
            ("User's state", "Locked out" if company.is_locked else state),
            ("Entities", entities or "None"),
            ("Where Linksite ends", _expected(company.id)),
        ),
        note(
            "The menu holds Sage Intacct's screens. These are the presenter's switches."
        ),
        form("fault", "Fault", _faults(company.fault)),
        form("permissions", "Permissions", *boxes),
        form("senders", "Authorised senders", *_senders(company)),
        form(
            "standing",
            "Standing",
            choice("standing", "Contract", STANDINGS.items(), company.standing),
        ),
        form("unlock", "Unlock the user"),
        form("expire", "End all sessions"),
        form("reset", "Reset the company"),
    ]
    here = _address(company)
    return Page(company.title, content, links=_links(company), here=here)


def _senders(company: SandboxCompany) -> list[Element]:
    """Return a box to dismiss each sender, and a field for a new one."""
    boxes = [
        box("dismiss", sender_id, f"Remove {sender_id}", is_on=False, number=number)
        for number, sender_id in enumerate(sorted(company.senders), start=1)
    ]
    return [*boxes, text("authorise", "Sender ID to authorise")]


def _faults(fault: str | None) -> Element:
    options = [("", "None: it works"), *FAULTS.items()]
    return choice("fault", "What goes wrong", options, fault or "")


def _fault_of(form_: Form) -> str | None:
    fault = "".join(form_.get("fault", ()))
    return fault if fault in FAULTS else None


def _set_permissions(company: SandboxCompany, form_: Form) -> None:
    wanted = set(form_.get("permission", ()))
    for key in PERMISSION_BY_KEY:
        change = company.grant if key in wanted else company.revoke
        change(key)


def _set_senders(company: SandboxCompany, form_: Form) -> None:
    for sender_id in form_.get("dismiss", ()):
        company.dismiss_sender(sender_id)
    for sender_id in map(str.strip, form_.get("authorise", ())):
        if sender_id and sender_id.isprintable():
            company.authorise_sender(sender_id[:100])


def _set_fault(company: SandboxCompany, form_: Form) -> None:
    company.fault = _fault_of(form_)


def _set_standing(company: SandboxCompany, form_: Form) -> None:
    standing = "".join(form_.get("standing", ()))
    company.standing = standing if standing in STANDINGS else company.standing


_CHANGES: dict[str, Callable[[SandboxCompany, Form], None]] = {
    "permissions": _set_permissions,
    "senders": _set_senders,
    "fault": _set_fault,
    "standing": _set_standing,
    "unlock": lambda company, form_: company.unlock(),
    "expire": lambda company, form_: company.expire_sessions(),
}
