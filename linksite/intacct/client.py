"""One conversation with one Sage Intacct company, over HTTP."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import date
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from types import TracebackType

import httpx

from . import calls, readings, wire
from .bodies import Body, refusal
from .calls import Call
from .connections import Watch
from .datasets import Permission, Source, source_for
from .endpoints import GATEWAY_URL, is_allowed, is_test
from .errors import IntacctError, PermissionMissing, RequestRefused, SessionExpired
from .outcomes import error
from .patience import CONNECT_SECONDS, Budget, retry_after
from .types import Check, Entity, Login, Page, Sender, Session
from .wire import Reply, Request

_HEADERS = {
    "Content-Type": "application/xml",
    "Accept": "application/xml, text/xml",
    "Accept-Encoding": "identity",
    "User-Agent": "Linksite",
}


class Client:
    """One conversation with one Sage Intacct company.

    Use it as a context manager, in one thread. Every method that talks may raise
    any IntacctError; see errors.py for who must act. `posts` counts the POSTs sent;
    `session` is the open session: set it to go on with one of an earlier
    conversation of the same sender and login.
    """

    def __init__(
        self,
        sender: Sender,
        login: Login,
        *,
        endpoint: str = GATEWAY_URL,
        test_hosts: Collection[str] = (),
        transport: httpx.BaseTransport | None = None,
        turn: Callable[[], AbstractContextManager[object]] = nullcontext,
        budget: float = 120.0,
    ) -> None:
        """Prepare a conversation; nothing is sent yet.

        `test_hosts` ("host:port") may be talked to over http; `turn` gives a
        context that every POST runs in; `budget` is the wall-clock seconds that
        all POSTs and waits may take together, from the first POST on. Raises
        RequestRefused if `endpoint` is not an address of Sage's.
        """
        if not is_allowed(endpoint, test_hosts):
            raise RequestRefused("client_bug", "the endpoint is not Sage Intacct's")
        self.posts = 0
        self._sender, self._login = sender, login
        self._endpoint, self._test_hosts = endpoint, frozenset(test_hosts)
        self._turn, self._budget = turn, Budget(budget)
        self._watch = Watch()
        self.session: Session | None = None
        self._http = httpx.Client(
            verify=_trust(),
            transport=transport,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            follow_redirects=False,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def sign_in(self) -> Session:
        """Sign in at top level: one POST, never repeated (users get locked out).

        Raises SenderRefused, SignInRefused, SetupIncomplete, GatewayUnavailable.
        """
        request = wire.build(self._sender, self._login, [calls.session()])
        reply = self._post(self._endpoint, request)
        self.session = readings.session(reply, self._test_hosts)
        return self.session

    def enter(self, entity_id: str) -> Session:
        """Move the session into an entity; "" is the top level.

        Raises EntityRefused if the user may not enter it.
        """
        session = self.session or self.sign_in()
        if session.entity_id != entity_id:
            reply = self._ask([calls.session(entity_id)])
            session = readings.session(reply, self._test_hosts)
            if session.entity_id != entity_id:
                raise error("entity_denied_or_session_failed")
            self.session = session
        return session

    def entities(self) -> list[Entity]:
        """Return the entities the user may enter; none in a single-entity company.

        Raises PermissionMissing if the user may not see the list of entities.
        """
        try:
            return readings.entities(self._ask([calls.entity_details()]))
        except (PermissionMissing, RequestRefused):
            return self._location_entities()

    def probe(self, permissions: Sequence[Permission]) -> dict[str, Check]:
        """Return what holds for each permission, by its key: one POST for all."""
        checks = self.look([source_for(permission) for permission in permissions])
        keys = [permission.key for permission in permissions]
        return dict(zip(keys, checks, strict=True))

    def look(self, sources: Sequence[Source]) -> list[Check]:
        """Return what a look at each source finds, in order: one POST for all."""
        if not sources:
            return []
        results = self._ask([_cheapest(source) for source in sources]).results
        return [readings.check(result) for result in results]

    def read(
        self,
        source: Source,
        *,
        after: str = "",
        page_size: int = 1000,
        as_of: date | None = None,
    ) -> Page:
        """Return the page of `source` that follows the cursor `after`.

        The trial balance is one page: the year of `as_of` (today, unless said)
        up to that day. Raises PermissionMissing if the user lacks the right.
        """
        if source.function == "get_trialbalance":
            end = as_of or date.today()
            start = end.replace(month=1, day=1)
            return readings.whole(self._ask([calls.trial_balance(start, end)]))
        fields = _with_recordno(source.fields)
        call = calls.query(source.object, fields, after=after, page_size=page_size)
        return readings.page(self._ask([call]), after, page_size)

    def _location_entities(self) -> list[Entity]:
        """Read the entities as an object; a company without any lacks the object."""
        try:
            return [readings.entity(row) for row in self._location_rows()]
        except PermissionMissing as failure:
            if failure.outcome != "object_unavailable":
                raise
            return []

    def _location_rows(self) -> Iterator[dict[str, str | None]]:
        fields = ("RECORDNO", "LOCATIONID", "NAME", "CURRENCY", "STATUS")
        cursor, is_last = "", False
        while not is_last:
            call = calls.query("LOCATIONENTITY", fields, after=cursor)
            page = readings.page(self._ask([call]), cursor, calls.PAGE_SIZE)
            yield from (row for row in page.rows if row.get("STATUS") != "inactive")
            cursor, is_last = page.cursor, page.is_last

    def _ask(self, asked: Sequence[Call]) -> Reply:
        """Run functions in the session; renew it once if it has expired.

        With a single function, its failure is raised.
        """
        try:
            reply = self._run(self.session or self.sign_in(), asked)
        except SessionExpired:
            reply = self._run(self._renew(), asked)
        if len(asked) == 1:
            reply.results[0].checked()
        return reply

    def _renew(self) -> Session:
        """Sign in again and return to the entity that the session was in."""
        lost, self.session = self.session, None
        session = self.sign_in()
        if lost is None or lost.entity_id == session.entity_id:
            return session
        reply = self._run(session, [calls.session(lost.entity_id)])
        self.session = readings.session(reply, self._test_hosts)
        return self.session

    def _run(self, session: Session, asked: Sequence[Call]) -> Reply:
        """Send functions, again when the gateway was busy: they only read."""
        tried = 0
        while True:
            request = wire.build(self._sender, session, asked)
            tried += 1
            try:
                return self._post(session.endpoint, request)
            except IntacctError as failure:
                if not self._budget.wait(tried, failure):
                    raise

    def _post(self, url: str, request: Request) -> Reply:
        """Send one request in its turn and return the reply.

        Raises GatewayUnavailable for anything that is not a whole answer.
        """
        if not is_allowed(url, self._test_hosts):
            raise error("client_bug", "the endpoint is not Sage Intacct's")
        with self._turn():
            body = Body(self._budget.deadline())
            self.posts += 1
            try:
                whole = self._exchange(url, request.body, body)
            except httpx.ConnectTimeout:
                raise error("transient", "no connection in time") from None
            except httpx.TimeoutException:
                raise error("unknown_outcome", "no answer in time") from None
            except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
                outcome = "transient" if body.left() > 0 else "unknown_outcome"
                raise error(outcome, "the connection broke") from None
        return wire.parse(whole, request, body.rows)

    def _exchange(self, url: str, sent: bytes, body: Body) -> bytes:
        """Send bytes and return the body of the answer, read within the caps."""
        left = max(0.1, body.left())
        timeout = httpx.Timeout(left, connect=min(CONNECT_SECONDS, left))
        is_here = is_test(url, self._test_hosts)
        trace = self._watch.anywhere if is_here else self._watch.only_public
        with (
            self._watch.at_most(left),
            self._http.stream(
                "POST", url, content=sent, timeout=timeout, extensions={"trace": trace}
            ) as answer,
        ):
            return _whole(answer, body)


@cache
def _trust() -> SSLContext:
    """Return what every conversation trusts; to read it takes longer than a POST."""
    return httpx.create_ssl_context(trust_env=False)


def _cheapest(source: Source) -> Call:
    """Return the cheapest question that the source's permission decides."""
    if source.function == "get_trialbalance":
        return calls.trial_balance(calls.LONG_PAST, calls.LONG_PAST)
    return calls.one_row(source.object)


def _with_recordno(fields: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("RECORDNO", *fields)))


def _whole(answer: httpx.Response, body: Body) -> bytes:
    """Read an answer to its end; raise GatewayUnavailable if it is none."""
    body.open(answer.headers.get("Content-Encoding", ""))
    for chunk in answer.iter_raw():
        body.add(chunk)
    whole = body.close()
    failure = refusal(answer.status_code, whole)
    if failure is not None:
        failure.retry_after = retry_after(answer.headers.get("Retry-After"))
        raise failure
    return whole
