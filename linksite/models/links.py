"""One invitation, and who did what with it."""

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linksite.models.clients import Client, Company
from linksite.models.people import User

if TYPE_CHECKING:
    from linksite.models.connections import Connection


class LinkRequestQuerySet(models.QuerySet["LinkRequest"]):
    """Questions about invitations."""

    def open(self) -> Self:
        """Keep those whose Link URLs work now."""
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())


class LinkRequest(models.Model):
    """One invitation of a Company to link its books, and how far it got."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="link_requests"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField(_("works until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    email = models.EmailField(_("invited address"), blank=True)
    emailed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reminders_stopped_at = models.DateTimeField(
        _("reminders stopped"), null=True, blank=True
    )
    language = models.CharField(
        _("language"), max_length=5, blank=True, choices=settings.LANGUAGES
    )
    # When somebody first stayed, and the last time they answered; see visiting.py.
    started_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    may_hand_over_anywhere = models.BooleanField(
        _("may be handed over to any mail domain"), default=False
    )
    # When somebody asked for a new link because this one was dead, oldest first.
    asked = models.JSONField(default=list, editable=False)
    # The six-digit code for a second device.
    code_digest = models.CharField(max_length=64, blank=True, editable=False)
    code_sent_at = models.DateTimeField(null=True, editable=False)
    code_tries = models.PositiveSmallIntegerField(default=0, editable=False)

    # Who looks, while a page is made: never stored here.
    device = ""
    helper = ""  # the colleague who looks, if it is one
    is_proven = False
    _visit: "Visit | None" = None

    objects = LinkRequestQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("Link request")
        verbose_name_plural = _("Link requests")

    def __str__(self) -> str:
        return f"{self.company} ({self.created_at:%Y-%m-%d})"

    @property
    def is_expired(self) -> bool:
        """Whether its time is over."""
        return self.expires_at <= timezone.now()

    @property
    def is_open(self) -> bool:
        """Whether its Link URLs work now."""
        return self.revoked_at is None and not self.is_expired

    @property
    def ended(self) -> "Connection | None":
        """Return the Connection that ended since this invitation was made, if that is
        how things stand.
        """
        last = self.company.connection()
        is_over = last and last.unlinked_at and last.unlinked_at > self.created_at
        return last if is_over else None

    @property
    def contact(self) -> str:
        """Return the address of who invited, to write to; "" if nobody is known."""
        return self.created_by.email if self.created_by else ""

    @property
    def client(self) -> Client:
        """Return the Client who asks."""
        return self.company.client

    @property
    def visit(self) -> "Visit":
        """Return the visit of whoever looks, else the one that counts; maybe new."""
        if self._visit is None:
            counted = self.visits.settled().first()
            self._visit = counted or Visit(link_request=self)
        return self._visit

    @visit.setter
    def visit(self, visit: "Visit") -> None:
        self._visit = visit

    def refresh_from_db(self, *args: Any, **kwargs: Any) -> None:
        """Read the row again, and forget its visit."""
        super().refresh_from_db(*args, **kwargs)
        self._visit = None

    @property
    def integration(self) -> str:
        """Return the accounting system the customer picked, or ""."""
        return self.visit.integration

    @property
    def agreed_at(self) -> datetime | None:
        """Return when the customer agreed."""
        return self.visit.agreed_at

    @property
    def intacct_company_id(self) -> str:
        """Return the company ID the customer entered, or ""."""
        return self.visit.intacct_company_id

    @property
    def confirmed(self) -> dict[str, dict[str, str]]:
        """Return the Steps that were answered, each with when and by whom."""
        done: dict[str, dict[str, str]] = self.visit.done
        return done


class VisitQuerySet(models.QuerySet["Visit"]):
    """Questions about visits."""

    def settled(self) -> Self:
        """Keep those that lasted, as a person's do."""
        return self.filter(settled_at__isnull=False)


class Visit(models.Model):
    """What somebody entered before the sign-in, on one device or several.

    A mail scanner that presses every button makes one of its own, which nobody else
    meets: see docs/decisions/0009.
    """

    link_request = models.ForeignKey(
        LinkRequest, on_delete=models.CASCADE, related_name="visits"
    )
    started_at = models.DateTimeField(default=timezone.now)
    last_seen_at = models.DateTimeField(default=timezone.now)
    settled_at = models.DateTimeField(null=True)
    integration = models.SlugField(blank=True)
    agreed_at = models.DateTimeField(null=True)
    intacct_company_id = models.CharField(max_length=80, blank=True)
    # {slug of a Step: {"at": when, "by": on which device or by whom}}
    done = models.JSONField(default=dict)
    # What stopped the last sign-in (errors.IntacctError.outcome), since when; and
    # what was tried and answered, as troubles.note keeps it.
    trouble = models.CharField(max_length=60, blank=True)
    trouble_at = models.DateTimeField(null=True)
    answer = models.JSONField(default=dict)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ("-last_seen_at", "-id")
        verbose_name = _("visit")
        verbose_name_plural = _("visits")

    def __str__(self) -> str:
        return f"{self.link_request} {self.started_at:%Y-%m-%d %H:%M}"


class Handover(models.Model):
    """Some Steps of a LinkRequest in a colleague's hands, and what became of it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    link_request = models.ForeignKey(
        LinkRequest, on_delete=models.CASCADE, related_name="handovers"
    )
    # Where the answers go. It may move on to a later invitation; this row may not.
    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="handovers")
    # The device it was handed over on, which may see the answers.
    device = models.CharField(max_length=40, blank=True, editable=False)
    email = models.EmailField(_("colleague’s address"))
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    steps = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    opened_at = models.DateTimeField(_("opened"), null=True)
    taken_back_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        ordering = ("-created_at",)
        verbose_name = _("Hand-over")
        verbose_name_plural = _("Hand-overs")

    def __str__(self) -> str:
        return f"{self.link_request} → {self.email}"

    @property
    def is_open(self) -> bool:
        """Whether the colleague's link works now."""
        return self.taken_back_at is None and self.link_request.is_open

    @property
    def is_single(self) -> bool:
        """Whether it is about one Step only."""
        return len(self.steps) == 1


class LinkToken(models.Model):
    """One address of a LinkRequest or a Handover: its token's HMAC, never the token."""

    link_request = models.ForeignKey(
        LinkRequest, null=True, on_delete=models.CASCADE, related_name="tokens"
    )
    handover = models.ForeignKey(
        Handover, null=True, on_delete=models.CASCADE, related_name="tokens"
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            # A colleague's token can never be one of the whole invitation.
            models.CheckConstraint(
                condition=Q(link_request=None, handover__isnull=False)
                | Q(link_request__isnull=False, handover=None),
                name="a_token_opens_one_thing",
            ),
        )
        verbose_name = _("Link token")
        verbose_name_plural = _("Link tokens")

    def __str__(self) -> str:
        return f"{self.link_request or self.handover} {self.created_at:%Y-%m-%d %H:%M}"


class Watch(models.Model):
    """What the gateway shows of the Steps in Sage Intacct while somebody takes them.

    One row a LinkRequest, about one company ID and one Sender ID: another of either
    begins anew. `outcome` is that of the last answer.
    """

    link_request = models.OneToOneField(
        LinkRequest, on_delete=models.CASCADE, related_name="watch"
    )
    intacct_company_id = models.CharField(max_length=80)
    sender_id = models.CharField(max_length=100)
    outcome = models.CharField(max_length=60, blank=True)
    answered_at = models.DateTimeField(null=True)
    # Since when it is seen to be done; empty: not, or not known.
    web_services_at = models.DateTimeField(null=True)
    sender_at = models.DateTimeField(null=True)
    # How often the gateway was asked since `counted_from`, and when last.
    asked = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(null=True)
    counted_from = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("Watch")
        verbose_name_plural = _("Watches")

    def __str__(self) -> str:
        return str(self.link_request)
