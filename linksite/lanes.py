"""The web's lanes to the gateway: a gateway that hangs must not take the site along.

A page that waits for Sage Intacct keeps a thread of its web process. Each kind of
call has a lane of its own, so that looks never keep a sign-in out, and only as many
calls at once as PAGE_CALLS says; the other threads serve everybody else.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings as site


class Full(Exception):
    """The lane is full; nothing was sent."""


class Lane:
    """Room for a few calls at once, and for as many that wait for it a moment."""

    def __init__(self, size: int, *, patience: float) -> None:
        """`patience` is how many seconds one may wait for room."""
        self._patience = patience
        self._room = threading.BoundedSemaphore(size)
        self._queue = threading.BoundedSemaphore(size)

    @contextmanager
    def hold(self) -> Iterator[None]:
        """Hold a place while the block runs. Raises Full."""
        if not self._room.acquire(blocking=False):
            self._wait()
        try:
            yield
        finally:
            self._room.release()

    def _wait(self) -> None:
        # Those who wait keep threads, too: they are as few as those who talk.
        if not self._queue.acquire(blocking=False):
            raise Full
        try:
            if not self._room.acquire(timeout=self._patience):
                raise Full
        finally:
            self._queue.release()


# Each web process has its own.
sign_ins = Lane(site.PAGE_CALLS, patience=2.0)
looks = Lane(site.PAGE_CALLS, patience=0.0)
