"""The forms of the Portal; what they mean is decided in linksite."""

from allauth.account import forms as account
from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from linksite import branding, logos
from linksite.models import Branding, Company, IntegrationSettings, User

PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}

LANGUAGES = [("fr", "Français"), ("en", "English")]


class LoginForm(account.LoginForm):  # type: ignore[misc]  # allauth has no types
    """Who signs in; the way to a new password stands below, not before the field."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # the labels say it, and stay
            field.widget.attrs.pop("placeholder", None)
        self.fields["password"].help_text = ""
        remember = self.fields["remember"]
        remember.label = _("Keep me signed in on this device")
        remember.help_text = _(
            "For %(hours)s hours, even if you close the browser."
        ) % {"hours": settings.SESSION_COOKIE_AGE // 3600}


class SenderForm(forms.Form):
    """The partner credentials. Both parts are sent exactly as typed."""

    sender_id = forms.CharField(
        label=_("Sender ID"),
        max_length=100,
        error_messages={"required": _("Enter the Sender ID")},
        widget=forms.TextInput({"class": "mono", **PLAIN}),
    )
    sender_password = forms.CharField(
        label=_("Sender Password"),
        max_length=200,
        strip=False,
        required=False,
        widget=forms.PasswordInput(
            {"class": "mono", **PLAIN, "autocomplete": "new-password"}
        ),
    )

    def __init__(self, *args: object, has_password: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.has_password = has_password

    def clean_sender_password(self) -> str:
        """Ask for the password only when none is stored."""
        password: str = self.cleaned_data["sender_password"]
        if not password and not self.has_password:
            raise forms.ValidationError(_("Enter the Sender Password"))
        return password


class ModeForm(forms.ModelForm[IntegrationSettings]):
    """How long we keep reading once a company is linked."""

    class Meta:
        model = IntegrationSettings
        fields = ("mode", "refresh_hours")
        widgets = {"mode": forms.RadioSelect}


class CompanyForm(forms.ModelForm[Company]):
    """A new company."""

    class Meta:
        model = Company
        fields = ("name", "expected_company_id", "is_test")
        labels = {"is_test": _("This is a test company")}
        error_messages = {"name": {"required": _("Enter the company’s name")}}
        widgets = {
            "name": forms.TextInput({"autocomplete": "off"}),
            "expected_company_id": forms.TextInput({"class": "mono", **PLAIN}),
        }


class ExpectForm(forms.ModelForm[Company]):
    """Which Sage Intacct company a Company is, as far as staff know."""

    class Meta:
        model = Company
        fields = ("expected_company_id",)
        widgets = {"expected_company_id": forms.TextInput({"class": "mono", **PLAIN})}


class SendForm(forms.Form):
    """Who gets the Link URL by email, and in which language."""

    email = forms.EmailField(
        label=_("Recipient’s email"),
        error_messages={
            "required": _("Enter an email address like name@example.com"),
            "invalid": _("Enter an email address like name@example.com"),
        },
        widget=forms.EmailInput({"autocomplete": "off"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the email"), choices=LANGUAGES, widget=forms.RadioSelect
    )


class AccountForm(forms.ModelForm[User]):
    """The choices of the person who signed in."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("The browser’s language")), *LANGUAGES],
        widget=forms.RadioSelect,
    )

    class Meta:
        model = User
        fields = ("language",)


class ThemeForm(forms.Form):
    """How this browser shows the pages."""

    theme = forms.ChoiceField(
        label=_("Theme"),
        required=False,
        choices=[
            ("", _("The device’s setting")),
            ("light", _("Light")),
            ("dark", _("Dark")),
        ],
        widget=forms.RadioSelect,
    )


class BrandingForm(forms.ModelForm[Branding]):
    """How a Client shows itself in Link; the logo is made safe before it is kept."""

    logo = forms.FileField(
        label=_("Logo"),
        required=False,
        allow_empty_file=False,
        help_text=_("PNG, JPEG, GIF, WebP or SVG, 200 KB at most."),
        widget=forms.FileInput(
            {"accept": "image/png,image/jpeg,image/gif,image/webp,image/svg+xml"}
        ),
        error_messages={"empty": _("The file is empty")},
    )
    without_logo = forms.BooleanField(label=_("Remove the logo"), required=False)

    class Meta:
        model = Branding
        fields = (
            "accent",
            "support_email",
            "support_phone",
            "support_text",
            "privacy_en",
            "privacy_fr",
            "return_url",
            "mail_name",
        )
        labels = {
            "accent": _("Accent colour"),
            "support_email": _("Email"),
            "support_phone": _("Phone"),
            "support_text": _("In your words"),
            "privacy_en": _("In English"),
            "privacy_fr": _("In French"),
            "return_url": _("Return address"),
            "mail_name": _("Sender name"),
        }
        help_texts = {
            "accent": _("The colour of the buttons, like #0a5565."),
            "return_url": _("A page of yours, shown as a button once all is linked."),
            "mail_name": _("Empty: the name of your company."),
        }
        widgets = {
            "accent": forms.TextInput({"class": "mono", **PLAIN}),
            "support_text": forms.Textarea({"rows": 3}),
            "privacy_en": forms.Textarea({"rows": 6, "lang": "en"}),
            "privacy_fr": forms.Textarea({"rows": 6, "lang": "fr"}),
            "return_url": forms.URLInput(PLAIN),
        }

    def clean_logo(self) -> logos.Logo | None:
        """Make the logo safe, or say why it cannot be."""
        upload = self.cleaned_data["logo"]
        return logos.clean(upload.read()) if upload else None

    def save(self, commit: bool = True) -> Branding:
        """Save through the domain."""
        row: Branding = super().save(commit=False)
        logo, without = self.cleaned_data["logo"], self.cleaned_data["without_logo"]
        branding.save(row, logo=logo, without=without)
        return row
