"""The verbs of a Probe: ask for one, run it, say which Permission is missing."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from linksite import intacct, runs
from linksite.models import Connection, Probe, Sync

# While somebody watches, a Permission granted in Sage Intacct shows within this.
WATCHED_WAIT = timedelta(seconds=10)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=6)
KEPT = 20

CHECKING = "checking"
# Nothing to grant: the company's subscription does not hold what the right is for.
ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known of one Permission.

    `state` is granted, missing, absent (not in this company's subscription),
    unchecked (could not be checked) or checking.
    """

    permission: intacct.Permission
    state: str
    outcome: str
    support_id: str

    @property
    def datasets(self) -> tuple[intacct.Dataset, ...]:
        """Return the Datasets that need this Permission."""
        return intacct.needed_for(self.permission)


def queue(connection: Connection) -> Probe:
    """Return the open Probe of a Connection, made due now if there is none."""
    probe, _ = Probe.objects.get_or_create(connection=connection, finished_at=None)
    return probe


def check_again(connection: Connection) -> None:
    """Make the next Probe due now, because a person asks."""
    if not _can_probe(connection):
        return
    _hasten(queue(connection), timezone.now())


def watch(connection: Connection) -> None:
    """Make the next Probe due soon, because somebody looks at its page."""
    if connection.linked_at or not _can_probe(connection):
        return
    last = _finished(connection)
    due_at = (last.finished_at or timezone.now()) if last else timezone.now()
    _hasten(queue(connection), due_at + WATCHED_WAIT)


# Only a new sign-in helps: a worker must not try these again by itself.
_HOPELESS = frozenset(
    {"bad_login", "company_expired_demo", "company_unknown_or_sender_inactive"}
)


def _can_probe(connection: Connection) -> bool:
    """Return whether there is an Entity to look at and a login that may work."""
    return (
        connection.has_entity
        and bool(connection.password_sealed)
        and connection.trouble not in _HOPELESS
    )


def _hasten(probe: Probe, due_at: datetime) -> None:
    waiting = Probe.objects.unfinished().filter(pk=probe.pk, lease_until=None)
    waiting.filter(due_at__gt=due_at).update(due_at=due_at, queued_at=None)


def run(probe_id: int) -> None:
    """Run one Probe, if it is due and nobody else does."""
    probe = Probe.objects.select_related("connection__company__client").get(pk=probe_id)
    connection = probe.connection

    def work(client: intacct.Client) -> None:
        client.enter(connection.entity_id or "")
        checks = client.probe(intacct.PERMISSIONS)
        _conclude(probe, checks, client.posts)
        if any(state_of(each) == intacct.MISSING for each in probe.results.values()):
            # What is granted now may count from the next sign-in on (gateway.md §7).
            client.session = None

    runs.conduct(probe, connection, work)


@transaction.atomic
def _conclude(probe: Probe, checks: dict[str, intacct.Check], posts: int) -> None:
    results = {
        key: {
            "state": check.state,
            "outcome": check.outcome,
            "support_id": check.support_id,
        }
        for key, check in checks.items()
    }
    if not probe.finish(results=results, posts=posts):
        raise runs.LeaseLost
    if _is_settled([state_of(result) for result in results.values()]):
        _link(probe.connection)
    else:
        _ask_again_later(probe.connection)
    old = probe.connection.probes.values_list("pk", flat=True)[KEPT:]
    Probe.objects.filter(pk__in=list(old)).delete()


def _link(connection: Connection) -> None:
    """Nothing is left to grant: it is linked, and read after each sign-in."""
    if not connection.linked_at:
        connection.linked_at = timezone.now()
        connection.save(update_fields=["linked_at"])
    if connection.syncs.filter(created_at__gte=connection.signed_in_at).exists():
        return
    Sync.objects.get_or_create(
        connection=connection,
        finished_at=None,
        defaults={"trigger": Sync.Trigger.FIRST},
    )


def _ask_again_later(connection: Connection) -> None:
    """Ask again by ourselves, ever more rarely: nobody may be looking."""
    before = connection.probes.count()
    delay = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(before, 12))
    Probe.objects.create(connection=connection, due_at=timezone.now() + delay)


def latest(connection: Connection) -> Probe | None:
    """Return the newest Probe, finished or not."""
    return connection.probes.first()


def findings(connection: Connection) -> list[Finding]:
    """Return what is known of every Permission, in the order of the table."""
    last = _finished(connection)
    results = last.results if last else {}
    unknown = {"state": CHECKING, "outcome": "", "support_id": ""}
    found = [results.get(each.key, unknown) for each in intacct.PERMISSIONS]
    return [
        Finding(permission, state_of(result), result["outcome"], result["support_id"])
        for permission, result in zip(intacct.PERMISSIONS, found, strict=True)
    ]


def state_of(result: dict[str, str]) -> str:
    """Return the state of one stored result, as a Finding has it."""
    return ABSENT if result["outcome"] == "object_unavailable" else result["state"]


def is_passed(connection: Connection) -> bool:
    """Return whether the last Probe left nothing to grant."""
    return _is_settled([finding.state for finding in findings(connection)])


def _is_settled(states: list[str]) -> bool:
    """Say whether every right is granted but those of what the company lacks."""
    return intacct.GRANTED in states and set(states) <= {intacct.GRANTED, ABSENT}


def is_everything_missing(connection: Connection) -> bool:
    """Return whether no right at all is there: an empty role, or the wrong type.

    It is then one mistake, not as many as there are Permissions.
    """
    return intacct.all_missing((f.state, f.outcome) for f in findings(connection))


def is_running(connection: Connection) -> bool:
    """Return whether a worker is at it, or will be within seconds."""
    soon = timezone.now() + WATCHED_WAIT / 5
    return connection.probes.unfinished().filter(due_at__lte=soon).exists()


def _finished(connection: Connection) -> Probe | None:
    return connection.probes.filter(finished_at__isnull=False, outcome="").first()
