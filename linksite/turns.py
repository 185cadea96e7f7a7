"""One request at a time per Sage Intacct company, over every process of the site."""

import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models import Q
from django.utils import timezone

from linksite import intacct, vault
from linksite.models import Turn, lease_length

PAUSE_SECONDS = 0.05


@contextmanager
def turn(company_id: str, *, slots: int, wait: float) -> Iterator[None]:
    """Hold one of the company's `slots` while the block runs.

    Waits at most `wait` seconds, then raises intacct.GatewayUnavailable.
    """
    digest = vault.digest("turn", company_id.strip().casefold())
    token = _take(digest, slots, wait)
    try:
        yield
    finally:
        Turn.objects.filter(digest=digest, token=token).update(
            token=None, taken_until=None
        )


def _take(digest: str, slots: int, wait: float) -> uuid.UUID:
    token = uuid.uuid4()
    for slot in range(slots):
        Turn.objects.get_or_create(digest=digest, slot=slot)
    end = time.monotonic() + wait
    while not any(_take_slot(digest, slot, token) for slot in range(slots)):
        if time.monotonic() >= end:
            raise intacct.GatewayUnavailable("throttled", "our own queue is full")
        time.sleep(PAUSE_SECONDS)
    return token


def _take_slot(digest: str, slot: int, token: uuid.UUID) -> bool:
    now = timezone.now()
    # Longer than the longest POST: only a dead process loses its turn by time.
    until = now + lease_length()
    free = Turn.objects.filter(
        Q(taken_until=None) | Q(taken_until__lte=now), digest=digest, slot=slot
    )
    return bool(free.update(token=token, taken_until=until))
