"""The HTTP side of a conversation: one POST at a time, within every cap."""

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from typing import TypeAlias

import httpx

from .bodies import Body, refusal
from .connections import Channel, NotPublic
from .endpoints import is_allowed, is_test
from .outcomes import error
from .pages import Row
from .patience import Budget, Pace, retry_after
from .wire import Request

Turn: TypeAlias = Callable[[], AbstractContextManager[object]]
Count: TypeAlias = Callable[[tuple[str, ...]], None]

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
