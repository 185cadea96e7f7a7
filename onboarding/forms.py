"""The forms of the Sage Intacct Steps: what is asked, and what is said to a slip."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from linksite import requesting
from onboarding.flow import Flow, Form
from onboarding.slips import TidyForm, company_id_slip, tidy, user_id_slip

# A browser must not correct what it knows nothing of.
AS_IT_IS = {"class": "mono", "autocapitalize": "none", "spellcheck": "false"}


def company_id_field(**more: Any) -> forms.CharField:
    """Return the field for a company ID, which two Steps ask for."""
    return forms.CharField(
        label=_("Company ID"),
        max_length=80,
        widget=forms.TextInput(AS_IT_IS | {"autocomplete": "organization"}),
        error_messages={"required": _("Enter your company ID")},
        **more,
    )


class CompanyIdForm(TidyForm):
    """The company ID."""

    tidied: tuple[str, ...] = ("company_id",)
    company_id = company_id_field(
        help_text=_("Type it exactly as Sage Intacct shows it; capitals matter.")
    )

    def __init__(self, data: Any, *, flow: Flow, **more: Any) -> None:
        super().__init__(data, **more)
        self.flow = flow

    def clean_company_id(self) -> str:
        """Refuse what is no company ID, and say what it is."""
        typed: str = self.cleaned_data["company_id"]
        number = self.flow.number("entity")
        self.refuse("company_id", company_id_slip(typed, entity_step=number))
        return typed


class SignInForm(CompanyIdForm):
    """The Web Services user's sign-in details."""

    tidied = ("company_id", "user_id")
    company_id = company_id_field()
    user_id = forms.CharField(
        label=_("Web Services user ID"),
        max_length=80,
        widget=forms.TextInput(AS_IT_IS | {"autocomplete": "username"}),
        error_messages={"required": _("Enter the Web Services user ID")},
    )
    # A user ID that was doubted: whoever sends it once more means it.
    meant = forms.CharField(required=False, widget=forms.HiddenInput)
    # Blanks around a password that were asked about: sent once more, they are meant.
    blanks = forms.CharField(required=False, widget=forms.HiddenInput)
    # Sent exactly as typed: a space may be part of it.
    password = forms.CharField(
        label=_("Password"),
        help_text=_(
            "Sage Intacct emailed it when you saved the new user. You can paste it."
        ),
        strip=False,
        validators=[MaxLengthValidator(200)],
        widget=forms.PasswordInput(AS_IT_IS | {"autocomplete": "current-password"}),
        error_messages={
            "required": _("Enter the password that Sage Intacct sent by email")
        },
    )

    def clean_user_id(self) -> str:
        """Refuse what is no user ID, and say what it is."""
        typed: str = self.cleaned_data["user_id"]
        suggested = requesting.suggested(self.flow.link)
        number = self.flow.number("web-services-user")
        is_meant = self.data.get("meant") == typed
        company_id = "" if is_meant else self.cleaned_data.get("company_id", "")
        slip = user_id_slip(
            typed,
            company_id=company_id,
            suggested=suggested.user_id,
            name=suggested.user_name,
            user_step=number,
        )
        self._put("meant", typed if slip else "")
        self.refuse("user_id", slip)
        return typed

    def clean_password(self) -> str:
        """Ask once about blanks around it: they may have come along with a copy."""
        typed: str = self.cleaned_data["password"]
        if typed == tidy(typed) or self.data.get("blanks"):
            return typed
        self._put("blanks", "meant")
        raise ValidationError(
            _(
                "The password begins or ends with a space, as often after a copy: "
                "nothing was sent. Paste it without the space, or once more as it was "
                "if the space belongs to it"
            )
        )

    def ask_to_replace(self, known: str = "", company_id: str = "") -> None:
        """Add the question whether another company than before is meant."""
        is_meant = forms.CheckboxInput(
            {"value": company_id}, check_test=lambda value: value == company_id
        )
        words = {"known": known, "new": company_id}
        self.fields["replaces"] = forms.CharField(
            label=_("Yes, link %(new)s in place of %(known)s") % words,
            required=False,
            widget=is_meant,
        )


class EntityForm(Form):
    """The entity to read."""

    entity = forms.ChoiceField(
        label=_("Entity"),
        error_messages={
            "required": _("Choose an entity"),
            "invalid_choice": _(
                "This entity is no longer available. Choose another one"
            ),
        },
    )
