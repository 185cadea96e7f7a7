"""One request while it is being answered: who asks, as whom, and how to answer."""

import secrets
from dataclasses import dataclass, field
from datetime import UTC, datetime

from .answers import (
    INVALID_SESSION,
    IP_DENIED,
    NO_SUCH_ENTITY,
    WRONG_LOGIN,
    Element,
    Refusal,
    make,
    not_authorised,
    texts,
    web_services_off,
)
from .companies import SESSION_LENGTH, OpenSession, SandboxCompany

_ECHOED = ("senderid", "controlid", "uniqueid", "dtdversion")


@dataclass(slots=True)
class Visit:
    """What is known about a request; `control` is what the answer echoes of it."""

    request: Element
    company: SandboxCompany | None = None
    user_id: str = ""
    functions: tuple[str, ...] = ()
    outcome: str = "ok"
    signed_in: bool = False
    session: OpenSession | None = None
    control: dict[str, str] = field(default_factory=dict)

    def flag(self, name: str, default: str) -> bool:
        """Say whether a switch of the control block is on."""
        return (self.request.findtext(f"control/{name}") or default) == "true"

    @property
    def is_detailed(self) -> bool:
        """Say whether errors are to carry their additionalinfo."""
        return self.flag("showadditionalerrorinfo", "false")


def arrive(request: Element, companies: dict[str, SandboxCompany]) -> Visit:
    """Note whom a request is about, as far as it says so."""
    login = "operation/authentication/login"
    visit = Visit(request)
    for name in _ECHOED:
        visit.control[name] = request.findtext(f"control/{name}") or ""
    calls = request.iterfind("operation/content/function/*")
    visit.functions = tuple(str(call.tag) for call in calls)
    visit.user_id = request.findtext(f"{login}/userid") or ""
    visit.company = companies.get(request.findtext(f"{login}/companyid") or "")
    session_id = request.findtext("operation/authentication/sessionid") or ""
    for company in companies.values():
        session = company.sessions.get(session_id)
        if session is not None:
            visit.company, visit.session = company, session
            visit.user_id = session.user_id
    return visit


def authenticate(visit: Visit) -> None:
    """Check what the company allows the sender, then who the user is."""
    company, sender_id = visit.company, visit.control["senderid"]
    login = visit.request.find("operation/authentication/login")
    if company is None:
        raise Refusal(*INVALID_SESSION)
    if not company.web_services:
        raise web_services_off(company.id)
    if sender_id not in company.senders:
        raise not_authorised(sender_id, company.id)
    if company.is_ip_filtered:
        raise Refusal(*IP_DENIED)
    if login is None:
        _use(visit, company)
        return
    password = login.findtext("password") or ""
    if not company.signs_in(visit.user_id, password):
        raise Refusal(*WRONG_LOGIN)
    entity_id = _landing(visit, company, login)
    expires_at = datetime.now(UTC) + SESSION_LENGTH
    visit.session = OpenSession(visit.user_id, entity_id, expires_at)


def _use(visit: Visit, company: SandboxCompany) -> None:
    """Go on with a session: every use moves its end, unless it is over."""
    session, now = visit.session, datetime.now(UTC)
    most = company.session_uses
    if session is None or session.expires_at <= now:
        raise Refusal(*INVALID_SESSION)
    if most is not None and session.uses >= most:
        raise Refusal(*INVALID_SESSION)
    session.expires_at = now + SESSION_LENGTH
    session.uses += 1


def _landing(visit: Visit, company: SandboxCompany, login: Element) -> str:
    """Return where a login arrives; a forbidden entity looks like a bad password."""
    user = company.users[visit.user_id]
    if login.find("locationid") is None:
        return user.entities[0] if user.entities else ""
    entity_id = login.findtext("locationid") or ""
    if not company.may_enter(user.id, entity_id):
        raise Refusal(*WRONG_LOGIN)
    return entity_id


def new_session(visit: Visit, call: Element, url: str) -> Element:
    """Open a session where the present one is, or in the entity asked for."""
    company, session = visit.company, visit.session
    if company is None or session is None:
        raise Refusal(*INVALID_SESSION)
    entity_id = session.entity_id
    if call.find("locationid") is not None:
        entity_id = call.findtext("locationid") or ""
        if not company.may_enter(session.user_id, entity_id):
            raise Refusal(*NO_SUCH_ENTITY)
    session_id = secrets.token_urlsafe(24)
    company.sessions[session_id] = OpenSession(
        session.user_id, entity_id, session.expires_at
    )
    row = {"sessionid": session_id, "endpoint": url, "locationid": entity_id}
    return make("data", make("api", *texts(row)))


def signed_in(visit: Visit) -> Element:
    """Return the authentication block of an accepted request."""
    session, now = visit.session, datetime.now(UTC).replace(microsecond=0)
    until = (session.expires_at if session else now).replace(microsecond=0)
    row = {
        "status": "success",
        "userid": visit.user_id,
        "companyid": visit.company.id if visit.company else "",
        "locationid": session.entity_id if session else "",
        "sessiontimestamp": now.isoformat(),
        "sessiontimeout": until.isoformat(),
    }
    return make("authentication", *texts(row))


def not_signed_in(visit: Visit) -> Element:
    """Return the authentication block of a refused request; a session has no ids."""
    has_login = visit.request.find("operation/authentication/login") is not None
    company_id = visit.company.id if visit.company and has_login else ""
    user_id = visit.user_id if has_login else ""
    row = {"status": "failure", "userid": user_id, "companyid": company_id}
    return make("authentication", *texts(row))
