"""The admin's page for the words of Sage Intacct's screens, beside what is shipped."""

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from linksite import labels
from linksite.models import Label, User

CORRECTED = _("Corrected: %(text)s")


def _field(language: str) -> forms.CharField:
    name = dict(settings.LANGUAGES)[language]
    return forms.CharField(label=name, required=False, max_length=labels.LONGEST)


class LabelForm(forms.ModelForm[Label]):
    """One label in every language; an empty field means what is shipped."""

    en = _field("en")
    fr = _field("fr")

    class Meta:
        model = Label
        fields = ()

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        for code, _name in settings.LANGUAGES:
            self.initial[code] = self.instance.texts.get(code, "")
            words = labels.shipped(self.instance.key, code)
            help_text = _("Leave empty to show what is shipped: %(text)s")
            self.fields[code].help_text = help_text % {"text": words}

    def clean(self) -> dict[str, Any]:
        """Refuse what cannot stand on a page."""
        data = super().clean() or self.cleaned_data
        texts = {code: data.get(code, "") for code, _name in settings.LANGUAGES}
        try:
            labels.check(self.instance.key, texts)
        except ValidationError as wrong:
            self.add_error(None, wrong)
        return data


class LabelAdmin(admin.ModelAdmin[Label]):
    """Every word that our guide takes from Sage Intacct; nobody adds or deletes one."""

    form = LabelForm
    list_display = ("key", "english", "french")
    search_fields = ("key", "texts")
    readonly_fields = ("key", "corrected_at", "corrected_by")
    fields = ("key", "en", "fr", "corrected_at", "corrected_by")
    list_per_page = 200

    @admin.display(description=_("English"))
    def english(self, row: Label) -> str:
        """Return the English text: what is shipped, and the correction if any."""
        return _both(row, "en")

    @admin.display(description=_("French"))
    def french(self, row: Label) -> str:
        """Return the French text: what is shipped, and the correction if any."""
        return _both(row, "fr")

    @admin.display(description=_("Corrected at"))
    def corrected_at(self, row: Label) -> datetime | None:
        """Return when somebody corrected it; listing it is no correction."""
        return row.changed_at if row.changed_by else None

    @admin.display(description=_("Corrected by"))
    def corrected_by(self, row: Label) -> User | None:
        """Return who corrected it last."""
        return row.changed_by

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """List every label, corrected or not."""
        labels.list_all()
        return super().changelist_view(request, extra_context)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Label], search_term: str
    ) -> tuple[QuerySet[Label], bool]:
        """Find labels by any of their words, shipped ones included."""
        wanted = search_term.casefold()
        keys = [row.key for row in queryset if wanted in _all_words(row).casefold()]
        return queryset.filter(key__in=keys), False

    def save_model(
        self, request: HttpRequest, obj: Label, form: Any, change: bool
    ) -> None:
        """Save through the domain."""
        texts = {code: form.cleaned_data[code] for code, _name in settings.LANGUAGES}
        labels.correct(obj, texts=texts, by=request.user)  # type: ignore[arg-type]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse to add: the code says which labels there are."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to delete: emptying the fields brings the shipped text back."""
        return False


def _both(row: Label, language: str) -> str:
    words = labels.shipped(row.key, language)
    text = row.texts.get(language)
    return f"{words} · {CORRECTED % {'text': text}}" if text else words


def _all_words(row: Label) -> str:
    words = (_both(row, code) for code, _name in settings.LANGUAGES)
    return " ".join((row.key, *words))
