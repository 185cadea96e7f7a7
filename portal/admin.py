"""The admin: Solutions Engineers make Clients and Members, and look at every row."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth import password_validation
from django.contrib.auth.models import Group
from django.db import models
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from linksite import integrations
from linksite.models import (
    Branding,
    Client,
    IntegrationSettings,
    Label,
    Member,
    User,
)
from portal import inviting
from portal.forms import BrandingForm
from portal.labels import LabelAdmin

admin.site.site_header = _("Solutions Engineers")
admin.site.site_title = _("Solutions Engineers")
admin.site.index_title = _("Clients, Members, and every row for support")

# Never on a page: sealed secrets, and what recognises one.
SECRET = ("sealed", "digest", "password", "refused", "token")


def visible(model: type[models.Model]) -> list[str]:
    """Return the names of a model's own fields that hold no secret and no picture."""
    return [
        field.name
        for field in model._meta.fields
        if not any(word in field.name for word in SECRET)
        and not isinstance(field, models.BinaryField)
    ]


class ReadOnlyAdmin(admin.ModelAdmin[Any]):
    """A table to look at: nothing is added, changed or deleted here."""

    list_per_page = 50
    show_full_result_count = False

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Show every field that holds no secret."""
        return visible(self.model)

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """List the first few of them; a Record's body is too long for a list."""
        return [
            "__str__",
            *[name for name in visible(self.model) if name != "body"][:6],
        ]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Refuse to add."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to change."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to delete."""
        return False


class UserForm(forms.ModelForm[User]):
    """A person, with a first password when they are new; it is never shown back."""

    password1 = forms.CharField(
        label=_("First password"),
        strip=False,
        required=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_(
            "Empty: the password stays. A new Member is mailed a link to choose one."
        ),
    )

    class Meta:
        model = User
        fields = ("email", "name", "language", "is_staff", "is_superuser", "is_active")

    def clean_email(self) -> str:
        """Keep addresses in lower case, as sign-in compares them."""
        return str(self.cleaned_data["email"]).lower()

    def clean_password1(self) -> str:
        """Check a password the way the site checks them all."""
        password: str = self.cleaned_data["password1"]
        if password:
            password_validation.validate_password(password, self.instance)
        return password


@admin.register(User)
class UserAdmin(admin.ModelAdmin[User]):
    """People who sign in."""

    form = UserForm
    list_display = ("email", "name", "is_staff", "is_active")
    search_fields = ("email", "name")
    ordering = ("email",)
    actions = (inviting.send_invitations,)

    def save_model(
        self, request: HttpRequest, obj: User, form: Any, change: bool
    ) -> None:
        """Keep the password's hash only."""
        password = form.cleaned_data.get("password1")
        if password:
            obj.set_password(password)
        elif not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)


class MemberInline(admin.StackedInline[Member, Client]):
    """The Members of a Client."""

    model = Member
    extra = 1


class BrandingInline(admin.StackedInline[Branding, Client]):
    """How the Client shows itself in Link."""

    model = Branding
    form = BrandingForm
    fieldsets = (
        (_("Logo and colour"), {"fields": ("logo", "without_logo", "accent")}),
        (
            _("Support contact"),
            {"fields": ("support_email", "support_phone", "support_text")},
        ),
        (_("Privacy text"), {"fields": ("privacy_en", "privacy_fr")}),
        (_("Emails and return"), {"fields": ("mail_name", "return_url")}),
    )


@admin.register(Client)
class ClientAdmin(admin.ModelAdmin[Client]):
    """Tenants; deleting one would delete books, so it is not offered."""

    fields = ("name", "requests_at_once")
    list_display = ("name", "created_at")
    search_fields = ("name",)
    inlines = (MemberInline, BrandingInline)

    def save_formset(
        self, request: HttpRequest, form: Any, formset: Any, change: bool
    ) -> None:
        """Invite who has become a Member."""
        super().save_formset(request, form, formset, change)
        if formset.model is Member:
            inviting.invite_new(request, formset)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to delete a Client with all that was read."""
        return False


class PrefillForm(forms.ModelForm[IntegrationSettings]):
    """The Sender that a Solutions Engineer fills in for a Client."""

    sender_password = forms.CharField(
        label=_("Sender Password"),
        strip=False,
        required=False,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
        help_text=_("Never shown again. Leave empty to keep the stored one."),
    )

    class Meta:
        model = IntegrationSettings
        fields = ("client", "integration", "sender_id")
        widgets = {"sender_id": forms.TextInput({"autocomplete": "off"})}

    def clean(self) -> dict[str, Any]:
        """Ask for both halves of the Sender."""
        data = super().clean() or self.cleaned_data
        if not data.get("sender_id"):
            self.add_error("sender_id", _("Enter the Sender ID"))
        stored = self.instance.sender_password_sealed
        if not (data.get("sender_password") or stored):
            self.add_error("sender_password", _("Enter the Sender Password"))
        return data


@admin.register(IntegrationSettings)
class IntegrationSettingsAdmin(admin.ModelAdmin[IntegrationSettings]):
    """Pre-fills a Client's Sender; the Portal then shows it read-only."""

    form = PrefillForm
    list_display = ("client", "integration", "sender_id", "sender_filled_by")
    list_filter = ("sender_filled_by", "is_enabled")
    search_fields = ("client__name", "sender_id")
    readonly_fields = (
        "is_enabled",
        "mode",
        "refresh_hours",
        "sender_filled_by",
        "sender_saved_at",
        "sender_saved_by",
        "sender_refused_at",
    )

    def get_readonly_fields(
        self, request: HttpRequest, obj: IntegrationSettings | None = None
    ) -> tuple[str, ...]:
        """Keep the row where it is: its secret is sealed to it."""
        fixed = ("client", "integration") if obj else ()
        return (*fixed, *self.readonly_fields)

    def save_model(
        self,
        request: HttpRequest,
        obj: IntegrationSettings,
        form: Any,
        change: bool,
    ) -> None:
        """Save through the domain, as filled in by the Solutions Engineer."""
        integrations.save_sender(
            obj,
            sender_id=form.cleaned_data["sender_id"],
            password=form.cleaned_data["sender_password"],
            by=request.user,  # type: ignore[arg-type]  # the admin knows nobody else
            filled_by=IntegrationSettings.FilledBy.ENGINEER,
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Refuse to delete: a Client switches off instead."""
        return False


# Roles are Members', not groups'; an address is changed with its User.
for _unused in (Group, EmailAddress, Authenticator):
    admin.site.unregister(_unused)


@admin.register(Authenticator)
class AuthenticatorAdmin(ReadOnlyAdmin):
    """Second factors: deleting one lets a person who lost it enrol again."""

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        """Leave out the seed."""
        return ["user", "type", "created_at", "last_used_at"]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        """Leave out the seed."""
        return self.get_fields(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Let superusers delete."""
        return bool(getattr(request.user, "is_superuser", False))


admin.site.register(Label, LabelAdmin)
for _model in apps.get_app_config("linksite").get_models():
    if not admin.site.is_registered(_model):
        admin.site.register(_model, ReadOnlyAdmin)
