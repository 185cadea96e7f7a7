"""The mails a worker sends by itself: reminders, linked, connection broken.

What is due follows from facts, asked anew when a mail is about to go; the row of a
Notice is what makes it go out once, however many workers there are.
"""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings as site
from django.core import signing
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.module_loading import import_string

from linksite import linking, mailing, probing, requesting, returning, runs
from linksite.models import (
    MAY_BE_READ,
    Connection,
    LinkRequest,
    Member,
    Notice,
    User,
)

logger = logging.getLogger(__name__)

Kind = Notice.Kind
DAY = timedelta(days=1)
# After the invitation was mailed; each until the next one is due. On day 10 the Link
# URL may be over: its page then has one button, which mails a new one.
REMINDERS = ((3, 10), (10, 30))
# Somebody who was here a moment ago needs no reminder.
AT_IT = timedelta(hours=1)
# Older news is none: a worker that comes back after weeks keeps it to itself.
NEWS = timedelta(days=7)
SALT = "reminders"


def schedule(now: datetime) -> None:
    """Make a Notice of everything that people have not been told yet."""
    fresh = [*_reminders(now), *_linked(now), *_linked_staff(now), *_broken(now)]
    if fresh:
        Notice.objects.bulk_create(fresh, ignore_conflicts=True)


def _reminders(now: datetime) -> list[Notice]:
    newer = LinkRequest.objects.filter(
        company=OuterRef("company"), created_at__gt=OuterRef("created_at")
    )
    return [
        Notice(link_request=link, kind=Kind.REMINDER, about=str(day))
        for day, end in REMINDERS
        for link in LinkRequest.objects.filter(~Exists(newer), revoked_at=None)
        .filter(Q(last_seen_at=None) | Q(last_seen_at__lte=now - AT_IT))
        .filter(emailed_at__lte=now - day * DAY, emailed_at__gt=now - end * DAY)
        .filter(reminders_stopped_at=None)
        .exclude(company__in=_linked_companies())
        .exclude(notices__in=Notice.objects.filter(about=str(day)))
    ]


def _linked_companies() -> QuerySet[Connection, Any]:
    """Return the Companies whose customer has nothing left to do."""
    rows = Connection.objects.live().filter(linked_at__isnull=False)
    return rows.values("company")


def _linked(now: datetime) -> list[Notice]:
    rows = _untold(Kind.DONE, now)
    return [_about(row, Kind.DONE, str(row.pk)) for row in rows]


def _linked_staff(now: datetime) -> list[Notice]:
    """Ask who invited whether it is the right company; of a test company, nobody."""
    rows = _untold(Kind.LINKED_STAFF, now).filter(company__is_test=False)
    return [_about(row, Kind.LINKED_STAFF, str(row.pk)) for row in rows]


def _untold(kind: Notice.Kind, now: datetime) -> QuerySet[Connection]:
    """Return the linked Connections that nobody was told of in this way."""
    told = Notice.objects.filter(connection=OuterRef("pk"), kind=kind)
    rows = Connection.objects.linked().select_related("link_request")
    return rows.filter(
        ~Exists(told), linked_at__gt=now - NEWS, link_request__isnull=False
    )


def _broken(now: datetime) -> list[Notice]:
    """Tell of each trouble of a linked Connection, but not twice a day."""
    told = Notice.objects.filter(
        Q(created_at__gte=OuterRef("trouble_at")) | Q(created_at__gt=now - DAY),
        connection=OuterRef("pk"),
        kind=Kind.BROKEN,
    )
    rows = (
        Connection.objects.troubled()
        .select_related("link_request")
        .filter(
            ~Exists(told),
            MAY_BE_READ,
            trouble_at__gt=now - NEWS,
            link_request__isnull=False,
        )
    )
    return [
        _about(row, kind, f"{row.trouble_at:%Y-%m-%dT%H:%M:%S.%f}")
        for row in rows
        for kind in (Kind.BROKEN, Kind.BROKEN_STAFF)
    ]


def _about(row: Connection, kind: Notice.Kind, about: str) -> Notice:
    link: Any = row.link_request  # never None: the query asks for that
    return Notice(link_request=link, connection=row, kind=kind, about=about)


def send(notice_id: int) -> None:
    """Send one Notice, if it is due, still true, and nobody else does."""
    notice = Notice.objects.select_related(
        "link_request__company__client", "link_request__created_by", "connection"
    ).get(pk=notice_id)
    if not notice.claim():
        return
    try:
        sent = SENDERS[Kind(notice.kind)](notice)
    except returning.NotYet as wait:
        # Only tries of the mail server are counted.
        notice.keep(attempts=0)
        notice.postpone("not_yet", wait.pause)
    except OSError:
        logger.warning("the mail server did not take %s", notice.pk)
        runs.give_up(notice, "mail_failed")
    except Exception:
        logger.exception("notice %s failed", notice.pk)
        runs.give_up(notice, "unknown_error")
    else:
        notice.finish("" if sent else "not_needed")


def _remind(notice: Notice) -> bool:
    link = notice.link_request
    is_over = link.reminders_stopped_at or link.revoked_at or not link.email
    row = linking.connection(link)
    if is_over or (row and row.linked_at) or not requesting.is_ready(link):
        return False
    place: Callable[[LinkRequest], mailing.Place] = import_string(site.LINK_PLACE)
    mailing.send_reminder(
        link,
        requesting.fresh_url(link),
        place=place(link),
        stop_url=stop_url(link),
        by=_member(link),
    )
    return True


def _customer_told(
    is_true: Callable[[Connection], object], mail: Callable[..., None]
) -> Callable[[Notice], bool]:
    """Return the sender of news to the customer, as long as it is true."""

    def tell(notice: Notice) -> bool:
        link, row = notice.link_request, notice.connection
        if row is None or not link.email or not is_true(row):
            return False
        mail(link, row, by=_member(link))
        return True

    return tell


def _staff_told(
    is_true: Callable[[Connection], object], mail: Callable[..., None]
) -> Callable[[Notice], bool]:
    """Return the sender of news to the Member who invited, as long as it is true."""

    def tell(notice: Notice) -> bool:
        link, row = notice.link_request, notice.connection
        to = _member(link)
        if row is None or to is None or not is_true(row):
            return False
        mail(link, row, to=to)
        return True

    return tell


def _tell_broken(notice: Notice) -> bool:
    """Write to the customer, with the page where it can be put right."""
    link, row = notice.link_request, notice.connection
    if row is None or not _is_broken(row) or link.revoked_at or not link.email:
        return False
    # An address of the old invitation would be over by now.
    newest = link.company.link_requests.open().exclude(email="").first() or link
    link, url = requesting.request_data(
        link.company,
        by=newest.created_by,
        email=newest.email,
        language=newest.language,
    )
    mailing.send_broken(link, url, trouble=row.trouble, by=_member(link))
    return True


def _tell_progress(notice: Notice) -> bool:
    """Write to a customer who left, unless it is old news or they came back."""
    link, row = notice.link_request, notice.connection
    if row is None or row.status != row.Status.PENDING or row.held_at:
        return False
    left = len(probing.missing(row))
    if notice.about != f"{row.pk.hex}:{left}" or not _is_away(notice):
        return False
    url = requesting.fresh_url(link)
    mailing.send_progress(link, url, left=left, by=_member(link))
    return True


def _tell_ready(notice: Notice) -> bool:
    """Write to a customer who left before the question that only they can answer."""
    link, row = notice.link_request, notice.connection
    is_open = row and not (row.linked_at or row.unlinked_at or row.trouble)
    if row is None or not is_open or link.reminders_stopped_at:
        return False
    if not (probing.is_last_press(row, notice.about) and _is_away(notice)):
        return False
    url = requesting.fresh_url(link)
    mailing.send_ready(link, row, url, stop_url=stop_url(link), by=_member(link))
    return True


def _is_away(notice: Notice) -> bool:
    """Return whether the customer can be written to, and did not come back since."""
    link = notice.link_request
    back = link.last_seen_at and link.last_seen_at > notice.due_at - probing.AWAY
    return bool(link.is_open and link.email and not back)


def _tell_refused(notice: Notice) -> bool:
    link = notice.link_request
    if not link.email:
        return False
    mailing.send_refused(link, by=_member(link))
    return True


def _tell_back(notice: Notice) -> bool:
    """Write to who asked, once it is back. Raises returning.NotYet."""
    link = notice.link_request
    if not returning.is_wanted(notice):
        return False
    returning.check(notice)
    place: Callable[[LinkRequest], mailing.Place] = import_string(site.LINK_PLACE)
    mailing.send_back(
        link,
        requesting.fresh_url(link),
        place=place(link),
        is_switched=notice.kind == Kind.ON,
        by=_member(link),
    )
    return True


def _send_gone(link: LinkRequest, row: Connection, *, by: User | None) -> None:
    role_name = requesting.suggested(link).role_name
    sender_id = requesting.sender_id(link)
    mailing.send_gone(link, row, role_name=role_name, sender_id=sender_id, by=by)


def _tell_helped(notice: Notice) -> bool:
    """Write to who handed Steps over that a colleague has done them."""
    link = notice.link_request
    handover = link.handovers.filter(pk=notice.about, taken_back_at=None).first()
    if handover is None or linking.connection(link) or not _is_away(notice):
        return False
    place: Callable[[LinkRequest], mailing.Place] = import_string(site.LINK_PLACE)
    mailing.send_helped(
        link,
        requesting.fresh_url(link),
        handover=handover,
        place=place(link),
        by=_member(link),
    )
    return True


def _is_broken(row: Connection) -> bool:
    return row.status == row.Status.NEEDS_ATTENTION


def _member(link: LinkRequest) -> User | None:
    """Return who invited, if still a Member of the Client that asks."""
    still = Member.objects.filter(
        user=link.created_by, user__is_active=True, client=link.company.client
    )
    return link.created_by if still.exists() else None


def stop_url(link: LinkRequest) -> str:
    """Return the address that stops the reminders, and does nothing else."""
    token = signing.dumps(str(link.pk), salt=SALT)
    return f"{site.SITE_URL}{reverse('onboarding:reminders', args=[token])}"


def behind(token: str) -> LinkRequest | None:
    """Return the invitation whose reminders a stop address is about."""
    try:
        pk = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        return None
    known = LinkRequest.objects.select_related("company__client")
    return known.filter(pk=pk).first()


SENDERS: dict[Notice.Kind, Callable[[Notice], bool]] = {
    Kind.REMINDER: _remind,
    Kind.DONE: _customer_told(
        lambda row: row.status == row.Status.LINKED, mailing.send_done
    ),
    Kind.LINKED_STAFF: _staff_told(
        lambda row: row.is_linked, mailing.send_linked_staff
    ),
    Kind.GONE: _customer_told(lambda row: row.unlinked_at, _send_gone),
    Kind.GONE_STAFF: _staff_told(lambda row: row.unlinked_at, mailing.send_gone_staff),
    Kind.READY: _tell_ready,
    Kind.BROKEN: _tell_broken,
    Kind.BROKEN_STAFF: _staff_told(_is_broken, mailing.send_broken_staff),
    Kind.PROGRESS: _tell_progress,
    Kind.OTHER: _customer_told(lambda row: row.held_at, mailing.send_other),
    Kind.OTHER_STAFF: _staff_told(lambda row: row.held_at, mailing.send_other_staff),
    Kind.REFUSED: _tell_refused,
    Kind.ANSWERS: _tell_back,
    Kind.ON: _tell_back,
    Kind.HELPED: _tell_helped,
}
