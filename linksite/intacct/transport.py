"""The HTTP side of a conversation: one POST at a time, within every cap."""

import socket
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
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
# One at a time, so that the socket in use is the last one that was opened; kept for
# the next request of the same conversation, or of the one that goes on with it.
_LIMITS = httpx.Limits(max_connections=1, keepalive_expiry=20.0)
# The last three are documented for Sage's REST gateway only, which is the same one.
_RETRY_HEADERS = (
    "Retry-After",
    "X-IA-Throttle-Limit-RetryAfter",
    "X-IA-TENANT-Throttle-Limit-Retry-After",
    "X-IA-Hour-Rate-Limit-Retry-After",
)


class Channel:
    """At most one open connection, to whichever host is posted to.

    It knows nothing of what was said, so a conversation can leave it to the next
    one; one conversation at a time. Close it in the end.
    """

    def __init__(self, transport: Transport | None = None) -> None:
        """`transport` carries the requests instead of the network."""
        self._watch = Watch()
        # A transport of the caller's own has no use for a name.
        self._known: set[str] | None = None if transport else set()
        self._http = httpx.Client(
            verify=_trust(),
            transport=transport,
            limits=_LIMITS,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def find(self, url: str, *, within: float) -> bool:
        """Look the host up, for httpx has no limit for it; False: not in time."""
        host = httpx.URL(url).host
        if self._known is None or host in self._known:
            return True
        asking = threading.Thread(target=_look_up, args=(host,), daemon=True)
        asking.start()
        asking.join(max(0.0, within))
        if asking.is_alive():
            return False
        self._known.add(host)
        return True

    @contextmanager
    def post(
        self, url: str, sent: bytes, *, connect: float, left: float, is_test: bool
    ) -> Iterator[httpx.Response]:
        """Send bytes; give the answer to read while it arrives, for `left` seconds.

        Only a test host may be on our own network. Raises what httpx raises, and
        NotPublic.
        """
        timeout = httpx.Timeout(left, connect=min(connect, left))
        trace = self._watch.anywhere if is_test else self._watch.only_public
        extensions = {"trace": trace}
        with (
            self._watch.at_most(left),
            self._http.stream(
                "POST", url, content=sent, timeout=timeout, extensions=extensions
            ) as answer,
        ):
            yield answer


class Line:
    """A line to the gateway; `posts` counts the POSTs that may have reached it."""

    def __init__(
        self,
        channel: Channel,
        *,
        test_hosts: Collection[str],
        turn: Turn,
        count: Count,
        budget: Budget,
        pace: Pace,
    ) -> None:
        self.posts = 0
        self._channel, self._test_hosts = channel, frozenset(test_hosts)
        self._turn, self._count = turn, count
        self._budget, self._pace = budget, pace

    def post(self, url: str, request: Request) -> tuple[bytes, list[Row]]:
        """Send one request in its turn; return the answer, and the rows out of it.

        Raises GatewayUnavailable for anything that is not a whole answer.
        """
        if not is_allowed(url, self._test_hosts):
            raise error("client_bug", "the endpoint is not Sage Intacct's")
        self._budget.left()  # the wait for our turn counts
        with self._turn():
            body = Body(self._budget.deadline(), are_rows=request.are_rows)
            if not self._channel.find(url, within=min(self._pace.connect, body.left())):
                raise error("transient", "no address in time")
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
        here, connect = is_test(url, self._test_hosts), self._pace.connect
        with self._channel.post(
            url, sent, connect=connect, left=left, is_test=here
        ) as answer:
            return _whole(answer, body)


def trust(ca_file: str) -> None:
    """Trust, in this process, what the certificates in a file stand for as well."""
    _trust().load_verify_locations(ca_file)


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
