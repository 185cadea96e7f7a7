"""How many requests of a company run at once, and how long one more is held."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

AT_ONCE = 2


class Slots:
    """Lets two requests of each company run; holds a third for `hold` seconds."""

    def __init__(self) -> None:
        self.hold = 30.0
        self._running: Counter[str] = Counter()
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, company_id: str) -> Iterator[bool]:
        """Give True in a slot of the company, False when none came free in time."""
        with self._changed:
            got = self._changed.wait_for(
                lambda: self._running[company_id] < AT_ONCE, self.hold
            )
            self._running[company_id] += got
        try:
            yield got
        finally:
            with self._changed:
                self._running[company_id] -= got
                self._changed.notify_all()
