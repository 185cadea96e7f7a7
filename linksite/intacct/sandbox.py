"""A pretend Sage Intacct gateway: a WSGI app that answers as the real one does."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeAlias

from lxml import etree

from .endpoints import PATH
from .sandbox_answers import (
    INVALID_SESSION,
    NO_SUCH_ENTITY,
    NOT_SIGNED_IN,
    UNKNOWN_COMPANY,
    WRONG_LOGIN,
    WRONG_SENDER,
    Answer,
    Element,
    Refusal,
    errors,
    failed,
    make,
    not_authorised,
    schema,
    texts,
    xml,
)
from .sandbox_companies import (
    ATELIER_BRUME,
    COOP_RIVES,
    HARROW_TEXTILES,
    PAPETERIES_LAC,
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    OpenSession,
    SandboxCompany,
    make_companies,
)
from .sandbox_console import Console
from .sandbox_faults import broken
from .sandbox_functions import Desk

__all__ = [
    "ATELIER_BRUME",
    "COOP_RIVES",
    "HARROW_TEXTILES",
    "PAPETERIES_LAC",
    "SANDBOX_PASSWORD",
    "SANDBOX_SENDER_ID",
    "SANDBOX_SENDER_PASSWORD",
    "SANDBOX_USER",
    "Call",
    "Sandbox",
    "SandboxCompany",
]

SESSION_LENGTH = timedelta(hours=2)
MAX_REQUEST = 1024 * 1024  # bytes

Environ: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Call:
    """One POST, without any secret; times are monotonic seconds.

    `outcome` is "ok" or what was refused first; `signed_in` says whether a login
    or a session was accepted.
    """

    company_id: str
    user_id: str
    functions: tuple[str, ...]
    started: float
    ended: float
    outcome: str
    signed_in: bool


@dataclass(slots=True)
class _Visit:
    """What is known about a request while it is being answered."""

    company: SandboxCompany | None = None
    user_id: str = ""
    functions: tuple[str, ...] = ()
    outcome: str = "ok"
    signed_in: bool = False
    session: OpenSession | None = None
    control: dict[str, str] = field(default_factory=dict)


class Sandbox:
    """The gateway of a few imaginary companies, for demos and for tests.

    `url` is where answers say that sessions must be used; `today` is the day the
    books are closed on (the real one, unless said). `companies` holds the
    companies by id; `fault` breaks all of them at once; `log` holds every POST.
    """

    def __init__(
        self,
        *,
        url: str = "https://sandbox.intacct.com" + PATH,
        today: date | None = None,
    ) -> None:
        self.url = url
        self.today = today or datetime.now(UTC).date()
        self.senders = {SANDBOX_SENDER_ID: SANDBOX_SENDER_PASSWORD}
        self._lock = threading.RLock()
        self._console = Console(lambda: self.companies)
        self.reset()

    def reset(self) -> None:
        """Put everything back to the beginning and forget the log."""
        with self._lock:
            self.companies = make_companies(self.today)
            self.log: list[Call] = []
            self.fault: str | None = None
            self.delay = 1.0

    def posts(self, company_id: str) -> int:
        """Return how many POSTs a company has received."""
        return sum(call.company_id == company_id for call in self.log)

    def most_at_once(self, company_id: str) -> int:
        """Return the largest number of POSTs of a company that ran together."""
        mine = [call for call in self.log if call.company_id == company_id]
        return max(
            (sum(c.started <= call.started < c.ended for c in mine) for call in mine),
            default=0,
        )

    def __call__(
        self, environ: Environ, start_response: Callable[..., object]
    ) -> Iterable[bytes]:
        """Answer one request: the gateway's path, or the console."""
        if environ["PATH_INFO"] != PATH:
            status, headers, body = self._console.answer(environ)
        elif environ["REQUEST_METHOD"] != "POST":
            status, headers, body = failed(
                "401 Unauthorized", Refusal(*NOT_SIGNED_IN), {}
            )
        else:
            status, headers, body = self._post(environ)
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _post(self, environ: Environ) -> Answer:
        """Answer a POST and write it down."""
        visit, started = _Visit(), time.monotonic()
        length = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_REQUEST)
        answer = self._answer(environ["wsgi.input"].read(length), visit)
        company = visit.company
        fault = (company and company.fault) or self.fault
        if fault:
            visit.outcome = fault
        delay = company.delay if company and company.fault else self.delay
        answer = broken(answer, fault, delay)
        call = Call(
            company.id if company else "",
            visit.user_id,
            visit.functions,
            started,
            time.monotonic(),
            visit.outcome,
            visit.signed_in,
        )
        with self._lock:
            self.log.append(call)
        return answer

    def _answer(self, body: bytes, visit: _Visit) -> Answer:
        """Decide in the gateway's own order: request, sender, company, functions."""
        try:
            request = _parse(body)
            self._find(request, visit)
            self._check_sender(request, visit)
        except Refusal as refusal:
            visit.outcome = refusal.outcome
            is_unknown = refusal.errorno == "GW-0011"
            status = "400 Bad Request" if is_unknown else "200 OK"
            return failed(status, refusal, {} if is_unknown else visit.control)
        with self._lock:
            operation = self._operate(request, visit)
        control = make("control", *texts({"status": "success", **visit.control}))
        return xml("200 OK", make("response", control, operation))

    def _find(self, request: Element, visit: _Visit) -> None:
        """Note whom the request is about, as far as it says so."""
        for name in ("senderid", "controlid", "uniqueid", "dtdversion"):
            visit.control[name] = request.findtext(f"control/{name}") or ""
        calls = request.iterfind("operation/content/function/*")
        visit.functions = tuple(str(call.tag) for call in calls)
        session_id = request.findtext("operation/authentication/sessionid")
        login = "operation/authentication/login"
        company_id = request.findtext(f"{login}/companyid") or ""
        visit.user_id = request.findtext(f"{login}/userid") or ""
        visit.company = self.companies.get(company_id)
        if session_id is not None:
            self._find_session(session_id, visit)

    def _find_session(self, session_id: str, visit: _Visit) -> None:
        now = datetime.now(UTC)
        for company in self.companies.values():
            session = company.sessions.get(session_id)
            if session is not None and session.expires_at > now:
                session.expires_at = now + SESSION_LENGTH
                visit.company, visit.session = company, session
                visit.user_id = session.user_id

    def _check_sender(self, request: Element, visit: _Visit) -> None:
        sender_id = visit.control["senderid"]
        password = request.findtext("control/password")
        if sender_id not in self.senders or self.senders[sender_id] != password:
            raise Refusal(*WRONG_SENDER)
        has_login = request.find("operation/authentication/login") is not None
        if has_login and visit.company is None:
            raise Refusal(*UNKNOWN_COMPANY)

    def _operate(self, request: Element, visit: _Visit) -> Element:
        """Sign in and run the functions, each for itself."""
        authentication = request.find("operation/authentication")
        try:
            self._authenticate(authentication, visit)
        except Refusal as refusal:
            visit.outcome = refusal.outcome
            return make("operation", _not_signed_in(visit), errors(refusal))
        visit.signed_in = True
        functions = request.iterfind("operation/content/function")
        results = [self._run(function, visit) for function in functions]
        return make("operation", _signed_in(visit), *results)

    def _authenticate(self, block: Element | None, visit: _Visit) -> None:
        """Check the sender's standing with the company, then the user's."""
        company, sender_id = visit.company, visit.control["senderid"]
        if company is None or block is None:
            raise Refusal(*INVALID_SESSION)
        if sender_id not in company.senders:
            raise not_authorised(sender_id, company.id)
        if visit.session is not None:
            return
        password = block.findtext("login/password") or ""
        entity_id = block.findtext("login/locationid") or ""
        is_right = company.signs_in(visit.user_id, password)
        if not is_right or not company.has_entity(entity_id):
            raise Refusal(*WRONG_LOGIN)
        expires_at = datetime.now(UTC) + SESSION_LENGTH
        visit.session = OpenSession(visit.user_id, entity_id, expires_at)

    def _run(self, function: Element, visit: _Visit) -> Element:
        """Return the result of one function."""
        call = function[0]
        head = {"function": str(call.tag), "controlid": function.get("controlid", "")}
        try:
            data = self._data(call, visit)
        except Refusal as refusal:
            if visit.outcome == "ok":
                visit.outcome = refusal.outcome
            head = {"status": "failure", **head}
            return make("result", *texts(head), errors(refusal))
        return make("result", *texts({"status": "success", **head}), data)

    def _data(self, call: Element, visit: _Visit) -> Element:
        company, session = visit.company, visit.session
        if company is None or session is None:
            raise Refusal(*INVALID_SESSION)
        if call.tag == "getAPISession":
            return self._new_session(call, company, session)
        return Desk(company, session.entity_id, session.user_id, self.today).run(call)

    def _new_session(
        self, call: Element, company: SandboxCompany, session: OpenSession
    ) -> Element:
        """Open a session where the present one is, or in the entity asked for."""
        entity_id = session.entity_id
        if call.find("locationid") is not None:
            entity_id = call.findtext("locationid") or ""
        if not company.has_entity(entity_id):
            raise Refusal(*NO_SUCH_ENTITY)
        session_id = secrets.token_urlsafe(24)
        company.sessions[session_id] = OpenSession(
            session.user_id, entity_id, session.expires_at
        )
        row = {"sessionid": session_id, "endpoint": self.url, "locationid": entity_id}
        return make("data", make("api", *texts(row)))


def _parse(body: bytes) -> Element:
    """Return the root of a request; a DOCTYPE is refused, entities stay shut."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise schema("Line: 1, column: 1.") from None
    if root.getroottree().docinfo.internalDTD is not None:
        raise schema("DOCTYPE is not allowed.")
    functions = root.findall("operation/content/function")
    if root.tag != "request" or not functions or not all(len(f) for f in functions):
        raise schema("Line: 1, column: 1.")
    return root


def _signed_in(visit: _Visit) -> Element:
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


def _not_signed_in(visit: _Visit) -> Element:
    company_id = visit.company.id if visit.company else ""
    row = {"status": "failure", "userid": visit.user_id, "companyid": company_id}
    return make("authentication", *texts(row))
