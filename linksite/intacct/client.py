"""One conversation with one Sage Intacct company."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import nullcontext
from datetime import date, datetime
from types import TracebackType

from . import calls, readings, wire
from .calls import Call, Window
from .datasets import Permission, Source, source_for
from .endpoints import GATEWAY_URL, is_allowed
from .errors import (
    AnswerTooBig,
    GatewayUnavailable,
    IntacctError,
    PermissionMissing,
    RequestRefused,
    SessionExpired,
    SignInRefused,
)
from .outcomes import error
from .patience import SMALLEST_PAGE, Budget, Pace
from .transport import Channel, Count, Line, Transport, Turn
from .types import (
    Check,
    Checks,
    CompanyInfo,
    Entity,
    Formatting,
    Login,
    Page,
    Right,
    Sender,
    Session,
)
from .wire import Reply, Result

# "There was an error processing the request": once more, alone, may tell.
_NO_REASON = "DL02000001"


def _uncounted(functions: tuple[str, ...]) -> None:
    """Count nothing."""


class Client:
    """One conversation with one Sage Intacct company.

    Use it as a context manager, in one thread. Every method that talks may raise
    any IntacctError; see errors.py for who must act. `session` is the open session:
    set it to go on with one of an earlier conversation of the same sender and login.
    """

    def __init__(
        self,
        sender: Sender,
        login: Login,
        *,
        endpoint: str = GATEWAY_URL,
        test_hosts: Collection[str] = (),
        transport: Transport | None = None,
        channel: Channel | None = None,
        turn: Turn = nullcontext,
        count: Count = _uncounted,
        budget: float = 120.0,
        pace: Pace | None = None,
        page_sizes: dict[str, int] | None = None,
        echoes_company: bool = True,
    ) -> None:
        """Prepare a conversation; nothing is sent yet.

        `test_hosts` ("host:port") may be of our own network and speak http; a
        `channel` is left open at the end, for the conversation that goes on with
        it; `turn` gives a context that every POST runs in; `count` hears the
        functions of every POST that may have reached the gateway; `budget` is the
        wall-clock seconds that all POSTs and waits may take together, from the first
        POST on. `page_sizes` remembers, by object, the size of page that the gateway
        could still answer.
        An answer about another company is refused, unless `echoes_company` is False.
        Raises RequestRefused if `endpoint` is not an address of Sage's.
        """
        if not is_allowed(endpoint, test_hosts):
            raise RequestRefused("client_bug", "the endpoint is not Sage Intacct's")
        self.session: Session | None = None
        self._sender, self._login = sender, login
        self._endpoint, self._test_hosts = endpoint, frozenset(test_hosts)
        pace = pace or Pace()
        self._budget = Budget(budget, pace)
        self._page_sizes = {} if page_sizes is None else page_sizes
        self._formatting: Formatting | None = None
        self._refused: SignInRefused | None = None
        self._echoes_company = echoes_company
        self._is_kept = channel is not None
        self._channel = channel or Channel(transport)
        self._line = Line(
            self._channel,
            test_hosts=test_hosts,
            turn=turn,
            count=count,
            budget=self._budget,
            pace=pace,
        )

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not self._is_kept:
            self._channel.close()

    @property
    def posts(self) -> int:
        """Return how many POSTs may have reached the gateway."""
        return self._line.posts

    def sign_in(self) -> Session:
        """Sign in at top level: one POST, never repeated (users get locked out).

        Once refused, always refused: the same login is not sent again. Raises
        SenderRefused, SignInRefused, SetupIncomplete, GatewayUnavailable.
        """
        if self._refused is not None:
            raise self._refused
        try:
            reply = self._post(self._endpoint, self._login, [calls.session()])
        except SignInRefused as failure:
            self._refused = failure
            raise
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

    def company(self) -> CompanyInfo:
        """Return the company's ID and legal name, as Sage Intacct knows them."""
        return readings.company(self._ask([calls.company_info()]))

    def applications(self) -> frozenset[str]:
        """Return the codes of the subscribed modules: GL, AR, AP …"""
        return readings.applications(self._ask([calls.applications()]).results[0])

    def own_rights(self) -> tuple[Right, ...] | None:
        """Return the rights of our own user, or None if it may not see them.

        They are a hint: the names follow the language and edition of the screens.
        """
        asked = [calls.user_permissions(self._login.user_id)]
        try:
            return readings.rights(self._ask(asked))
        except (PermissionMissing, RequestRefused):
            return None

    def formatting(self) -> Formatting:
        """Return how our own user's dates are written; asked once a conversation."""
        if self._formatting is None:
            reply = self._ask([calls.user_formatting(self._login.user_id)])
            self._formatting = readings.formatting(reply)
        return self._formatting

    def probe(self, permissions: Sequence[Permission]) -> Checks:
        """Return what holds for each permission, by its key: one POST for all."""
        if not permissions:
            return Checks()
        asked = [_cheapest(source_for(permission)) for permission in permissions]
        modules, *results = self._ask([calls.applications(), *asked]).results
        results = [
            self._once_more(call) if _is_vague(result) else result
            for call, result in zip(asked, results, strict=True)
        ]
        subscribed = None if modules.error else readings.applications(modules)
        return Checks(
            (permission.key, readings.check(result, permission, subscribed))
            for permission, result in zip(permissions, results, strict=True)
        )

    def look(self, sources: Sequence[Source]) -> list[Check]:
        """Return what a look at each source finds, in order: one POST for all."""
        if not sources:
            return []
        results = self._ask([_cheapest(source) for source in sources]).results
        return [
            readings.check(result, source.permission, None)
            for result, source in zip(results, sources, strict=True)
        ]

    def read(
        self,
        source: Source,
        *,
        after: str = "",
        page_size: int = 1000,
        as_of: date | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Page:
        """Return the page of `source` that follows the cursor `after`.

        With `since` (aware), only rows modified from then on, up to `until`: keep
        both the same from page to page. Pages follow RECORDNO in either case, so
        rows of one instant are never cut in two. The trial balance is one page:
        the year of `as_of` (today, unless said) up to that day. An answer that is
        too big or too slow is asked for again in a smaller page. Raises
        PermissionMissing if the user lacks the right.
        """
        if source.function == "get_trialbalance":
            end = as_of or date.today()
            start = end.replace(month=1, day=1)
            return readings.whole(self._ask([calls.trial_balance(start, end)]))
        fields, window = _with_recordno(source.fields), self._window(since, until)

        def read(size: int) -> Page:
            call = calls.query(
                source.object, fields, after=after, page_size=size, window=window
            )
            return readings.page(self._ask([call]), after, size)

        return self._by_size(source.object, page_size, read)

    def read_by_query(
        self, name: str, where: str, *, fields: str = "*", page_size: int = 1000
    ) -> Iterator[Page]:
        """Yield the pages of an object that `query` cannot read, one at a time.

        The gateway keeps the place, and only as long as the session: if it is lost,
        RequestRefused (result_set_expired) says to begin again.
        """
        first = calls.read_by_query(name, where, fields, page_size)
        page = readings.result_set(self._ask([first]), None)
        yield page
        while not page.is_last:
            page = readings.result_set(self._ask([calls.read_more(page.cursor)]), page)
            yield page

    def _by_size(self, name: str, wanted: int, read: Callable[[int], Page]) -> Page:
        """Read a page; halve it while the answer is too big, or none comes in time."""
        while True:
            size = min(wanted, self._page_sizes.get(name, wanted))
            try:
                return read(size)
            except GatewayUnavailable as failure:
                is_slow = failure.outcome == "unknown_outcome"
                if size <= SMALLEST_PAGE or not (
                    is_slow or isinstance(failure, AnswerTooBig)
                ):
                    raise
                self._page_sizes[name] = max(SMALLEST_PAGE, size // 2)
                if is_slow and not self._budget.sit_out(failure):
                    raise

    def _window(self, since: datetime | None, until: datetime | None) -> Window | None:
        """Return the window in the user's own time, which the gateway compares in."""
        if since is None:
            return None
        try:
            return Window.at(since, until, self.formatting().offset)
        except (PermissionMissing, RequestRefused):
            return Window.anywhere(since, until)

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

    def _once_more(self, call: Call) -> Result:
        """Return what a function answers when it is asked again, alone."""
        try:
            return self._ask([call]).results[0]
        except (PermissionMissing, RequestRefused) as failure:
            return Result(error=failure)

    def _ask(self, asked: Sequence[Call]) -> Reply:
        """Run functions in the session; renew it once if it has expired.

        With a single function, its failure is raised.
        """
        try:
            return self._run(self.session or self.sign_in(), asked)
        except SessionExpired:
            return self._run(self._renew(), asked)

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
        """Run reading functions, again and again while it is worth the wait."""
        tried = 0
        while True:
            tried += 1
            try:
                reply = self._post(session.endpoint, session, asked)
                if len(asked) == 1:
                    reply.results[0].checked()
                return reply
            except IntacctError as failure:
                if not self._budget.wait(tried, failure):
                    raise

    def _post(self, url: str, who: Login | Session, asked: Sequence[Call]) -> Reply:
        company_id = self._login.company_id if self._echoes_company else ""
        request = wire.build(self._sender, who, asked, company_id=company_id)
        whole, rows = self._line.post(url, request)
        return wire.parse(whole, request, rows)


def _is_vague(result: Result) -> bool:
    """Say whether the gateway failed without a reason, and may not fail alone."""
    return result.error is not None and result.error.number == _NO_REASON


def _cheapest(source: Source) -> Call:
    """Return the cheapest question that the source's permission decides."""
    if source.function == "get_trialbalance":
        return calls.trial_balance(calls.LONG_PAST, calls.LONG_PAST)
    return calls.one_row(source.object)


def _with_recordno(fields: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(("RECORDNO", *fields)))
