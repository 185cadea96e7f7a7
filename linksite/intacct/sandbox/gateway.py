"""The gateway itself: a WSGI app that decides in the order of the real one."""

import gzip
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from ..endpoints import PATH
from .answers import (
    EXPIRED,
    INVALID_SESSION,
    NOT_SIGNED_IN,
    OFF_LINE,
    TOO_MANY,
    UNKNOWN_COMPANY,
    WRONG_SENDER,
    Answer,
    Element,
    Refusal,
    errors,
    failed,
    make,
    not_authorised,
    texts,
    xml,
)
from .companies import SANDBOX_SENDER_ID, SANDBOX_SENDER_PASSWORD
from .console import Console
from .faults import FAULTS, cut, instead
from .requests import glance, read
from .results import run_all
from .scenarios import HUGE_SIZE, SCENARIOS, make_companies, make_company
from .slots import Slots
from .visits import Visit, arrive, authenticate, not_signed_in, signed_in

MAX_REQUEST = 1024 * 1024  # bytes
INACTIVE_SENDER_ID = "linksite-inactive"

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


class Sandbox:
    """The gateway of many imaginary companies, for demos and for tests.

    `url` is where answers say that sessions must be used; with `is_strict` they
    work nowhere else. `today` is the day the books are closed on (the real one,
    unless said), `size` the number of invoices of the biggest company. `companies`
    holds the companies by id; `fault` breaks all of them at once (see FAULTS);
    `slots.hold` is how long a third request of a company waits; `log` holds every
    POST.
    """

    def __init__(
        self,
        *,
        url: str = "https://sandbox.intacct.com" + PATH,
        today: date | None = None,
        size: int = HUGE_SIZE,
        is_strict: bool = False,
    ) -> None:
        self.url, self.is_strict = url, is_strict
        self.today = today or datetime.now(UTC).date()
        self._size = size
        self._lock = threading.RLock()
        self._console = Console(self)
        self.reset()

    def reset(self) -> None:
        """Put everything back to the beginning and forget the log."""
        with self._lock:
            self.senders = {
                SANDBOX_SENDER_ID: SANDBOX_SENDER_PASSWORD,
                INACTIVE_SENDER_ID: SANDBOX_SENDER_PASSWORD,
            }
            self.inactive_senders = {INACTIVE_SENDER_ID}
            self.policies: set[str] = set()
            self.companies = make_companies(self.today, self._size)
            self.slots = Slots()
            self.log: list[Call] = []
            self.fault: str | None = None
            self.delay = 1.0

    def reset_company(self, company_id: str) -> None:
        """Put one company back to its beginning."""
        plan = next(each for each in SCENARIOS if each.id == company_id)
        with self._lock:
            fresh = make_company(plan, self.today, self._size)
            self.companies[company_id] = fresh

    def posts(self, company_id: str) -> int:
        """Return how many POSTs a company has received."""
        return sum(call.company_id == company_id for call in self.log)

    def most_at_once(self, company_id: str) -> int:
        """Return the largest number of POSTs of a company that were there together."""
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
            refusal = Refusal(*NOT_SIGNED_IN)
            status, headers, body = failed("401 Unauthorized", refusal, {})
        else:
            status, headers, body = _packed(self._post(environ), environ)
        start_response(status, [*headers, ("Content-Length", str(len(body)))])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    def _post(self, environ: Environ) -> Answer:
        """Answer a POST and write it down."""
        started = time.monotonic()
        length = min(int(environ.get("CONTENT_LENGTH") or 0), MAX_REQUEST)
        body = environ["wsgi.input"].read(length)
        with self._lock:
            visit = arrive(glance(body), self.companies)
        if self._is_elsewhere(environ):
            visit.session = None
        fault = self._fault(environ, visit)
        answer = instead(fault)
        if answer is None:
            answer = self._answer(body, visit, fault)
        if fault == "cut":
            answer = cut(answer)
        company_id = visit.company.id if visit.company else ""
        call = Call(
            company_id,
            visit.user_id,
            visit.functions,
            started,
            time.monotonic(),
            fault or visit.outcome,
            visit.signed_in,
        )
        with self._lock:
            self.log.append(call)
        return answer

    def _is_elsewhere(self, environ: Environ) -> bool:
        """Say whether a request came to another host than sessions are for."""
        return self.is_strict and environ.get("HTTP_HOST") != urlsplit(self.url).netloc

    def _fault(self, environ: Environ, visit: Visit) -> str | None:
        asked = environ.get("HTTP_X_SANDBOX_FAULT")
        company = visit.company
        fault = asked or (company and company.fault) or self.fault
        return fault if fault in FAULTS else None

    def _answer(self, body: bytes, visit: Visit, fault: str | None) -> Answer:
        """Decide in the gateway's own order: request, sender, company, functions."""
        try:
            visit.request = read(body)
            self._check_sender(visit)
        except Refusal as refusal:
            visit.outcome = refusal.outcome
            return self._refused(refusal, visit)
        control = make("control", *texts({"status": "success", **visit.control}))
        spaced = visit.flag("includewhitespace", "true")
        if visit.request.findtext("control/policyid"):
            accepted = make("acknowledgement", make("status", "success"))
            root = make("response", accepted, control)
        else:
            root = make("response", control, self._in_turn(visit, fault))
        return xml("200 OK", root, spaced=spaced)

    def _refused(self, refusal: Refusal, visit: Visit) -> Answer:
        if refusal.errorno == "GW-0011":
            return failed("400 Bad Request", refusal, {})
        echoed = visit.control
        if refusal.errorno == "PL04000055":
            echoed = echoed | {"senderid": "", "controlid": ""}
        return failed("200 OK", refusal, echoed, detailed=visit.is_detailed)

    def _check_sender(self, visit: Visit) -> None:
        """Refuse a sender, or a company, that the gateway itself does not know."""
        sender_id = visit.control["senderid"]
        password = visit.request.findtext("control/password")
        if sender_id not in self.senders or self.senders[sender_id] != password:
            raise Refusal(*WRONG_SENDER)
        has_login = visit.request.find("operation/authentication/login") is not None
        company = visit.company
        if sender_id in self.inactive_senders or (has_login and company is None):
            raise Refusal(*UNKNOWN_COMPANY)
        if company is not None and company.standing == "trial":
            raise Refusal(*UNKNOWN_COMPANY)
        if company is not None and company.standing == "expired":
            raise Refusal(*EXPIRED)
        policy = visit.request.findtext("control/policyid") or ""
        if policy and policy not in self.policies:
            text = f"{policy} is not a valid transport policy."
            raise Refusal("client_bug", "XL03000006", "", text)

    def _in_turn(self, visit: Visit, fault: str | None) -> Element:
        """Run the operation when the company has room for it."""
        company = visit.company
        with self.slots.taken(company.id if company else "") as got:
            if fault == "slow":
                time.sleep(company.delay if company and company.fault else self.delay)
            if not got or fault == "busy":
                return _none_done(visit, Refusal(*TOO_MANY))
            if fault == "off-line":
                return _none_done(visit, Refusal(*OFF_LINE))
            with self._lock:
                return self._operate(visit)

    def _operate(self, visit: Visit) -> Element:
        """Sign in and run the functions."""
        try:
            if visit.company is None:
                raise Refusal(*INVALID_SESSION)
            if visit.company.standing == "unlisted":
                raise not_authorised(visit.control["senderid"], visit.company.id)
            authenticate(visit)
        except Refusal as refusal:
            visit.outcome = refusal.outcome
            told = errors(refusal, detailed=visit.is_detailed)
            return make("operation", not_signed_in(visit), told)
        visit.signed_in = True
        results = run_all(visit, self.url, self.today)
        return make("operation", signed_in(visit), *results)


def _none_done(visit: Visit, refusal: Refusal) -> Element:
    """Return the operation of a request that was let in, but did not run."""
    visit.outcome = refusal.outcome
    functions = visit.request.iterfind("operation/content/function")
    results = (
        make(
            "result",
            make("status", "failure"),
            make("function", str(function[0].tag)),
            make("controlid", function.get("controlid", "")),
            errors(refusal, detailed=visit.is_detailed),
        )
        for function in functions
    )
    return make("operation", signed_in(visit), *results)


def _packed(answer: Answer, environ: Environ) -> Answer:
    """Return an answer in gzip for those who accept it."""
    status, headers, body = answer
    if not body or "gzip" not in environ.get("HTTP_ACCEPT_ENCODING", ""):
        return answer
    packed = gzip.compress(body, compresslevel=1)
    return status, [*headers, ("Content-Encoding", "gzip")], packed
