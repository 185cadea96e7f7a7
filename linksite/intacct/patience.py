"""How long to wait, how often to try again, and when to give up."""

import random
import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

from .errors import GatewayUnavailable, IntacctError

RETRIED = frozenset({"transient", "throttled"})
LONGEST_ASKED = 15 * 60.0  # seconds; nobody is believed who asks for more
SMALLEST_PAGE = 50


@dataclass(frozen=True, slots=True)
class Pace:
    """The patience of one conversation, in seconds but for `tries`.

    A POST may take `read`, of which `connect` to reach the gateway. Pauses between
    tries grow from `first` to `longest`; after a POST without an answer the gateway
    may still be at work: then the pause is `slow`. A pause above `longest` is not
    sat out here but told to the caller, who has other things to do.
    """

    connect: float = 5.0
    read: float = 30.0
    first: float = 2.0
    longest: float = 20.0
    slow: float = 60.0
    tries: int = 6


class Budget:
    """The seconds of wall clock that one whole conversation may take."""

    def __init__(self, seconds: float, pace: Pace) -> None:
        """The clock starts with the first request, not here."""
        self._seconds, self._pace = seconds, pace
        self._end: float | None = None

    def left(self) -> float:
        """Return the seconds that are left; may be negative."""
        if self._end is None:
            self._end = time.monotonic() + self._seconds
        return self._end - time.monotonic()

    def deadline(self) -> float:
        """Return when the next request must be over, on the monotonic clock.

        Raises GatewayUnavailable when nothing is left.
        """
        left = self.left()
        if left <= 0:
            raise GatewayUnavailable("transient", "no time left for this company")
        return time.monotonic() + min(self._pace.read, left)

    def wait(self, tried: int, failure: IntacctError) -> bool:
        """Wait before try number `tried` + 1; False if it is not worth it."""
        if not isinstance(failure, GatewayUnavailable):
            return False
        if failure.outcome == "unknown_outcome" and failure.retry_after is None:
            # The gateway may still be at work on it: our place there is taken.
            failure.retry_after = self._pace.slow
        if tried >= self._pace.tries or failure.outcome not in RETRIED:
            return False
        return self.sit_out(failure, tried)

    def sit_out(self, failure: GatewayUnavailable, tried: int = 1) -> bool:
        """Sleep as long as asked, or else a random share of a growing pause."""
        if failure.retry_after is None:
            longest = min(self._pace.longest, self._pace.first * 2.0 ** (tried - 1))
            # Full jitter: many workers must not come back together.
            failure.retry_after = random.uniform(0, longest)  # noqa: S311 no secret
        if failure.retry_after > self._pace.longest or (
            failure.retry_after >= self.left()
        ):
            return False
        time.sleep(failure.retry_after)
        return True


def retry_after(header: str | None) -> float | None:
    """Return the seconds a Retry-After header asks for; None if unreadable."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(LONGEST_ASKED, float(text[:9]))
    try:
        seconds = parsedate_to_datetime(text).timestamp() - time.time()
    except (ValueError, TypeError, OverflowError):
        return None
    return min(LONGEST_ASKED, max(0.0, seconds))
