"""The tasks a worker runs, and the tick that hands out what is due.

A task only names a row, so running it twice is harmless; the tick hands out again
what a dead worker left behind, so any number of ticks do no harm either.
"""

from datetime import datetime

from django.utils import timezone
from django_tasks import task
from django_tasks.base import Task

from linksite import notices, probing, syncing
from linksite.models import Notice, Probe, Run, Sync


@task()
def run_probe(probe_id: int) -> None:
    """Run one Probe."""
    probing.run(probe_id)


@task()
def run_sync(sync_id: int) -> None:
    """Run one Sync."""
    syncing.run(sync_id)


@task()
def send_notice(notice_id: int) -> None:
    """Send one Notice."""
    notices.send(notice_id)


WORK = ((Probe, run_probe), (Sync, run_sync), (Notice, send_notice))


def tick(now: datetime | None = None) -> int:
    """Hand every due Probe, Sync and Notice to a worker; return how many."""
    now = now or timezone.now()
    syncing.schedule(now)
    notices.schedule(now)
    return sum(
        _hand_over(run, work, now)
        for kind, work in WORK
        for run in kind.objects.due(now)
    )


def _hand_over(run: Run, work: Task[..., None], now: datetime) -> bool:
    """Put a run into the queue, unless another tick just did."""
    mine = type(run).objects.due(now).filter(pk=run.pk).update(queued_at=now)
    if mine:
        work.enqueue(run.pk)
    return bool(mine)
