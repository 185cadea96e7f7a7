"""Handing Steps over to a colleague, and taking them back.

The colleague gets a link of their own, limited to those Steps: it shows nothing that
was entered, and ends with the invitation or when somebody takes the Steps back.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings as site
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from linksite import linking, mailing, probing, requesting, vault, visiting
from linksite.models import Handover, LinkRequest, LinkToken, Notice

A_DAY = 3
DAY = timedelta(days=1)
PAUSE = timedelta(minutes=10)
COMPANY_ID = "company-id"


class WrongAddress(Exception):
    """This invitation may not be handed over to that address."""


class ToThemself(WrongAddress):
    """It is the invited person's own address."""


class OtherDomain(WrongAddress):
    """It is not at the invited address's mail domain, and staff did not allow it."""


class AlreadyHanded(Exception):
    """A colleague has one of these Steps already."""


class TooMany(Exception):
    """Three a day is the most; there is room again at `retry_at` (aware)."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(retry_at)
        self.retry_at = retry_at


def hand_over(
    link: LinkRequest, *, email: str, language: str, steps: Sequence[str]
) -> Handover:
    """Give Steps to a colleague and mail them a link for these Steps only.

    Raises ToThemself, OtherDomain, AlreadyHanded, TooMany, linking.Closed; or what
    the mail server raises (OSError), and then nothing was handed over.
    """
    refuse_address(link, email)
    with transaction.atomic():
        fresh = visiting.locked(link)
        if not fresh.is_open:
            raise linking.Closed
        if of_step(fresh, steps[0]):
            raise AlreadyHanded
        _refuse_too_many(fresh)
        visiting.settle(fresh)  # a colleague must find what this visit found
        handover = Handover.objects.create(
            link_request=fresh,
            visit=fresh.visit,
            device=link.device,
            email=email,
            language=language,
            steps=list(steps),
        )
        token = _fresh_token(handover)
    try:
        mailing.send_handover(handover, _url(token))
    except OSError:
        handover.delete()  # so that it does not count
        raise
    return handover


def refuse_address(link: LinkRequest, email: str) -> None:
    """Raise ToThemself or OtherDomain if `email` may not be handed anything."""
    if email.casefold() == link.email.casefold():
        raise ToThemself
    if (only := domain(link)) and _domain(email) != only:
        raise OtherDomain


def domain(link: LinkRequest) -> str:
    """Return the one mail domain to hand over to; "" if any will do: staff allowed it,
    or the Link URL was sent to no address that could tell.
    """
    return "" if link.may_hand_over_anywhere else _domain(link.email)


def allow_anywhere(link: LinkRequest, *, on: bool) -> None:
    """Let an invitation be handed over to any mail domain, or no longer."""
    link.may_hand_over_anywhere = on
    link.save(update_fields=["may_hand_over_anywhere"])


def find(token: str) -> Handover | None:
    """Return the Handover behind a colleague's token, open or not."""
    shaped = token if requesting.TOKEN_SHAPE.fullmatch(token) else ""
    rows = Handover.objects.select_related("link_request__company__client", "visit")
    handover = rows.filter(tokens__digest=_digest(shaped)).first()
    return ready(handover) if handover else None


def ready(handover: Handover) -> Handover:
    """Return it with its invitation as the colleague meets that: their answers go to
    the sender's visit, under their name.
    """
    link = handover.link_request
    link.visit, link.device = handover.visit, str(handover.pk)
    link.helper = handover.email
    return handover


def start(handover: Handover) -> None:
    """Note that the colleague pressed Start, once."""
    handover.opened_at = handover.opened_at or timezone.now()
    handover.save(update_fields=["opened_at"])


def is_done(handover: Handover) -> bool:
    """Return whether the facts say that nothing is left of these Steps."""
    if linking.connection(handover.link_request):
        return True  # a sign-in proves them all
    visit = handover.visit
    given = {*visit.done, COMPANY_ID if visit.intacct_company_id else ""}
    return given.issuperset(handover.steps)


def tell(handover: Handover) -> None:
    """Have who handed it over mailed, once, that it is done, unless they come back."""
    Notice.objects.get_or_create(
        link_request=handover.link_request,
        kind=Notice.Kind.HELPED,
        about=str(handover.pk),
        defaults={"due_at": timezone.now() + probing.AWAY},
    )


def of_step(link: LinkRequest, step: str) -> Handover | None:
    """Return who was handed a Step last and still has, or had, it: nobody took it
    back.
    """
    rows = link.handovers.filter(taken_back_at=None)
    return next((row for row in rows if step in row.steps), None)


def was_asked_here(link: LinkRequest, by: str) -> bool:
    """Return whether an answer is that of a colleague whom this very device asked."""
    asked = link.handovers.filter(device=link.device) if link.device else ()
    return by in [str(handover.pk) for handover in asked]


def sent_at(handover: Handover) -> datetime:
    """Return when the last mail with a link went out."""
    newest = handover.tokens.order_by("-created_at").first()
    return newest.created_at if newest else handover.created_at


def may_send_again(handover: Handover) -> bool:
    """Return whether another mail may go: ten minutes apart, three in a day."""
    now = timezone.now()
    lately = handover.tokens.filter(created_at__gt=now - DAY).count()
    return lately < A_DAY and now - sent_at(handover) >= PAUSE


def send_again(handover: Handover) -> bool:
    """Mail a fresh link; the older one keeps working. False if it is too soon."""
    with transaction.atomic():
        row = Handover.objects.select_for_update().get(pk=handover.pk)
        if not (row.is_open and may_send_again(row)):
            return False
        token = _fresh_token(row)
    try:
        mailing.send_handover(row, _url(token))
    except OSError:
        row.tokens.filter(digest=_digest(token)).delete()
        raise
    return True


def take_back(handover: Handover) -> None:
    """End the colleague's links at once; their open pages end with the next click."""
    handover.taken_back_at = handover.taken_back_at or timezone.now()
    handover.save(update_fields=["taken_back_at"])


def _refuse_too_many(link: LinkRequest) -> None:
    lately = link.handovers.filter(created_at__gt=timezone.now() - DAY)
    moments = sorted(lately.values_list("created_at", flat=True))
    if len(moments) >= A_DAY:
        raise TooMany(moments[-A_DAY] + DAY)


def _fresh_token(handover: Handover) -> str:
    token = secrets.token_urlsafe(requesting.TOKEN_BYTES)
    LinkToken.objects.create(handover=handover, digest=_digest(token))
    return token


def _digest(token: str) -> str:
    return vault.digest("hand-over", token)


def _url(token: str) -> str:
    path = reverse("onboarding:open", args=[token])
    return f"{site.SITE_URL}{path}"


def _domain(email: str) -> str:
    return email.rpartition("@")[2].casefold()
