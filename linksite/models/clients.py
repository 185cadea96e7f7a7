"""Who asks, and whom: Clients with their Members, their look and their Companies."""

import uuid
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import F
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from linksite import accents
from linksite.models.people import User

if TYPE_CHECKING:
    from linksite.models.connections import Connection


def check_return_url(value: str) -> None:
    """Refuse an address that is not plainly an https page of one named host."""
    plain = value.isascii() and not {"@", "\\"} & set(value)
    message = _("Enter an address like https://example.com/done")
    if not plain:
        raise ValidationError(message)
    URLValidator(schemes=["https"], message=message)(value)


class Client(models.Model):
    """A tenant who asks businesses for their books."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=120)
    requests_at_once = models.PositiveSmallIntegerField(
        _("requests at once per Sage Intacct company"),
        default=1,
        choices=[(1, "1"), (2, "2")],
        help_text=_("Two only if the Client's Sage contract allows it."),
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("Client")
        verbose_name_plural = _("Clients")

    def __str__(self) -> str:
        return self.name


class Branding(models.Model):
    """How a Client shows itself to the businesses it asks; all of it may be empty."""

    client = models.OneToOneField(
        Client, on_delete=models.CASCADE, related_name="branding", primary_key=True
    )
    # Of the Logo; kept here so that a page need not read the picture.
    logo_name = models.CharField(max_length=80, blank=True, editable=False)
    accent = models.CharField(
        _("accent colour"), max_length=7, blank=True, validators=[accents.check]
    )
    support_email = models.EmailField(_("support email"), blank=True)
    support_phone = models.CharField(
        _("support phone"),
        max_length=40,
        blank=True,
        validators=[RegexValidator(r"^[0-9+(). -]+$", _("Use digits and + ( ) . -"))],
    )
    support_text = models.TextField(_("support text"), max_length=500, blank=True)
    privacy_en = models.TextField(
        _("privacy text in English"), max_length=5000, blank=True
    )
    privacy_fr = models.TextField(
        _("privacy text in French"), max_length=5000, blank=True
    )
    return_url = models.CharField(
        _("return address"), max_length=300, blank=True, validators=[check_return_url]
    )
    mail_name = models.CharField(
        _("sender name in emails"),
        max_length=60,
        blank=True,
        validators=[RegexValidator(r'^[^<>@"\x00-\x1f\x7f]+$', _("Use a plain name"))],
    )
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("branding")
        verbose_name_plural = _("branding")

    def __str__(self) -> str:
        return str(self.client)

    @property
    def accent_name(self) -> str:
        """Return the accent colour as its address names it: 0a5565."""
        return self.accent.removeprefix("#")

    @property
    def has_support(self) -> bool:
        """Whether there is anything to show on the help page."""
        return bool(self.support_email or self.support_phone or self.support_text)

    @property
    def privacy(self) -> tuple[str, str]:
        """Return the privacy text and its language: the reader's, if it is there."""
        texts = {"en": self.privacy_en, "fr": self.privacy_fr}
        mine = translation.get_language() or "en"
        language = mine if texts.get(mine) else "en" if self.privacy_en else "fr"
        return texts[language], language


class Logo(models.Model):
    """A Client's logo, made safe to serve; `name` is its address, by its content."""

    client = models.OneToOneField(Client, on_delete=models.CASCADE)
    name = models.CharField(max_length=80, db_index=True)
    content_type = models.CharField(max_length=20)
    body = models.BinaryField()

    class Meta:
        verbose_name = _("logo")
        verbose_name_plural = _("logos")

    def __str__(self) -> str:
        return str(self.client)


class Member(models.Model):
    """One person's place in one Client, with the role that says what they may do."""

    class Role(models.TextChoices):
        VIEWER = "viewer", _("Viewer: sees companies and data")
        OPERATOR = "operator", _("Operator: also requests data and syncs")
        ADMIN = "admin", _("Admin: also changes integration settings")

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="member")
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="members")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices)

    class Meta:
        ordering = ("user__name",)
        verbose_name = _("Member")
        verbose_name_plural = _("Members")

    def __str__(self) -> str:
        return f"{self.user} ({self.client})"

    @property
    def may_operate(self) -> bool:
        """Whether this Member may request data and start syncs."""
        return self.role in (self.Role.OPERATOR, self.Role.ADMIN)

    @property
    def may_administer(self) -> bool:
        """Whether this Member may change integration settings."""
        return self.role == self.Role.ADMIN


class IntegrationSettings(models.Model):
    """One Client's use of one accounting system: its Sender, switch and rhythm."""

    class Mode(models.TextChoices):
        CONTINUOUS = "continuous", _("Continuous")
        ONE_TIME = "one-time", _("One-time syncs only")

    class FilledBy(models.TextChoices):
        NOBODY = "", _("nobody yet")
        CLIENT = "client", _("the Client")
        ENGINEER = "engineer", _("the Solutions Engineer")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="integrations"
    )
    integration = models.SlugField(_("integration"), default="sage-intacct")
    sender_id = models.CharField(_("Sender ID"), max_length=100, blank=True)
    sender_password_sealed = models.TextField(blank=True, editable=False)
    sender_filled_by = models.CharField(
        max_length=10, blank=True, choices=FilledBy.choices, editable=False
    )
    sender_saved_at = models.DateTimeField(null=True, editable=False)
    sender_saved_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    sender_refused_at = models.DateTimeField(null=True, editable=False)
    is_enabled = models.BooleanField(_("enabled"), default=False)
    mode = models.CharField(
        _("links"), max_length=12, choices=Mode.choices, default=Mode.CONTINUOUS
    )
    refresh_hours = models.PositiveSmallIntegerField(
        _("refresh"),
        default=24,
        choices=[(1, _("Every hour")), (24, _("Once a day"))],
    )
    changed_at = models.DateTimeField(auto_now=True)
    changed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=("client", "integration"), name="one_settings_per_integration"
            ),
        )
        verbose_name = _("integration settings")
        verbose_name_plural = _("integration settings")

    def __str__(self) -> str:
        return f"{self.integration} ({self.client})"

    @property
    def is_one_time(self) -> bool:
        """Whether a company is read once, and its password then erased."""
        return self.mode == self.Mode.ONE_TIME

    @property
    def has_sender(self) -> bool:
        """Whether both halves of the Sender are there."""
        return bool(self.sender_id and self.sender_password_sealed)

    @property
    def is_prefilled(self) -> bool:
        """Whether a Solutions Engineer filled in the Sender: then it is read-only."""
        return self.sender_filled_by == self.FilledBy.ENGINEER

    @property
    def is_ready(self) -> bool:
        """Whether a Link URL of this Client can work now."""
        return self.is_enabled and self.has_sender


class Company(models.Model):
    """A business whose books a Client reads."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(
        Client, on_delete=models.CASCADE, related_name="companies"
    )
    name = models.CharField(_("company name"), max_length=120)
    is_test = models.BooleanField(_("this is a test company"), default=False)
    # What staff entered, or confirmed since, as the right Sage Intacct company.
    expected_company_id = models.CharField(
        _("Sage Intacct company ID, if you know it"),
        max_length=80,
        blank=True,
        help_text=_(
            "If the customer links this one, it needs no confirmation from you."
        ),
    )
    confirmed_at = models.DateTimeField(null=True, editable=False)
    confirmed_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+", editable=False
    )
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(
        User, null=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        ordering = ("name", "id")
        verbose_name = _("Company")
        verbose_name_plural = _("Companies")

    def __str__(self) -> str:
        return self.name

    @property
    def initials(self) -> str:
        """Return two letters for the company's monogram."""
        words = self.name.split()
        letters = words[0][:1] + (words[1][:1] if len(words) > 1 else words[0][1:2])
        return letters.upper()

    def connection(self) -> "Connection | None":
        """Return the Connection that counts: the live one, else the newest."""
        return self.connections.order_by(
            F("unlinked_at").desc(nulls_first=True), "-created_at"
        ).first()
