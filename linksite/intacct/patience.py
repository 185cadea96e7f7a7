"""How long to wait, how often to try again, and when to give up."""

import random
import time
from email.utils import parsedate_to_datetime

from .errors import GatewayUnavailable, IntacctError

READ_SECONDS = 30.0
CONNECT_SECONDS = 5.0
RETRIES = 2
RETRIED = frozenset({"transient", "throttled"})


class Budget:
    """The seconds of wall clock that one whole conversation may take."""

    def __init__(self, seconds: float) -> None:
        """The clock starts with the first request, not here."""
        self._seconds = seconds
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
        return time.monotonic() + min(READ_SECONDS, left)

    def wait(self, tried: int, failure: IntacctError) -> bool:
        """Wait before try number `tried` + 1; False if it is not worth it."""
        seconds = _pause(tried, failure)
        if tried > RETRIES or failure.outcome not in RETRIED:
            return False
        if seconds >= self.left():
            return False
        time.sleep(seconds)
        return True


def _pause(tried: int, failure: IntacctError) -> float:
    """Return what the gateway asks for, or a random share of a growing pause."""
    asked = getattr(failure, "retry_after", None)
    if asked is not None:
        return float(asked)
    # Full jitter: many workers must not come back together.
    return random.uniform(0, 2.0 ** (tried - 1))  # noqa: S311 - not a secret


def retry_after(header: str | None) -> float | None:
    """Return the seconds a Retry-After header asks for; None if unreadable."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return None
