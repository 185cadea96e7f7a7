"""“Email me when it is back”: who may ask, what is asked, and whether it is back.

What was asked is a Notice, so it goes out once, to the invited address or not at all.
Whether the gateway is back, a worker asks it as a user who cannot exist.
"""

from datetime import timedelta

from django.conf import settings as site
from django.db import transaction
from django.utils import timezone

from linksite import intacct, integrations, troubles, visiting
from linksite.models import Connection, IntegrationSettings, LinkRequest, Notice

Kind = Notice.Kind

# What a sign-in ends with when no Sage Intacct was there to judge it.
SILENCE = frozenset(
    {"transient", "unknown_outcome", "malformed_response", "transport_blocked"}
)
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(minutes=15)
# Of the gateway nobody asks longer; the switch costs nothing to look at.
PATIENCE = timedelta(days=3)


class NotYet(Exception):
    """It is not back; look again after `pause`."""

    def __init__(self, pause: timedelta) -> None:
        super().__init__(pause)
        self.pause = pause


def may_ask(link: LinkRequest) -> bool:
    """Return whether something is away, and somebody can be told when it is back."""
    return bool(_missing(link) and link.email and not is_over(link))


def is_asked(link: LinkRequest) -> bool:
    """Return whether a mail is promised for what is away now."""
    kind = _missing(link)
    return kind is not None and _promised(link, kind)


def ask(link: LinkRequest) -> None:
    """Promise the invited address a mail; asked again, it is still one mail.

    Of a silent gateway once per sign-in that it left unanswered: who presses the
    button again and again, as a robot does, gets no second mail.
    """
    with transaction.atomic():
        fresh = visiting.locked(link)
        kind = _missing(fresh)
        if kind is None or not may_ask(fresh) or _promised(fresh, kind):
            return
        now = timezone.now()
        about = now.isoformat()
        if kind == Kind.ANSWERS:
            about = fresh.visit.answer.get("at", about)
        Notice.objects.get_or_create(
            link_request=fresh,
            kind=kind,
            about=about,
            defaults={"due_at": now + SHORTEST},
        )


def is_over(link: LinkRequest) -> bool:
    """Return whether nobody waits any more: linked, revoked or expired."""
    row = link.company.connections.live().first()
    is_linked = row is not None and row.status == Connection.Status.LINKED
    return is_linked or not link.is_open


def is_wanted(notice: Notice) -> bool:
    """Return whether what was asked is still of use."""
    link = notice.link_request
    if is_over(link) or not link.email:
        return False
    if notice.kind == Kind.ON:
        return True
    row = link.company.connections.live().first()
    has_signed_in = row is not None and row.signed_in_at > notice.created_at
    is_late = timezone.now() - notice.created_at > PATIENCE
    return site.LIVE_WATCH and not has_signed_in and not is_late


def check(notice: Notice) -> None:
    """Look whether it is back. Raises NotYet."""
    settings = integrations.settings_for(notice.link_request.client)
    pause = _pause(notice)
    if not settings.is_ready:
        raise NotYet(pause)
    if notice.kind == Kind.ANSWERS:
        _knock(settings, _company_id(notice.link_request), pause)
        _forget_silence(notice.link_request)


def _missing(link: LinkRequest) -> Notice.Kind | None:
    if not integrations.settings_for(link.client).is_ready:
        return Kind.ON
    is_silent = link.visit.trouble in SILENCE and bool(_company_id(link))
    # Without the made-up user, nothing of ours would notice that it answers.
    return Kind.ANSWERS if is_silent and site.LIVE_WATCH else None


def _company_id(link: LinkRequest) -> str:
    row = link.company.connections.live().first()
    return link.intacct_company_id or (row.intacct_company_id if row else "")


def _promised(link: LinkRequest, kind: Notice.Kind) -> bool:
    return Notice.objects.unfinished().filter(link_request=link, kind=kind).exists()


def _pause(notice: Notice) -> timedelta:
    """Return how long to leave it in peace: ever longer, as the wait grows."""
    waited = timezone.now() - notice.created_at
    return min(LONGEST, max(SHORTEST, waited / 4))


def _forget_silence(link: LinkRequest) -> None:
    """Let no page say any more that nobody answers."""
    if link.visit.trouble in SILENCE:
        troubles.mended(link)


def _knock(settings: IntegrationSettings, company_id: str, pause: timedelta) -> None:
    """Send one sign-in of a made-up user; whatever refuses it is back."""
    gateway = integrations.client_for_stranger(settings, company_id)
    try:
        with gateway:
            gateway.sign_in()
    except intacct.GatewayUnavailable as failure:
        raise NotYet(max(pause, timedelta(seconds=failure.retry_after or 0))) from None
    except intacct.IntacctError as refusal:
        integrations.note_answer(settings, refusal)
