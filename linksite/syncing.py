"""The sync engine: ask for a Sync, run it page by page, say how far it is."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from linksite import intacct, integrations, reach, records, runs
from linksite.models import Connection, IntegrationSettings, Reading, Sync

PAGE_SIZE = 2000  # the gateway's limit: every page is a billed transaction
# After this many seconds a Sync gives way to other work and comes back at once.
SLICE_SECONDS = 20.0

WAITING, READING, DONE, FAILED = "waiting", "reading", "done", "failed"


class CannotSync(Exception):
    """The Connection may not be read, or has no password: the customer must act."""


@dataclass(frozen=True, slots=True)
class DatasetProgress:
    """How far the reading of one Dataset is; `state` is one of the four above."""

    dataset: intacct.Dataset
    records: int
    state: str
    outcome: str
    read_at: datetime | None


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the reading of a Connection is: `done` of `total` Datasets."""

    datasets: list[DatasetProgress]
    is_running: bool
    last_finished_at: datetime | None

    @property
    def done(self) -> int:
        """Return how many Datasets have ended, well or not."""
        return sum(row.state in (DONE, FAILED) for row in self.datasets)

    @property
    def total(self) -> int:
        """Return how many Datasets there are."""
        return len(self.datasets)

    @property
    def seen(self) -> str:
        """Return what a page shows of it, in short: other facts, other text."""
        rows = (f"{row.state}{row.records}" for row in self.datasets)
        return f"{self.is_running}-{'-'.join(rows)}"


def queue(connection: Connection, *, trigger: str = Sync.Trigger.MANUAL) -> Sync:
    """Return the open Sync of a Connection, made due now if there is none.

    Raises CannotSync when the Connection may not be read, or its password was
    forgotten.
    """
    if not (connection.is_linked and connection.password_sealed):
        raise CannotSync
    sync, _ = Sync.objects.get_or_create(
        connection=connection, finished_at=None, defaults={"trigger": trigger}
    )
    return sync


def schedule(now: datetime) -> None:
    """Queue a Sync for every continuous Connection whose last one is old enough."""
    continuous = IntegrationSettings.objects.filter(
        mode=IntegrationSettings.Mode.CONTINUOUS, is_enabled=True
    )
    for settings in continuous:
        before = now - timedelta(hours=settings.refresh_hours)
        stale = (
            Connection.objects.linked()
            .filter(company__client=settings.client, integration=settings.integration)
            .exclude(syncs__finished_at=None, syncs__isnull=False)
            .alias(last=Max("syncs__finished_at"))
            .filter(last__lte=before)
        )
        for connection in stale:
            queue(connection, trigger=Sync.Trigger.SCHEDULE)


def run(sync_id: int, datasets: Sequence[intacct.Dataset] = intacct.DATASETS) -> None:
    """Run one Sync, or a slice of it, if it is due and nobody else does."""
    sync = Sync.objects.select_related("connection__company__client").get(pk=sync_id)
    if not sync.connection.is_linked:
        if sync.claim():
            sync.finish("cancelled")
        return
    skipped = reach.datasets_left_out(sync.connection)
    wanted = [dataset for dataset in datasets if dataset not in skipped]

    def work(client: intacct.Client) -> None:
        _read_all(sync, client, wanted)

    runs.conduct(sync, sync.connection, work)


def _read_all(
    sync: Sync, client: intacct.Client, datasets: Sequence[intacct.Dataset]
) -> None:
    client.enter(sync.connection.entity_id or "")
    posts_before, end = sync.posts, time.monotonic() + SLICE_SECONDS
    for dataset in datasets:
        reading, _ = Reading.objects.get_or_create(sync=sync, dataset=dataset.slug)
        while reading.finished_at is None:
            _read_page(sync, reading, dataset, client)
            if not sync.keep(posts=posts_before + client.posts, attempts=0):
                raise runs.LeaseLost
            if time.monotonic() > end:
                sync.postpone("", timedelta())
                return
    _conclude(sync)


def _read_page(
    sync: Sync, reading: Reading, dataset: intacct.Dataset, client: intacct.Client
) -> None:
    """Read the page at the cursor; rows, cursor and end go in together."""
    index, _, after = reading.cursor.partition(":")
    number = int(index or 0)
    source = dataset.sources[number]
    try:
        page = client.read(source, after=after, page_size=PAGE_SIZE)
    except intacct.PermissionMissing as error:
        _end(reading, error.outcome)
        return
    _store_page(sync, reading, dataset, number, page)


@transaction.atomic
def _store_page(
    sync: Sync,
    reading: Reading,
    dataset: intacct.Dataset,
    number: int,
    page: intacct.Page,
) -> None:
    # The lease is checked inside the transaction: a worker that lost it writes nothing.
    if not sync.keep():
        raise runs.LeaseLost
    source, now = dataset.sources[number], timezone.now()
    rows = [
        (_key(source, row), row, row.get("WHENMODIFIED") or "") for row in page.rows
    ]
    records.store(sync.connection, dataset.slug, rows, read_at=now)
    reading.started_at = reading.started_at or now
    reading.records += len(rows)
    if not page.is_last:
        reading.cursor = f"{number}:{page.cursor}"
    elif number + 1 < len(dataset.sources):
        reading.cursor = f"{number + 1}:"
    else:
        records.sweep(sync.connection, dataset.slug, before=_began(sync))
        _end(reading, "")
        return
    reading.save()


def _end(reading: Reading, outcome: str) -> None:
    reading.outcome = outcome
    reading.finished_at = timezone.now()
    reading.save()


def _key(source: intacct.Source, row: dict[str, str | None]) -> str:
    return row.get(source.key) or ""


def _began(sync: Sync) -> datetime:
    return sync.started_at or sync.created_at


@transaction.atomic
def _conclude(sync: Sync) -> None:
    if not sync.finish():
        raise runs.LeaseLost
    connection = sync.connection
    settings = integrations.settings_for(connection.company.client)
    if settings.is_one_time:
        connection.password_sealed = ""
        connection.save(update_fields=["password_sealed"])


def latest(connection: Connection) -> Sync | None:
    """Return the newest Sync, finished or not."""
    return connection.syncs.first()


def progress(connection: Connection) -> Progress:
    """Return how far the reading of every Dataset is."""
    sync = latest(connection)
    running = bool(sync and sync.finished_at is None)
    finished = connection.syncs.filter(finished_at__isnull=False)
    last = finished.first()
    # A Sync that was refused at sign-in read nothing: what came before still stands.
    read = finished.filter(readings__isnull=False).first()
    readings = Reading.objects.filter(
        Q(sync=sync) | Q(sync=read), sync__connection=connection
    )
    newest = {row.dataset: row for row in readings.order_by("sync_id", "id")}
    counted = records.counts(connection)
    skipped = reach.datasets_left_out(connection)
    rows = [
        _progress_of(dataset, newest.get(dataset.slug), counted.get(dataset.slug, 0))
        for dataset in intacct.DATASETS
        if dataset not in skipped
    ]
    return Progress(rows, running, last.finished_at if last else None)


def _progress_of(
    dataset: intacct.Dataset, reading: Reading | None, number: int
) -> DatasetProgress:
    if reading is None:
        return DatasetProgress(dataset, number, WAITING, "", None)
    if reading.finished_at is None:
        state = READING
    else:
        state = FAILED if reading.outcome else DONE
    return DatasetProgress(dataset, number, state, reading.outcome, reading.finished_at)
