"""The verbs of a Probe: ask for one, run it, say which Permission is missing."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from linksite import firstlook, intacct, reach, runs, vault
from linksite.models import Connection, Notice, Probe, Sync

# While somebody watches, a Permission granted in Sage Intacct shows within this.
WATCHED_WAIT = timedelta(seconds=10)
FIRST_WAIT = timedelta(seconds=15)
LONGEST_WAIT = timedelta(hours=6)
KEPT = 20
# Somebody who has looked at a page since is told there; longer away, by mail.
AWAY = timedelta(minutes=5)
MOST_MAILS = 3

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

    @property
    def may_be_left_out(self) -> bool:
        """Return whether it is missing, and the customer may go on without it."""
        is_required = intacct.is_required(self.permission)
        return self.state == intacct.MISSING and not is_required


def queue(connection: Connection) -> Probe:
    """Return the open Probe of a Connection, made due now if there is none."""
    probe, _ = Probe.objects.get_or_create(connection=connection, finished_at=None)
    return probe


def check_again(connection: Connection) -> bool:
    """Make the next Probe due now, because a person asks; False if none can be made.

    What was left out counts again, until the customer has finished.
    """
    if not _can_probe(connection):
        return False
    if not connection.linked_at:
        connection.left_out_at = None
        connection.save(update_fields=["left_out_at"])
    _hasten(queue(connection), timezone.now())
    return True


def watch(connection: Connection) -> None:
    """Make the next Probe due soon, because somebody looks at its page."""
    if is_enough(connection) or not _can_probe(connection):
        return
    last = reach.last_probe(connection)
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
        look = firstlook.take(connection, client, checks)
        _conclude(probe, checks, look, client.posts)
        if any(state_of(each) == intacct.MISSING for each in probe.results.values()):
            # What is granted now may count from the next sign-in on (gateway.md §7).
            client.session = None

    runs.conduct(probe, connection, work)


@transaction.atomic
def _conclude(
    probe: Probe, checks: intacct.Checks, look: dict[str, object], posts: int
) -> None:
    connection = probe.connection
    gone_without = set(reach.left_out(connection))
    missed = len(missing(connection))
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
    connection.first_look = look
    connection.save(update_fields=["first_look"])
    if not is_enough(connection):
        _tell_who_left(connection, missed)
    elif connection.linked_at:
        read(connection, gained=gone_without - set(reach.left_out(connection)))
    else:
        _tell_last_press(connection)
    if not is_passed(connection):
        _ask_again_later(connection)
    old = connection.probes.values_list("pk", flat=True)[KEPT:]
    Probe.objects.filter(pk__in=list(old)).delete()


def read(connection: Connection, *, gained: Collection[object] = ()) -> None:
    """Have a Connection read that the customer finished, once staff let it.

    It is read after each sign-in, and when something was `gained` later.
    """
    if not connection.is_linked:
        return
    if not connection.first_linked_at:
        connection.first_linked_at = timezone.now()
        connection.save(update_fields=["first_linked_at"])
    done = connection.syncs.filter(created_at__gte=connection.signed_in_at)
    if done.exists() and not gained:
        return
    trigger = Sync.Trigger.SCHEDULE if gained else Sync.Trigger.FIRST
    Sync.objects.get_or_create(
        connection=connection, finished_at=None, defaults={"trigger": trigger}
    )


@transaction.atomic
def continue_without(connection: Connection) -> bool:
    """Go on without what may be left out; False if something else is missing too."""
    if not may_continue_without(connection):
        return False
    connection.left_out_at = timezone.now()
    connection.save(update_fields=["left_out_at"])
    return True


def _tell_who_left(connection: Connection, missed: int) -> None:
    """Have a customer mailed who left the page, when less is missing than before.

    Once for each number that is left, a few times at most; see notices for what
    stops it.
    """
    left = len(missing(connection))
    told = connection.notices.filter(kind=Notice.Kind.PROGRESS)
    if connection.link_request and 0 < left < missed and told.count() < MOST_MAILS:
        Notice.objects.get_or_create(
            link_request=connection.link_request,
            kind=Notice.Kind.PROGRESS,
            about=f"{connection.pk.hex}:{left}",
            defaults={"connection": connection, "due_at": timezone.now() + AWAY},
        )


def _tell_last_press(connection: Connection) -> None:
    """Have a customer mailed who left before the question that only they can answer.

    Once for each company and Entity.
    """
    if connection.link_request:
        Notice.objects.get_or_create(
            link_request=connection.link_request,
            kind=Notice.Kind.READY,
            about=_about(connection),
            defaults={"connection": connection, "due_at": timezone.now() + AWAY},
        )


def _about(connection: Connection) -> str:
    return f"{connection.pk.hex}:{question(connection)[:7]}"


def is_last_press(connection: Connection, about: str) -> bool:
    """Return whether what that mail is about still waits for the customer."""
    return about == _about(connection) and is_enough(connection)


def question(connection: Connection) -> str:
    """Return what the customer is asked to say yes to, in short, as a page carries it.

    Which company and Entity, then what is gone without.
    """
    where = (connection.pk.hex, connection.intacct_company_id, connection.entity_id)
    without = [permission.key for permission in reach.left_out(connection)]
    digests = [vault.digest("question", repr(each))[:16] for each in (where, without)]
    return ".".join(digests)


@transaction.atomic
def finish(connection: Connection, *, seen: str) -> bool:
    """Link a Connection, because the customer says that it is the right company.

    `seen` is the `question` that their page asked: False if it is another by now, or
    if something is missing again. To say it twice changes nothing.
    """
    row = Connection.objects.live().select_for_update().filter(pk=connection.pk).first()
    if row is None or not row.has_entity:
        return False
    now = question(row)
    if row.linked_at and seen.partition(".")[0] == now.partition(".")[0]:
        return True
    if row.linked_at or row.trouble or seen != now or not is_enough(row):
        return False
    row.linked_at = timezone.now()
    row.save(update_fields=["linked_at"])
    read(row)
    return True


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
    last = reach.last_probe(connection)
    results = last.results if last else {}
    unknown = {"state": CHECKING, "outcome": "", "support_id": ""}
    found = [results.get(each.key, unknown) for each in intacct.PERMISSIONS]
    return [
        Finding(permission, state_of(result), result["outcome"], result["support_id"])
        for permission, result in zip(intacct.PERMISSIONS, found, strict=True)
    ]


def missing(connection: Connection) -> list[Finding]:
    """Return what the last Probe found missing, in the order of the table."""
    return [f for f in findings(connection) if f.state == intacct.MISSING]


def state_of(result: dict[str, str]) -> str:
    """Return the state of one stored result, as a Finding has it."""
    return ABSENT if result["outcome"] == "object_unavailable" else result["state"]


def is_passed(connection: Connection) -> bool:
    """Return whether the last Probe left nothing to grant."""
    return _is_settled([finding.state for finding in findings(connection)])


def _is_settled(states: list[str]) -> bool:
    """Say whether every right is granted but those of what the company lacks."""
    return intacct.GRANTED in states and set(states) <= {intacct.GRANTED, ABSENT}


def is_enough(connection: Connection) -> bool:
    """Return whether nothing is left to grant but what the customer goes without."""
    skipped = reach.left_out(connection)
    found = [f for f in findings(connection) if f.permission not in skipped]
    return _is_settled([finding.state for finding in found])


def may_continue_without(connection: Connection) -> bool:
    """Return whether all that is missing may be left out, and nothing is unknown."""
    found = findings(connection)
    kept = [each.state for each in found if not each.may_be_left_out]
    return len(kept) < len(found) and _is_settled(kept)


def is_everything_missing(connection: Connection) -> bool:
    """Return whether no right at all is there: an empty role, or the wrong type.

    It is then one mistake, not as many as there are Permissions.
    """
    return intacct.all_missing((f.state, f.outcome) for f in findings(connection))


def is_running(connection: Connection) -> bool:
    """Return whether a worker is at it, or will be within seconds."""
    soon = timezone.now() + WATCHED_WAIT / 5
    return connection.probes.unfinished().filter(due_at__lte=soon).exists()
