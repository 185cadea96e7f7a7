"""A new link for somebody who holds a dead one, without telling them any more."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from linksite import integrations, mailing, requesting
from linksite.models import Company, LinkRequest
from linksite.visiting import KEPT_FOR

PAUSE = timedelta(minutes=10)
DAY = timedelta(days=1)
PER_DAY = 3

log = logging.getLogger(__name__)


def ask(link: LinkRequest) -> None:
    """Mail a fresh Link URL to the invited address, and tell the staff who invited.

    Nothing is mailed to whoever asks, and they see the same answer in every case.
    A link that staff revoked stays dead: taking it back was their decision, and a
    button for everyone who holds the address must not undo it. So staff are asked
    instead, and send the new link themselves. At most once in ten minutes and three
    times a day; more is ignored.
    """
    if not _note(link):
        return
    try:
        mailing.send_asked(link, is_sent=_may_be_sent(link) and _send(link))
    except OSError:  # staff see in the Portal that it was asked
        log.exception("A new link could not be mailed")


def asked_at(company: Company) -> datetime | None:
    """Return when somebody last asked for a new link for a Company."""
    times = [link.asked[-1] for link in company.link_requests.all() if link.asked]
    return datetime.fromisoformat(max(times)) if times else None


def _note(link: LinkRequest) -> bool:
    now = timezone.now()
    with transaction.atomic():
        row = LinkRequest.objects.select_for_update().get(pk=link.pk)
        asked = [datetime.fromisoformat(at) for at in row.asked]
        recent = [at for at in asked if now - at < DAY]
        if len(recent) >= PER_DAY or any(now - at < PAUSE for at in recent):
            return False
        row.asked = [at.isoformat() for at in [*recent, now]]
        row.save(update_fields=["asked"])
    return True


def _may_be_sent(link: LinkRequest) -> bool:
    """Return whether nobody but the invited address could profit, or has to agree."""
    newest = link.company.link_requests.first()
    is_theirs = newest is not None and newest.email in ("", link.email)
    is_young = timezone.now() - link.expires_at < KEPT_FOR
    is_revoked = link.revoked_at or (newest and newest.revoked_at)
    return bool(link.email and is_theirs and is_young and not is_revoked)


def _send(link: LinkRequest) -> bool:
    by = link.created_by
    if by is None or not integrations.settings_for(link.client).is_ready:
        return False
    new, url = requesting.request_data(
        link.company, by=by, email=link.email, language=link.language
    )
    language = link.language or by.language or "en"
    mailing.send_link(new, url, to=link.email, language=language, by=by)
    return True
