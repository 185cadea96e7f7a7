"""A Sync reads every Dataset whole, comes back from any death, and keeps its rhythm."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from linksite import integrations, linking, records, runs, syncing, tasks
from linksite.models import Reading, Record, Sync

pytestmark = pytest.mark.django_db

COMPANY = "CoopRives"


@pytest.fixture
def connection(sandbox, link, finish):
    """A linked Connection that has been read once."""
    row = linking.sign_in(
        link, company_id=COMPANY, user_id="alderfinch_ws", password="Sandbox-Pass-1"
    )
    finish(row)
    return row


def keys(connection) -> list[tuple[str, str]]:
    return sorted(connection.records.values_list("dataset", "key"))


def test_every_dataset_is_read(connection) -> None:
    counted = records.counts(connection)

    assert set(counted) == {
        "accounts",
        "customers",
        "invoices",
        "suppliers",
        "bills",
        "bank-accounts",
        "trial-balance",
    }
    assert syncing.progress(connection).done == 7
    assert not syncing.progress(connection).is_running


def test_a_record_keeps_every_field_as_the_gateway_gave_it(connection, sandbox) -> None:
    body = connection.records.filter(dataset="invoices").first().body

    assert {"RECORDNO", "CUSTOMERNAME", "TOTALENTERED", "WHENMODIFIED"} <= set(body)
    assert isinstance(body["TOTALENTERED"], str)


def test_reading_again_doubles_nothing(connection, worker) -> None:
    before = keys(connection)

    syncing.queue(connection)
    worker()

    assert keys(connection) == before


def test_many_small_pages_read_the_same_books(connection, worker, monkeypatch) -> None:
    before = keys(connection)
    monkeypatch.setattr(syncing, "PAGE_SIZE", 7)

    syncing.queue(connection)
    worker()

    assert keys(connection) == before


def test_what_is_gone_in_sage_intacct_goes_here(connection, worker) -> None:
    Record.objects.create(
        connection=connection,
        dataset="invoices",
        key="deleted there",
        body={},
        read_at=timezone.now(),
    )

    syncing.queue(connection)
    worker()

    assert ("invoices", "deleted there") not in keys(connection)


@pytest.mark.parametrize("page", range(1, 14, 3))
def test_a_sync_that_died_at_any_page_finishes_with_the_same_books(
    connection, worker, monkeypatch, later, page: int
) -> None:
    before = keys(connection)
    connection.records.all().delete()
    sync = syncing.queue(connection)
    monkeypatch.setattr(syncing, "PAGE_SIZE", 20)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(syncing, "_store_page", dying_at(page))
        tasks.run_sync.func(sync.pk)

    later(seconds=61)
    worker()

    assert keys(connection) == before
    assert Sync.objects.unfinished().count() == 0


class Killed(BaseException):
    """The process is gone, as after kill -9: no code of ours runs any more."""


def dying_at(page: int) -> Callable[..., None]:
    """Return a page storer that dies with the n-th page read but not yet stored."""
    store, seen = syncing._store_page, []

    def die(*args, **kwargs) -> None:
        seen.append(1)
        if len(seen) == page:
            raise Killed
        store(*args, **kwargs)

    return die


def test_a_lost_permission_stops_its_dataset_only(connection, sandbox, worker) -> None:
    sandbox.companies[COMPANY].revoke("accounts-payable.bills")

    syncing.queue(connection)
    worker()

    states = {
        row.dataset.slug: (row.state, row.outcome)
        for row in syncing.progress(connection).datasets
    }
    assert states.pop("bills") == ("failed", "permission_missing")
    assert set(states.values()) == {("done", "")}


def test_records_stay_when_a_permission_is_lost(connection, sandbox, worker) -> None:
    before = keys(connection)
    sandbox.companies[COMPANY].revoke("accounts-payable.bills")

    syncing.queue(connection)
    worker()

    assert keys(connection) == before


def test_an_expired_session_is_renewed_once(connection, sandbox, worker) -> None:
    sandbox.companies[COMPANY].expire_sessions()

    syncing.queue(connection)
    worker()

    assert syncing.latest(connection).outcome == ""


def test_a_session_is_used_again(connection, sandbox, worker) -> None:
    before = len(sandbox.log)

    syncing.queue(connection)
    worker()

    functions = [call.functions for call in sandbox.log[before:]]
    assert ("getAPISession",) not in functions


def test_a_long_sync_gives_way_and_comes_back(
    connection, worker, monkeypatch, sandbox
) -> None:
    monkeypatch.setattr(syncing, "SLICE_SECONDS", -1.0)
    sync = syncing.queue(connection)

    tasks.run_sync.func(sync.pk)

    sync.refresh_from_db()
    assert sync.finished_at is None
    assert sync.lease_until is None
    worker()
    sync.refresh_from_db()
    assert sync.finished_at
    assert Reading.objects.filter(sync=sync).count() == 7


def test_a_continuous_connection_is_read_again_on_schedule(
    connection, worker, later
) -> None:
    later(hours=24, minutes=1)

    tasks.tick()

    assert Sync.objects.unfinished().get().trigger == "schedule"


def test_before_its_time_nothing_is_scheduled(connection, later) -> None:
    later(hours=23)

    tasks.tick()

    assert not Sync.objects.unfinished().exists()


def test_a_one_time_connection_is_read_once_and_its_password_forgotten(
    sandbox, link, finish, member, later
) -> None:
    settings = integrations.settings_for(link.client)
    integrations.choose_mode(
        settings, mode="one-time", refresh_hours=24, by=member.user
    )
    row = linking.sign_in(
        link, company_id=COMPANY, user_id="alderfinch_ws", password="Sandbox-Pass-1"
    )
    finish(row)

    assert row.password_sealed == ""
    with pytest.raises(syncing.CannotSync):
        syncing.queue(row)
    later(days=3)
    tasks.tick()
    assert not Sync.objects.unfinished().exists()


def test_one_request_at_a_time_reaches_a_company(connection, sandbox, worker) -> None:
    syncing.queue(connection)
    worker()

    assert sandbox.most_at_once(COMPANY) == 1


def test_records_of_one_client_never_mix_with_anothers(
    connection, sandbox, make_member, worker
) -> None:
    assert set(Record.objects.values_list("connection", flat=True)) == {connection.pk}


@pytest.mark.parametrize("attempts", range(0, 20, 4))
def test_waits_grow_and_are_never_longer_than_an_hour(attempts: int) -> None:
    assert timedelta(seconds=2) < runs.wait(attempts) <= timedelta(hours=1)


def test_the_gateway_s_own_wait_is_honoured() -> None:
    assert runs.wait(1, asked=600) == timedelta(seconds=600)
