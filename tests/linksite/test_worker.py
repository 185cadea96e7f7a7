"""A real worker process, killed in the middle, loses and doubles nothing."""

import subprocess
import time
from collections.abc import Callable

import pytest

from linksite import linking, probing, syncing
from linksite.models import Connection, Probe, Reading, Sync

pytestmark = pytest.mark.django_db(transaction=True)


def wait_until(fact: Callable[[], object], seconds: float = 40.0) -> None:
    """Wait until `fact` holds, or fail."""
    end = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def kill_nine(process: subprocess.Popen[bytes]) -> None:
    """End a process as a power cut does."""
    process.kill()
    process.wait()


@pytest.fixture
def connection(live_sandbox, link) -> Connection:
    """A Connection whose Probe is due; its gateway is slow."""
    row = linking.sign_in(
        link,
        company_id="AtelierBrume",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(row, entity_id="100")
    return row


def keys(connection: Connection) -> list[tuple[str, str]]:
    return sorted(connection.records.values_list("dataset", "key"))


def finish(connection: Connection) -> bool:
    """Press Finish, as the page asks now; False before the Probe is done."""
    return probing.finish(connection, seen=probing.question(connection))


def slow_down(sandbox, seconds: float) -> None:
    sandbox.companies["AtelierBrume"].fault = "slow"
    sandbox.companies["AtelierBrume"].delay = seconds


def test_a_probe_killed_in_the_middle_is_done_after_a_restart(
    connection, live_sandbox, start_worker
) -> None:
    slow_down(live_sandbox, 1.0)
    process = start_worker()
    wait_until(lambda: Probe.objects.exclude(lease_until=None).exists())
    kill_nine(process)
    assert Probe.objects.get().finished_at is None

    start_worker()
    wait_until(lambda: Probe.objects.get().finished_at)

    assert probing.is_enough(connection)
    assert live_sandbox.most_at_once("AtelierBrume") == 1


def test_a_sync_killed_in_the_middle_is_done_after_a_restart(
    connection, live_sandbox, start_worker
) -> None:
    slow_down(live_sandbox, 0.5)
    process = start_worker()
    wait_until(lambda: finish(connection))
    wait_until(lambda: Reading.objects.exclude(finished_at=None).count() >= 2)
    kill_nine(process)
    assert Sync.objects.get().finished_at is None

    slow_down(live_sandbox, 0.0)
    start_worker()
    wait_until(lambda: Sync.objects.get().finished_at)

    after_the_kill = keys(connection)
    connection.refresh_from_db()
    syncing.queue(connection)
    wait_until(lambda: not Sync.objects.unfinished().exists())
    assert after_the_kill == keys(connection)
    assert len(after_the_kill) == len(set(after_the_kill)) > 400


def test_two_workers_share_the_work_and_never_meet_at_a_company(
    connection, live_sandbox, start_worker
) -> None:
    slow_down(live_sandbox, 0.05)
    start_worker()
    start_worker()
    wait_until(lambda: finish(connection))

    wait_until(lambda: Sync.objects.exclude(finished_at=None).exists())

    assert live_sandbox.most_at_once("AtelierBrume") == 1
    assert Sync.objects.get().outcome == ""


def test_a_worker_told_to_stop_stops_at_once(start_worker, tmp_path) -> None:
    process = start_worker()
    wait_until(lambda: "Starting worker" in (tmp_path / "worker.log").read_text())

    process.terminate()

    assert process.wait(timeout=5) == 0
