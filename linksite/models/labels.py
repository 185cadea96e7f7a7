"""The words on Sage Intacct's screens that staff have corrected."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from linksite.models.people import User


class Label(models.Model):
    """A word on Sage Intacct's screens, or the way to a page there, as staff put it.

    `texts` holds {language: text}; a language that is not there has the shipped text.
    """

    key = models.CharField(_("label"), primary_key=True, max_length=80, editable=False)
    texts = models.JSONField(default=dict, blank=True, editable=False)
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    class Meta:
        ordering = ("key",)
        verbose_name = _("label of Sage Intacct")
        verbose_name_plural = _("labels of Sage Intacct")

    def __str__(self) -> str:
        return self.key
