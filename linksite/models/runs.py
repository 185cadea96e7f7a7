"""Background work: the rows that a worker claims."""

import uuid
from datetime import datetime, timedelta
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linksite.models.connections import Connection
from linksite.models.links import LinkRequest


class RunQuerySet(models.QuerySet[Any]):
    """Questions about background runs."""

    def unfinished(self) -> Self:
        """Keep runs that still have to be done."""
        return self.filter(finished_at=None)

    def due(self, now: datetime) -> Self:
        """Keep runs to hand to a worker: due, not leased, not handed over lately."""
        return self.unfinished().filter(
            Q(queued_at=None) | Q(queued_at__lte=now - lease_length()),
            Q(lease_until=None) | Q(lease_until__lte=now),
            due_at__lte=now,
        )


def lease_length() -> timedelta:
    """Return how long a worker may be silent before its run is taken over."""
    return timedelta(seconds=settings.LEASE_SECONDS)


class Run(models.Model):
    """A piece of background work: the row is the truth, a task only names it.

    A worker claims it with a lease; the lease's token guards every later write, so
    a worker that was thought dead cannot write over its successor.
    """

    created_at = models.DateTimeField(auto_now_add=True)
    due_at = models.DateTimeField(default=timezone.now)
    queued_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    # "" while it goes well, else the outcome that ended or delays it.
    outcome = models.CharField(max_length=60, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        abstract = True

    def claim(self) -> bool:
        """Take the lease; return whether this worker got it."""
        now = timezone.now()
        token = uuid.uuid4()
        taken = (
            type(self)
            .objects.filter(pk=self.pk, finished_at=None, due_at__lte=now)
            .filter(Q(lease_until=None) | Q(lease_until__lte=now))
            .update(
                lease_token=token,
                lease_until=now + lease_length(),
                attempts=F("attempts") + 1,
                started_at=Coalesce(F("started_at"), now),
            )
        )
        if taken:
            self.refresh_from_db()
        return bool(taken)

    def keep(self, **fields: Any) -> bool:
        """Write `fields` and prolong the lease; return False if it was lost."""
        return self._write(lease_until=timezone.now() + lease_length(), **fields)

    def finish(self, outcome: str = "", **fields: Any) -> bool:
        """End the run; return False if the lease was lost."""
        return self._write(
            lease_until=None,
            lease_token=None,
            finished_at=timezone.now(),
            outcome=outcome,
            **fields,
        )

    def postpone(self, outcome: str, delay: timedelta) -> bool:
        """Give the run back, due again after `delay`."""
        return self._write(
            lease_until=None,
            lease_token=None,
            queued_at=None,
            due_at=timezone.now() + delay,
            outcome=outcome,
        )

    def _write(self, **fields: Any) -> bool:
        mine = type(self).objects.filter(pk=self.pk, lease_token=self.lease_token)
        written = bool(self.lease_token and mine.update(**fields))
        for name, value in fields.items():
            setattr(self, name, value)
        return written


class Probe(Run):
    """One background check of every Permission that a Connection needs."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="probes"
    )
    # {permission key: {"state", "outcome", "support_id"}}; see probing.Finding.
    results = models.JSONField(default=dict)
    posts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("connection",),
                condition=Q(finished_at=None),
                name="one_open_probe_per_connection",
            ),
        )
        verbose_name = _("Probe")
        verbose_name_plural = _("Probes")

    def __str__(self) -> str:
        return f"{self.connection} #{self.pk}"


class Sync(Run):
    """One reading run over all Datasets of a Connection."""

    class Trigger(models.TextChoices):
        FIRST = "first", _("First reading")
        MANUAL = "manual", _("Started by hand")
        SCHEDULE = "schedule", _("On schedule")

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="syncs"
    )
    trigger = models.CharField(max_length=10, choices=Trigger.choices)
    posts = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("connection",),
                condition=Q(finished_at=None),
                name="one_open_sync_per_connection",
            ),
        )
        verbose_name = _("Sync")
        verbose_name_plural = _("Syncs")

    def __str__(self) -> str:
        return f"{self.connection} #{self.pk}"


class Notice(Run):
    """One mail that a worker sends by itself; that it is a row makes it go out once.

    `about` tells Notices of one kind apart: which day, which Connection, which trouble.
    """

    class Kind(models.TextChoices):
        REMINDER = "reminder", _("Reminder")
        DONE = "done", _("Linked")
        BROKEN = "broken", _("Connection broken, to the customer")
        BROKEN_STAFF = "broken-staff", _("Connection broken, to the Member")
        PROGRESS = "progress", _("A permission was granted")
        READY = "ready", _("Only the last press is left")
        LINKED_STAFF = "linked-staff", _("Linked, to the Member")
        GONE = "gone", _("Disconnected, to the customer")
        GONE_STAFF = "gone-staff", _("Disconnected, to the Member")
        OTHER = "other", _("Another company, to the customer")
        OTHER_STAFF = "other-staff", _("Another company, to the Member")
        REFUSED = "refused", _("Another company refused")
        ANSWERS = "answers", _("Sage Intacct is answering again")
        ON = "on", _("Switched on again")
        HELPED = "helped", _("A colleague is done")

    link_request = models.ForeignKey(
        LinkRequest, on_delete=models.CASCADE, related_name="notices"
    )
    connection = models.ForeignKey(
        Connection, null=True, on_delete=models.CASCADE, related_name="notices"
    )
    kind = models.CharField(max_length=12, choices=Kind.choices)
    about = models.CharField(max_length=40)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.UniqueConstraint(
                fields=("link_request", "kind", "about"), name="one_notice_of_a_kind"
            ),
        )
        verbose_name = _("Notice")
        verbose_name_plural = _("Notices")

    def __str__(self) -> str:
        return f"{self.link_request} {self.kind} {self.about}"
