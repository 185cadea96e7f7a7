"""The body of an answer, collected within caps; and what is no answer at all."""

import re
import time
import zlib
from typing import Any

from .errors import AnswerTooBig, GatewayUnavailable
from .pages import Pages, Row

MAX_WIRE = 16 * 1024 * 1024  # bytes
MAX_DECODED = 32 * 1024 * 1024  # bytes
_GZIP = 16 + zlib.MAX_WBITS


class Body:
    """Collects the raw chunks of one answer until `deadline` (monotonic).

    `are_rows`: the answer's data are rows, which are taken out while they arrive.
    """

    def __init__(self, deadline: float, *, are_rows: bool = False) -> None:
        self._deadline = deadline
        self._pages = Pages(are_rows=are_rows)
        self._wire = self._size = 0
        self._gunzip: Any = None  # zlib names no type for it

    def left(self) -> float:
        """Return the seconds until the deadline; may be negative."""
        return self._deadline - time.monotonic()

    def open(self, encoding: str) -> None:
        """Begin with the answer's Content-Encoding; only gzip is undone."""
        self._in_time()
        name = encoding.strip().casefold()
        if name in ("gzip", "x-gzip"):
            self._gunzip = zlib.decompressobj(_GZIP)
        elif name not in ("", "identity"):
            raise GatewayUnavailable("malformed_response", "an unknown encoding")

    def add(self, chunk: bytes) -> None:
        """Take the next chunk; raise GatewayUnavailable past a cap or deadline."""
        self._in_time()
        self._wire += len(chunk)
        if self._wire > MAX_WIRE:
            raise AnswerTooBig("the answer is too long")
        decoded = self._decoded(chunk)
        self._size += len(decoded)
        if self._size > MAX_DECODED:
            raise AnswerTooBig("the answer is too long")
        self._pages.add(decoded)

    def close(self) -> bytes:
        """Return the body without `rows`; refuse one whose compression was cut."""
        # At the deadline the line is cut from our side: that looks like an end.
        self._in_time()
        if self._gunzip is not None and not self._gunzip.eof:
            raise GatewayUnavailable("malformed_response", "the answer is cut")
        return self._pages.close()

    @property
    def rows(self) -> list[Row]:
        """Return the rows that were taken out of the body while it arrived."""
        return self._pages.rows

    def _decoded(self, chunk: bytes) -> bytes:
        if self._gunzip is None:
            return chunk
        room = MAX_DECODED + 1 - self._size
        try:
            return bytes(self._gunzip.decompress(chunk, room))
        except zlib.error:
            raise GatewayUnavailable("malformed_response", "not gzip") from None

    def _in_time(self) -> None:
        if self.left() <= 0:
            raise GatewayUnavailable("unknown_outcome", "no answer in time")


_PAGE = (b"<!doctype html", b"<html", b"<head", b"<body")
_PROLOG = re.compile(rb"\A(?:<\?xml[^>]*\?>|<!--.*?-->|\s+)*", re.DOTALL)
_MOVED = range(300, 400)
_BLOCKED = (b"error 1020", b"error code: 1020")


def refusal(status: int, body: bytes) -> GatewayUnavailable | None:
    """Return the error for an answer that is not the gateway's own; else None.

    A page or an empty body comes from something in front of the gateway, with
    any status: it never says anything about a password.
    """
    if status == 429:
        return GatewayUnavailable("throttled", "too many requests")
    if status == 524:
        # The front stopped waiting; the gateway may still be at work.
        return GatewayUnavailable("unknown_outcome", "no answer in time")
    if status >= 500:
        return GatewayUnavailable("transient", f"HTTP status {status}")
    start = body[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    start = _PROLOG.sub(b"", start)
    if start.startswith(b"<") and not start.startswith(_PAGE) and status not in _MOVED:
        return None
    outcome = "transient"
    if status >= 300 or any(mark in body.lower() for mark in _BLOCKED):
        outcome = "transport_blocked"
    elif start and not start.startswith(b"<"):
        outcome = "malformed_response"
    return GatewayUnavailable(outcome, f"not an answer, HTTP status {status}")
