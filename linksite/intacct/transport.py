"""The HTTP side of a conversation: one POST at a time, within every cap."""

import socket
import threading
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, suppress
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import TypeAlias

import httpx

from .bodies import Body, refusal
from .connections import NotPublic, Watch
from .endpoints import is_allowed, is_test
from .outcomes import error
from .pages import Row
from .patience import Budget, Pace, retry_after
from .wire import Request

Transport: TypeAlias = httpx.BaseTransport
Turn: TypeAlias = Callable[[], AbstractContextManager[object]]
Count: TypeAlias = Callable[[tuple[str, ...]], None]

_HEADERS = {
    "Content-Type": "application/xml",
    "Accept": "application/xml, text/xml",
    "Accept-Encoding": "identity",
    "User-Agent": "Linksite",
}
# The last three are documented for Sage's REST gateway only, which is the same one.
_RETRY_HEADERS = (
    "Retry-After",
    "X-IA-Throttle-Limit-RetryAfter",
    "X-IA-TENANT-Throttle-Limit-Retry-After",
    "X-IA-Hour-Rate-Limit-Retry-After",
)


class Line:
    """A line to the gateway; `posts` counts the POSTs that may have reached it."""

    def __init__(
        self,
        *,
        test_hosts: Collection[str],
        transport: Transport | None,
        turn: Turn,
        count: Count,
        budget: Budget,
        pace: Pace,
    ) -> None:
        self.posts = 0
        self._test_hosts, self._turn, self._count = frozenset(test_hosts), turn, count
        self._budget, self._pace = budget, pace
        self._watch = Watch()
        # A transport of the caller's own has no use for a name.
        self._known: set[str] | None = None if transport else set()
        self._http = httpx.Client(
            verify=_trust(),
            transport=transport,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def post(self, url: str, request: Request) -> tuple[bytes, list[Row]]:
        """Send one request in its turn; return the answer, and the rows out of it.

        Raises GatewayUnavailable for anything that is not a whole answer.
        """
        if not is_allowed(url, self._test_hosts):
            raise error("client_bug", "the endpoint is not Sage Intacct's")
        self._budget.left()  # the wait for our turn counts
        with self._turn():
            body = Body(self._budget.deadline(), are_rows=request.are_rows)
            self._find(httpx.URL(url).host, body)
            try:
                whole = self._exchange(url, request.body, body)
            except (httpx.ConnectTimeout, httpx.ConnectError, NotPublic) as failure:
                if isinstance(failure, NotPublic):
                    raise
                raise error("transient", "no connection") from None
            except BaseException:
                self._note(request)
                raise
            self._note(request)
        return whole, body.rows

    def _note(self, request: Request) -> None:
        """Count a POST: its request left us, whatever came back."""
        self.posts += 1
        self._count(request.functions)

    def _exchange(self, url: str, sent: bytes, body: Body) -> bytes:
        """Send bytes and read the answer; a broken line is GatewayUnavailable."""
        try:
            return self._stream(url, sent, body)
        except (httpx.ConnectTimeout, httpx.ConnectError):
            raise
        except httpx.TimeoutException:
            raise error("unknown_outcome", "no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError):
            outcome = "transient" if body.left() > 0 else "unknown_outcome"
            raise error(outcome, "the connection broke") from None

    def _stream(self, url: str, sent: bytes, body: Body) -> bytes:
        left = max(0.1, body.left())
        timeout = httpx.Timeout(left, connect=min(self._pace.connect, left))
        is_here = is_test(url, self._test_hosts)
        trace = self._watch.anywhere if is_here else self._watch.only_public
        with (
            self._watch.at_most(left),
            self._http.stream(
                "POST", url, content=sent, timeout=timeout, extensions={"trace": trace}
            ) as answer,
        ):
            return _whole(answer, body)

    def _find(self, host: str, body: Body) -> None:
        """Look a name up within the time to connect: httpx has no limit for it."""
        if self._known is None or host in self._known:
            return
        asking = threading.Thread(target=_look_up, args=(host,), daemon=True)
        asking.start()
        asking.join(max(0.0, min(self._pace.connect, body.left())))
        if asking.is_alive():
            raise error("transient", "no address in time")
        self._known.add(host)


@cache
def _trust() -> SSLContext:
    """Return what every conversation trusts; to read it takes longer than a POST."""
    return httpx.create_ssl_context(trust_env=False)


def _look_up(host: str) -> None:
    # A name that is not found is reported by the connection that needs it.
    with suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, 443)


def _whole(answer: httpx.Response, body: Body) -> bytes:
    """Read an answer to its end; raise GatewayUnavailable if it is none."""
    body.open(answer.headers.get("Content-Encoding", ""))
    for chunk in answer.iter_raw():
        body.add(chunk)
    whole = body.close()
    failure = refusal(answer.status_code, whole)
    if failure is not None:
        asked = (retry_after(answer.headers.get(name)) for name in _RETRY_HEADERS)
        failure.retry_after = next((s for s in asked if s is not None), None)
        raise failure
    return whole
