"""What was read of the books, and how far each reading got."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from linksite.models.connections import Connection
from linksite.models.runs import Sync


class Reading(models.Model):
    """One Dataset's part of one Sync: how far it got and how it ended."""

    sync = models.ForeignKey(Sync, on_delete=models.CASCADE, related_name="readings")
    dataset = models.SlugField()
    # "index of the source:last RECORDNO": where the next page starts.
    cursor = models.CharField(max_length=80, blank=True)
    records = models.PositiveIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(
                fields=("sync", "dataset"), name="one_reading_per_dataset"
            ),
        )
        verbose_name = _("Reading")
        verbose_name_plural = _("Readings")

    def __str__(self) -> str:
        return f"{self.sync} {self.dataset}"


class Record(models.Model):
    """One stored row of a Dataset, with every field as the gateway gave it."""

    connection = models.ForeignKey(
        Connection, on_delete=models.CASCADE, related_name="records"
    )
    dataset = models.SlugField()
    key = models.CharField(max_length=120)
    body = models.JSONField()
    modified = models.CharField(max_length=30, blank=True)
    read_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "dataset", "key"), name="one_record_per_key"
            ),
        )
        verbose_name = _("Record")
        verbose_name_plural = _("Records")

    def __str__(self) -> str:
        return f"{self.dataset} {self.key}"
