"""The Probe names what is missing, notices what is granted, and bothers nobody."""

from datetime import timedelta

import pytest
from django.utils import timezone

from linksite import intacct, integrations, linking, probing, tasks
from linksite.models import Probe

pytestmark = pytest.mark.django_db

MISSING = ["accounts-payable.bills", "general-ledger.trial-balance"]


@pytest.fixture
def connection(sandbox, link):
    """A Connection to the company whose user lacks two Permissions."""
    row = linking.sign_in(
        link,
        company_id="HarrowTextiles",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    linking.choose_entity(row, entity_id="10")
    return row


def missing(connection) -> list[str]:
    return [
        found.permission.key
        for found in probing.findings(connection)
        if found.state == intacct.MISSING
    ]


def test_exactly_the_two_missing_permissions_are_named(connection, worker) -> None:
    worker()

    assert missing(connection) == MISSING
    assert not probing.is_passed(connection)


def test_a_probe_takes_at_most_four_posts_one_at_a_time(
    connection, sandbox, worker
) -> None:
    before = sandbox.posts("HarrowTextiles")

    worker()

    assert sandbox.posts("HarrowTextiles") - before <= 4
    assert connection.probes.filter(finished_at__isnull=False).get().posts <= 4
    assert sandbox.most_at_once("HarrowTextiles") == 1


def test_a_granted_permission_is_noticed_while_somebody_watches(
    connection, sandbox, worker, later
) -> None:
    worker()
    for key in MISSING:
        sandbox.companies["HarrowTextiles"].grant(key)

    later(seconds=11)
    probing.watch(connection)
    worker()

    assert probing.is_enough(connection)
    assert missing(connection) == []


def test_what_was_missing_is_looked_at_with_a_new_session(
    connection, sandbox, worker
) -> None:
    worker()
    before = len(sandbox.log)

    probing.check_again(connection)
    worker()

    functions = [call.functions for call in sandbox.log[before:]]
    assert functions[0] == ("getAPISession",)


def test_a_granted_permission_is_noticed_when_nobody_watches(
    connection, sandbox, worker, later
) -> None:
    worker()
    for key in MISSING:
        sandbox.companies["HarrowTextiles"].grant(key)

    later(hours=1)
    worker()

    assert probing.is_enough(connection)


def test_watching_does_not_ask_more_than_every_ten_seconds(
    connection, sandbox, worker
) -> None:
    worker()
    before = sandbox.posts("HarrowTextiles")

    for _ in range(20):
        probing.watch(connection)
        worker()

    assert sandbox.posts("HarrowTextiles") == before


def test_the_last_permission_brings_the_question_and_reads_nothing(
    connection, sandbox, worker, later
) -> None:
    for key in MISSING:
        sandbox.companies["HarrowTextiles"].grant(key)

    worker()
    probing.watch(connection)
    later(days=2)
    tasks.tick()
    worker()

    connection.refresh_from_db()
    assert (connection.status, connection.linked_at) == ("pending", None)
    assert not connection.syncs.exists()
    assert connection.probes.count() == 1


def test_a_changed_password_is_tried_once_by_workers(
    connection, sandbox, worker, later
) -> None:
    worker()
    sandbox.companies["HarrowTextiles"].set_password("alderfinch_ws", "another")
    sandbox.companies["HarrowTextiles"].expire_sessions()
    before = sandbox.posts("HarrowTextiles")

    for _ in range(24):
        later(hours=1)
        probing.watch(connection)
        worker()
        connection.refresh_from_db()

    refused = [c for c in sandbox.log[before:] if c.outcome == "bad_login"]
    assert len(refused) == 1
    assert connection.trouble == "bad_login"


def test_a_dead_gateway_is_tried_again_later(connection, sandbox, worker) -> None:
    sandbox.companies["HarrowTextiles"].fault = "down"

    worker()

    probe = connection.probes.get()
    assert probe.finished_at is None
    assert probe.outcome == "transient"
    assert probe.due_at > timezone.now()


def test_a_switched_off_integration_sends_nothing(
    connection, sandbox, worker, member
) -> None:
    settings = integrations.settings_for(connection.company.client)
    integrations.switch(settings, on=False, by=member.user)
    before = sandbox.posts("HarrowTextiles")

    worker()

    assert sandbox.posts("HarrowTextiles") == before
    assert connection.probes.get().outcome == "integration_disabled"


def test_running_a_finished_probe_again_does_nothing(
    connection, sandbox, worker
) -> None:
    worker()
    before = sandbox.posts("HarrowTextiles")

    for probe in Probe.objects.filter(finished_at__isnull=False):
        tasks.run_probe.func(probe.pk)

    assert sandbox.posts("HarrowTextiles") == before


def test_a_worker_that_lost_its_lease_writes_nothing(connection) -> None:
    probe = connection.probes.get()
    probe.claim()
    Probe.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    successor = Probe.objects.get()
    successor.claim()

    assert not probe.finish(results={"stale": True})
    assert successor.finish(results={"fresh": True})
    assert Probe.objects.get().results == {"fresh": True}


def test_any_number_of_ticks_hands_a_probe_over_once(connection) -> None:
    assert [tasks.tick() for _ in range(5)] == [1, 0, 0, 0, 0]


def test_without_an_entity_nothing_is_probed(sandbox, link, worker) -> None:
    row = linking.sign_in(
        link,
        company_id="AtelierBrume",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )

    probing.watch(row)
    probing.check_again(row)
    worker()

    row.refresh_from_db()
    assert row.status == "pending"
    assert not row.probes.exists()


def test_a_mistake_of_ours_does_not_repeat_for_ever(
    connection, worker, monkeypatch
) -> None:
    def fall_over(*args: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(probing, "_conclude", fall_over)

    worker()

    probe = connection.probes.get()
    assert probe.outcome == "unknown_error"
    assert probe.due_at > timezone.now()


def test_a_role_without_any_right_is_told_from_a_few_that_are_missing(
    connection, sandbox, worker
) -> None:
    worker()
    assert not probing.is_everything_missing(connection)

    for permission in intacct.PERMISSIONS:
        sandbox.companies["HarrowTextiles"].revoke(permission.key)
    probing.check_again(connection)
    worker()

    assert probing.is_everything_missing(connection)
