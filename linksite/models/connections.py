"""A Company that is signed in, and what its gateway was asked."""

import uuid
from typing import TYPE_CHECKING, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from linksite.models.clients import Company
from linksite.models.links import LinkRequest

if TYPE_CHECKING:
    from linksite.models.runs import Probe

# The customer said that it is the right company, and nobody has to approve it.
MAY_BE_READ = Q(linked_at__isnull=False, held_at=None)


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Questions about Connections, each the twin of Connection.status."""

    def live(self) -> Self:
        """Keep those that nobody has unlinked."""
        return self.filter(unlinked_at=None)

    def pending(self) -> Self:
        """Keep those signed in that may not be read yet."""
        return self.live().filter(~MAY_BE_READ, trouble="")

    def linked(self) -> Self:
        """Keep those that work."""
        return self.live().filter(MAY_BE_READ, trouble="")

    def troubled(self) -> Self:
        """Keep those that need somebody's attention."""
        return self.live().exclude(trouble="")

    def to_erase(self) -> Self:
        """Keep those whose customer asks to delete what was read, until it is."""
        ended = self.exclude(unlinked_at=None).exclude(erasure_asked_at=None)
        return ended.filter(records__isnull=False)


class Connection(models.Model):
    """A Company signed in to an Integration: sealed login, chosen Entity, facts."""

    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        LINKED = "linked", _("Linked")
        NEEDS_ATTENTION = "needs-attention", _("Needs attention")
        UNLINKED = "unlinked", _("Unlinked")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    company = models.ForeignKey(
        Company, on_delete=models.CASCADE, related_name="connections"
    )
    integration = models.SlugField(default="sage-intacct")
    link_request = models.ForeignKey(
        LinkRequest, null=True, on_delete=models.SET_NULL, related_name="connections"
    )
    intacct_company_id = models.CharField(max_length=80)
    user_id = models.CharField(max_length=80)
    password_sealed = models.TextField(blank=True, editable=False)
    signed_in_at = models.DateTimeField()
    # The entities this user may enter, as [{"id", "name", "currency"}].
    entities = models.JSONField(default=list)
    entity_id = models.CharField(max_length=80, null=True)  # noqa: DJ001 "" is a choice
    entity_name = models.CharField(max_length=200, blank=True)
    # When the customer said that this company and Entity are the right ones: nothing
    # is read before. Another of either is another question; the first yes is kept.
    linked_at = models.DateTimeField(null=True)
    first_linked_at = models.DateTimeField(null=True)
    unlinked_at = models.DateTimeField(null=True)
    # What the company looks like from afar: {"id", "name", "counts", "latest"}.
    first_look = models.JSONField(default=dict, blank=True)
    # When the customer chose to go on without what may be left out.
    left_out_at = models.DateTimeField(null=True)
    # Another Sage Intacct company than before: since when it waits for staff, and
    # what stood here before it.
    held_at = models.DateTimeField(null=True)
    held_from = models.JSONField(default=dict, blank=True)
    erasure_asked_at = models.DateTimeField(null=True)
    # The outcome that stopped it (errors.IntacctError.outcome), and since when.
    trouble = models.CharField(max_length=60, blank=True)
    trouble_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # No column: the last Probe as a page that is being made sees it (linksite.reach).
    still_probe: "Probe | None"

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("company", "integration"),
                condition=Q(unlinked_at=None),
                name="one_live_connection_per_company",
            ),
        )
        verbose_name = _("Connection")
        verbose_name_plural = _("Connections")

    def __str__(self) -> str:
        return f"{self.company} · {self.intacct_company_id}"

    @property
    def status(self) -> "Connection.Status":
        """Return the status that the facts add up to."""
        if self.unlinked_at:
            return self.Status.UNLINKED
        if self.trouble:
            return self.Status.NEEDS_ATTENTION
        return self.Status.LINKED if self.is_linked else self.Status.PENDING

    @property
    def is_linked(self) -> bool:
        """Whether it may be read: the customer said so, and nobody must approve it."""
        return bool(self.linked_at and not self.held_at and not self.unlinked_at)

    @property
    def is_confirmed(self) -> bool:
        """Whether staff say that it is the right company; a test company needs none.

        Whoever sends Records elsewhere must ask this first: docs/decisions/0013.
        """
        expected = self.company.expected_company_id.casefold()
        return self.company.is_test or expected == self.intacct_company_id.casefold()

    @property
    def is_unconfirmed(self) -> bool:
        """Whether it was linked, and staff have yet to say that it is the right one."""
        return bool(self.first_linked_at and not self.held_at and not self.is_confirmed)

    @property
    def has_entity(self) -> bool:
        """Whether the customer has chosen an Entity (the top level is one choice)."""
        return self.entity_id is not None


class SignInBudget(models.Model):
    """The failed sign-ins of one Sage Intacct company and user, known by a hash.

    Sage Intacct locks users out, so failures are counted before they are made.
    """

    digest = models.CharField(max_length=64, unique=True)
    # Unix times of failed sign-ins, and of those under way.
    failures = models.JSONField(default=list)
    # {hash of a refused password: Unix time}
    refused = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("sign-in budget")
        verbose_name_plural = _("sign-in budgets")

    def __str__(self) -> str:
        return self.digest[:8]


class Turn(models.Model):
    """A place in the queue of one Sage Intacct company: who may send a request now."""

    digest = models.CharField(max_length=64)
    slot = models.PositiveSmallIntegerField()
    token = models.UUIDField(null=True)
    taken_until = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=("digest", "slot"), name="one_row_per_slot"),
        )
        verbose_name = _("turn")
        verbose_name_plural = _("turns")

    def __str__(self) -> str:
        return f"{self.digest[:8]} {self.slot}"


class CallLedger(models.Model):
    """What one Sage Intacct company was asked in one month: Sage bills by the call.

    `posts` counts requests that may have reached the gateway, `pages` the functions
    in them that Sage counts: each page of rows is one, whatever the rows.
    """

    intacct_company_id = models.CharField(max_length=80)
    month = models.DateField()  # its first day, in UTC
    posts = models.PositiveBigIntegerField(default=0)
    pages = models.PositiveBigIntegerField(default=0)

    class Meta:
        ordering = ("-month", "intacct_company_id")
        constraints = (
            models.UniqueConstraint(
                fields=("intacct_company_id", "month"), name="one_ledger_per_month"
            ),
        )
        verbose_name = _("call ledger")
        verbose_name_plural = _("call ledgers")

    def __str__(self) -> str:
        return f"{self.intacct_company_id} {self.month:%Y-%m}"
