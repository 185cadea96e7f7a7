"""The pages on which people see and change the Sandbox's companies."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import parse_qs, quote, urlsplit

from lxml import etree

from .datasets import PERMISSION_BY_KEY, PERMISSIONS, Permission
from .sandbox_answers import Answer, Element, make
from .sandbox_companies import (
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    SandboxCompany,
)
from .sandbox_faults import FAULTS

Environ: TypeAlias = dict[str, Any]
Form: TypeAlias = dict[str, list[str]]

MAX_FORM = 64 * 1024  # bytes
_NOTICE = "Sandbox: nothing here is real"
_CSS = Path(__file__).with_name("sandbox.css")
_POLICY = (
    "default-src 'none'; style-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)


class Console:
    """Answers the Sandbox's HTML pages; `companies` gives the companies by id."""

    def __init__(self, companies: Callable[[], dict[str, SandboxCompany]]) -> None:
        self._companies = companies

    def answer(self, environ: Environ) -> Answer:
        """Answer one request: HTTP status, headers and body."""
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        if method not in ("GET", "HEAD", "POST"):
            return _page("405 Method Not Allowed", "Not possible here")
        if path == "/sandbox.css" and method != "POST":
            return _answer("200 OK", "text/css", _CSS.read_bytes())
        if path == "/" and method != "POST":
            return _page("200 OK", "Companies", *_companies(self._companies()))
        company = self._companies().get(path.removeprefix("/companies/").strip("/"))
        if company is None or path != _address(company, quoted=False):
            return _page("404 Not Found", "There is no such page")
        if method != "POST":
            return _page("200 OK", company.title, *_company(company))
        return self._changed(environ, company)

    def _changed(self, environ: Environ, company: SandboxCompany) -> Answer:
        """Carry out a form and go back to the company's page."""
        if not _is_from_here(environ):
            return _page("403 Forbidden", "This form is not from here")
        length = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_FORM)
        text = environ["wsgi.input"].read(length).decode("utf-8", "replace")
        form = parse_qs(text, keep_blank_values=True)
        change = _CHANGES.get("".join(form.get("change", [])))
        if change is None:
            return _page("400 Bad Request", "This form says nothing")
        change(company, form)
        status, headers, _ = _answer("303 See Other", "text/plain", b"")
        return status, [*headers, ("Location", _address(company))], b""


def _is_from_here(environ: Environ) -> bool:
    """Say whether a form was sent from our own pages, as far as browsers tell."""
    origin = environ.get("HTTP_ORIGIN", "")
    return not origin or urlsplit(origin).netloc == environ.get("HTTP_HOST")


def _set_permissions(company: SandboxCompany, form: Form) -> None:
    wanted = set(form.get("permission", ()))
    for key in PERMISSION_BY_KEY:
        change = company.grant if key in wanted else company.revoke
        change(key)


def _set_senders(company: SandboxCompany, form: Form) -> None:
    for sender_id in form.get("dismiss", ()):
        company.dismiss_sender(sender_id)
    for sender_id in map(str.strip, form.get("authorise", ())):
        if sender_id and sender_id.isprintable():
            company.authorise_sender(sender_id[:100])


def _set_fault(company: SandboxCompany, form: Form) -> None:
    fault = "".join(form.get("fault", ()))
    company.fault = fault if fault in FAULTS else None


_CHANGES: dict[str, Callable[[SandboxCompany, Form], None]] = {
    "permissions": _set_permissions,
    "senders": _set_senders,
    "fault": _set_fault,
    "unlock": lambda company, form: company.unlock(),
    "expire": lambda company, form: company.expire_sessions(),
}


def _address(company: SandboxCompany, *, quoted: bool = True) -> str:
    return f"/companies/{quote(company.id) if quoted else company.id}/"


def _companies(companies: dict[str, SandboxCompany]) -> list[Element]:
    """Return the front page: what to type, and what each company shows."""
    names = ("Company", "Company ID", "What it shows")
    head = make("tr", *(make("th", name, scope="col") for name in names))
    rows = (
        make(
            "tr",
            make("th", make("a", each.title, href=_address(each)), scope="row"),
            make("td", make("code", each.id)),
            make("td", each.shows),
        )
        for each in companies.values()
    )
    return [
        _facts(
            ("User ID", SANDBOX_USER),
            ("Password", SANDBOX_PASSWORD),
            ("Sender ID", SANDBOX_SENDER_ID),
            ("Sender Password", SANDBOX_SENDER_PASSWORD),
        ),
        make("table", make("thead", head), make("tbody", *rows)),
    ]


def _company(company: SandboxCompany) -> list[Element]:
    """Return a company's page: its facts, and a form for each thing to change."""
    entities = ", ".join(f"{e.id} {e.name}" for e in company.entities)
    return [
        make("p", company.shows),
        make("p", make("a", "All companies", href="/")),
        _facts(
            ("Company ID", company.id),
            ("User ID", SANDBOX_USER),
            ("User's state", "Locked out" if company.is_locked else "Active"),
            ("Entities", entities or "None"),
        ),
        _form("permissions", "Permissions", *map(_permission(company), PERMISSIONS)),
        _form("senders", "Authorised senders", *_senders(company)),
        _form("fault", "Fault", _faults(company)),
        _form("unlock", "Unlock the user"),
        _form("expire", "End all sessions"),
    ]


def _facts(*facts: tuple[str, str]) -> Element:
    pairs = ((make("dt", name), make("dd", make("code", it))) for name, it in facts)
    return make("dl", *(element for pair in pairs for element in pair))


def _permission(company: SandboxCompany) -> Callable[[Permission], Element]:
    """Return what makes a permission's check box."""

    def box(permission: Permission) -> Element:
        """Return the check box of one permission."""
        rights = ", ".join(permission.rights)
        words = f"{permission.module} · {permission.name}: {rights}"
        is_on = permission.key in company.granted
        return _box("permission", permission.key, words, is_on=is_on)

    return box


def _senders(company: SandboxCompany) -> list[Element]:
    """Return a box to dismiss each sender, and a field for a new one."""
    boxes = [
        _box("dismiss", sender_id, f"Remove {sender_id}", is_on=False)
        for sender_id in sorted(company.senders)
    ]
    label = make("label", "Sender ID to authorise", for_="authorise")
    field = make("input", id="authorise", name="authorise", type="text")
    return [*boxes, make("p", label, field)]


def _faults(company: SandboxCompany) -> Element:
    options = [make("option", "None: it works", value="")]
    for fault in FAULTS:
        chosen = {"selected": "selected"} if fault == company.fault else {}
        options.append(make("option", fault, value=fault, **chosen))
    label = make("label", "What goes wrong", for_="fault")
    return make("p", label, make("select", *options, id="fault", name="fault"))


def _box(name: str, value: str, words: str, *, is_on: bool) -> Element:
    checked = {"checked": "checked"} if is_on else {}
    ident = f"{name}-{value}".replace(" ", "-")
    box = make("input", type="checkbox", id=ident, name=name, value=value, **checked)
    return make("p", box, make("label", words, for_=ident))


def _form(change: str, title: str, *fields: Element) -> Element:
    """Return a section with a form that asks for one kind of change."""
    button = make("button", "Save" if fields else title, name="change", value=change)
    form = make("form", *fields, button, method="post")
    return make("section", make("h2", title), form)


def _page(status: str, title: str, *content: Element) -> Answer:
    """Return a whole page; lxml escapes every text in it."""
    head = make(
        "head",
        make("meta", charset="utf-8"),
        make("meta", name="viewport", content="width=device-width"),
        make("title", f"{title} – {_NOTICE}"),
        make("link", rel="stylesheet", href="/sandbox.css"),
    )
    banner = make("header", make("p", _NOTICE))
    main = make("main", make("h1", title), *content)
    root = make("html", head, make("body", banner, main), lang="en")
    body = etree.tostring(
        root, method="html", encoding="utf-8", doctype="<!DOCTYPE html>"
    )
    return _answer(status, "text/html", body)


def _answer(status: str, kind: str, body: bytes) -> Answer:
    headers = [
        ("Content-Type", f"{kind}; charset=utf-8"),
        ("Content-Security-Policy", _POLICY),
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "same-origin"),
        ("Cache-Control", "no-store"),
    ]
    return status, headers, body
