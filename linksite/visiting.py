"""The visits of an invitation: what was entered, when, and on which device.

Each browser that presses Start begins a visit of its own, until one has lasted as a
person's does: from then on other devices join that one. So a robot that presses
every button at once leaves nothing behind; see docs/decisions/0009.
"""

from datetime import timedelta
from typing import Any

from django.conf import settings as site
from django.db import transaction
from django.utils import timezone

from linksite.models import Company, LinkRequest, Visit, Watch

HASTY_KEPT = 20
SEEN_PAUSE = timedelta(minutes=1)
KEPT_FOR = timedelta(days=90)


def start(link: LinkRequest, *, visit_id: int | None = None) -> bool:
    """Begin a visit, go on with one's own, or join the one that counts.

    Returns whether it was joined: whoever presses Start resumes on another device.
    """
    own = link.visits.filter(pk=visit_id).first() if visit_id else None
    counted = own or link.visits.settled().first()
    if counted is None:
        counted = Visit.objects.create(link_request=link)
        _drop_hasty(link)
    link.visit = counted
    _save(link)
    return own is None and bool(counted.done)


def locked(link: LinkRequest) -> LinkRequest:
    """Return the invitation as it stands now; until the transaction ends it stays so.

    Every answer of one Company waits for the one before it, whoever gives it.
    """
    rows = Company.objects.select_for_update(no_key=True, of=("self",))
    company = rows.select_related("client").get(pk=link.company_id)
    fresh = LinkRequest.objects.get(pk=link.pk)
    fresh.company, fresh.device, fresh.is_proven = company, link.device, link.is_proven
    fresh.helper = link.helper
    if link.visit.pk:
        fresh.visit = link.visits.filter(pk=link.visit.pk).first() or link.visit
    return fresh


def choose_software(link: LinkRequest, *, integration: str) -> None:
    """Note the accounting system the customer picked."""
    note(link, "software", integration=integration)


def agree(link: LinkRequest) -> None:
    """Note the customer's consent, once."""
    note(link, "before-you-start", agreed_at=link.agreed_at or timezone.now())


def give_company_id(link: LinkRequest, *, company_id: str) -> None:
    """Keep the Sage Intacct company ID for the sign-in page."""
    note(link, "company-id", intacct_company_id=company_id)


def confirm(link: LinkRequest, *, step: str) -> None:
    """Note that the customer says a Step in Sage Intacct is done."""
    note(link, step)


def unconfirm(link: LinkRequest, *, step: str) -> None:
    """Note that the gateway says a Step in Sage Intacct is not done after all."""
    with transaction.atomic():
        link.visit = _own_row(link)
        link.visit.done.pop(step, None)
        _save(link, "done")
        # What was seen before is over, too; the next look tells how it is now.
        seen = Watch.objects.filter(link_request=link)
        seen.update(outcome="", answered_at=None, web_services_at=None, sender_at=None)


def note(link: LinkRequest, step: str, *, by: str = "", **entered: Any) -> None:
    """Note that a Step was answered now, and what was entered.

    `by` names who did it, if that is not the visitor's device.
    """
    with transaction.atomic():
        link.visit = _own_row(link)
        at = timezone.now().isoformat()
        link.visit.done[step] = {
            "at": at,
            "by": by or link.device,
            "who": by or link.helper,
        }
        for name, value in entered.items():
            setattr(link.visit, name, value)
        _save(link, "done", *entered)


def keep(link: LinkRequest, **facts: Any) -> None:
    """Keep in the visit what became of an answer."""
    with transaction.atomic():
        link.visit = _own_row(link)
        for name, value in facts.items():
            setattr(link.visit, name, value)
        _save(link, *facts)


def is_hasty(link: LinkRequest) -> bool:
    """Return whether all of this visit took less time than a person can need."""
    age = timezone.now() - link.visit.started_at
    return link.visit.settled_at is None and age < _settle_time() / 3


def settle(link: LinkRequest) -> None:
    """Note that a person is there: this visit is the one that others join."""
    link.visit.settled_at = link.visit.settled_at or timezone.now()
    _save(link)


def seen(link: LinkRequest) -> None:
    """Note that somebody looks at a page that asks by itself, once a minute at most."""
    now = timezone.now()
    if link.last_seen_at is None or now - link.last_seen_at >= SEEN_PAUSE:
        settle(link)


def inherit(link: LinkRequest) -> None:
    """Give a new invitation what was entered under the one before it."""
    since = timezone.now() - KEPT_FOR
    older = Visit.objects.settled().filter(
        link_request__company=link.company_id, last_seen_at__gte=since
    )
    if visit := older.first():
        visit.link_request = link
        visit.save(update_fields=["link_request"])
        link.started_at, link.last_seen_at = visit.started_at, visit.last_seen_at
        link.save(update_fields=["started_at", "last_seen_at"])


def _settle_time() -> timedelta:
    return timedelta(seconds=site.SETTLE_SECONDS)


def _own_row(link: LinkRequest) -> Visit:
    """Return the visit as it stands now, kept for this transaction."""
    rows = Visit.objects.select_for_update().filter(pk=link.visit.pk)
    return rows.first() or Visit.objects.create(link_request=link)


def _save(link: LinkRequest, *fields: str) -> None:
    """Write what was changed and no more, and when."""
    visit, now = link.visit, timezone.now()
    visit.last_seen_at = now
    if visit.settled_at is None and now - visit.started_at >= _settle_time():
        visit.settled_at = now
    visit.save(update_fields=[*fields, "last_seen_at", "settled_at"])
    if visit.settled_at:
        link.started_at = link.started_at or visit.started_at
        link.last_seen_at = now
        link.save(update_fields=["started_at", "last_seen_at"])


def _drop_hasty(link: LinkRequest) -> None:
    """Forget the oldest visits that never lasted, if there are many."""
    hasty = link.visits.filter(settled_at=None).order_by("-started_at", "-id")
    keep = list(hasty.values_list("pk", flat=True)[:HASTY_KEPT])
    hasty.exclude(pk__in=keep).delete()
