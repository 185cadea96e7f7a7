"""Another Sage Intacct company than before: nothing is read until staff approve it."""

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from linksite.models import Company, Connection, Notice, Probe, Record, Sync, User


def known_company_id(company: Company) -> str:
    """Return the ID of the Sage Intacct company that was linked before; "" if none."""
    live = company.connections.live().first()
    if live and live.held_at:
        return str(live.held_from["company_id"])
    linked = company.connections.exclude(first_linked_at=None).order_by("-created_at")
    row = live if live and live.first_linked_at else linked.first()
    return row.intacct_company_id if row else ""


def hold(row: Connection, *, known: str) -> None:
    """Make a Connection wait for staff; the caller gives it its new login and saves it.

    What stood in it before is kept aside, for staff who refuse.
    """
    if not row.held_from:
        row.held_from = {"company_id": known}
        if row.first_linked_at:
            row.held_from |= {
                "user_id": row.user_id,
                "entity_id": row.entity_id,
                "entity_name": row.entity_name,
                "linked_at": row.linked_at.isoformat() if row.linked_at else None,
            }
    row.held_at = timezone.now()
    row.syncs.unfinished().delete()


def tell(row: Connection) -> None:
    """Have the customer and who invited them mailed that a Connection waits."""
    for kind in (Notice.Kind.OTHER, Notice.Kind.OTHER_STAFF):
        _notice(row, kind, connection=row)


def _notice(row: Connection, kind: Notice.Kind, **more: Connection) -> None:
    if row.link_request and row.held_at:
        about = f"{row.held_at:%Y-%m-%dT%H:%M:%S.%f}"
        Notice.objects.get_or_create(
            link_request=row.link_request, kind=kind, about=about, defaults=more
        )


def release(row: Connection) -> None:
    """Let a Connection be what it was before it was held; the caller saves it."""
    before = row.held_from
    linked_at = before.get("linked_at")
    row.linked_at = parse_datetime(linked_at) if linked_at else None
    if "linked_at" in before:
        row.intacct_company_id = before["company_id"]
        row.user_id = before["user_id"]
        row.entity_id, row.entity_name = before["entity_id"], before["entity_name"]
    row.held_at, row.held_from = None, {}


@transaction.atomic
def approve(row: Connection, *, company_id: str, by: User | None = None) -> bool:
    """Let a held Connection be read; what was read of the other company goes.

    `company_id` is the one that staff saw: False if it waits no more, or if the
    customer signed in to yet another one meanwhile. The customer must have finished,
    too, before anything is read; which is first does not matter.
    """
    held = Connection.objects.filter(pk=row.pk, held_at__isnull=False, unlinked_at=None)
    if not held.filter(intacct_company_id=company_id).update(
        held_at=None, held_from={}
    ):
        return False
    row.refresh_from_db()
    _expect(row.company, company_id, by)
    row.syncs.all().delete()
    Record.objects.filter(connection__company=row.company).delete()
    if row.has_entity:
        row.probes.unfinished().delete()
        Probe.objects.create(connection=row)
    return True


def confirm(row: Connection, *, company_id: str, by: User) -> bool:
    """Note that staff say it is the right company; False if they saw another one."""
    found = _unconfirmed(row, company_id)
    if found:
        _expect(found.company, company_id, by)
    return found is not None


def expect(company: Company, *, company_id: str) -> None:
    """Note which Sage Intacct company staff expect; "" is none in particular."""
    company.expected_company_id = company_id.strip()
    company.save(update_fields=["expected_company_id"])


def _expect(company: Company, company_id: str, by: User | None) -> None:
    company.expected_company_id = company_id
    company.confirmed_at, company.confirmed_by = timezone.now(), by
    company.save(update_fields=["expected_company_id", "confirmed_at", "confirmed_by"])


def _unconfirmed(row: Connection, company_id: str) -> Connection | None:
    live = Connection.objects.live().filter(pk=row.pk, held_at=None)
    found = live.filter(intacct_company_id=company_id).first()
    return found if found and not found.is_confirmed else None


@transaction.atomic
def reject(row: Connection, *, company_id: str) -> bool:
    """End an unconfirmed Connection: its password and what was read of it go.

    `company_id` is the one that staff saw: False if it is another by now.
    """
    found = _unconfirmed(row, company_id)
    if found is None:
        return False
    if found.link_request:
        about = f"{found.pk.hex}"
        found.link_request.notices.get_or_create(kind=Notice.Kind.REFUSED, about=about)
    found.delete()
    return True


@transaction.atomic
def erase(company: Company) -> None:
    """Delete what was read of a Company, and that the customer asked for it."""
    Record.objects.filter(connection__company=company).delete()
    Sync.objects.filter(connection__company=company).delete()
    company.connections.update(erasure_asked_at=None, first_look={})


@transaction.atomic
def refuse(row: Connection) -> bool:
    """End a held Connection and erase its password; what was read before stays."""
    waiting = Connection.objects.select_for_update().filter(pk=row.pk)
    held = waiting.filter(held_at__isnull=False, unlinked_at=None).first()
    if held is None:
        return False
    _notice(held, Notice.Kind.REFUSED)
    if "linked_at" not in held.held_from:
        held.delete()
        return True
    release(held)
    held.unlinked_at, held.password_sealed = timezone.now(), ""
    held.entities, held.first_look = [], {}
    held.save()
    held.probes.all().delete()
    return True
