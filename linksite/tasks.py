"""The tasks a worker runs, and the tick that hands out what is due.

A task only names a row, so running it twice is harmless; the tick hands out again
what a dead worker left behind, so any number of ticks do no harm either.
"""

from datetime import datetime

from django.utils import timezone
from django_tasks import task

from linksite import probing, syncing
from linksite.models import Probe, Run, Sync


@task()
def run_probe(probe_id: int) -> None:
    """Run one Probe."""
    probing.run(probe_id)


@task()
def run_sync(sync_id: int) -> None:
    """Run one Sync."""
    syncing.run(sync_id)


def tick(now: datetime | None = None) -> int:
    """Hand every due Probe and Sync to a worker; return how many."""
    now = now or timezone.now()
    syncing.schedule(now)
    handed = 0
    for run in Probe.objects.due(now):
        handed += _hand_over(run, now)
    for run in Sync.objects.due(now):
        handed += _hand_over(run, now)
    return handed


def _hand_over(run: Run, now: datetime) -> bool:
    """Put a run into the queue, unless another tick just did."""
    mine = type(run).objects.due(now).filter(pk=run.pk).update(queued_at=now)
    if mine:
        (run_probe if isinstance(run, Probe) else run_sync).enqueue(run.pk)
    return bool(mine)
