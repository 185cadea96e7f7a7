"""The rows: who asks, who is asked, what was agreed, and what was read."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar, Self

from django.conf import settings
from django.contrib.auth.models import AbstractBaseUser, PermissionsMixin
from django.contrib.auth.models import UserManager as DjangoUserManager
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator, URLValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from linksite import accents


class UserManager(DjangoUserManager["User"]):
    """Makes users, whose name is their e-mail address."""

    def create_user(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create a user who may sign in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(  # type: ignore[override]
        self, email: str, password: str | None = None, **fields: Any
    ) -> "User":
        """Create a Solutions Engineer who may do everything in the admin."""
        return self.create_user(
            email, password, is_staff=True, is_superuser=True, **fields
        )


class User(AbstractBaseUser, PermissionsMixin):
    """A person who signs in: a Member of a Client, or internal staff."""

    email = models.EmailField(_("email"), unique=True)
    name = models.CharField(_("name"), max_length=150)
    language = models.CharField(
        _("language"), max_length=5, blank=True, choices=settings.LANGUAGES
    )
    is_staff = models.BooleanField(_("may use the admin"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    date_joined = models.DateTimeField(default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """Return the name, as Django's and allauth's pages ask for it."""
        return self.name


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


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Questions about Connections, each the twin of Connection.status."""

    def live(self) -> Self:
        """Keep those that nobody has unlinked."""
        return self.filter(unlinked_at=None)

    def pending(self) -> Self:
        """Keep those signed in but not yet linked."""
        return self.live().filter(linked_at=None, trouble="")

    def linked(self) -> Self:
        """Keep those that work."""
        return self.live().filter(linked_at__isnull=False, trouble="")

    def troubled(self) -> Self:
        """Keep those that need somebody's attention."""
        return self.live().exclude(trouble="")


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
    linked_at = models.DateTimeField(null=True)
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
        return self.Status.LINKED if self.linked_at else self.Status.PENDING

    @property
    def has_entity(self) -> bool:
        """Whether the customer has chosen an Entity (the top level is one choice)."""
        return self.entity_id is not None


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
        OTHER = "other", _("Another company, to the customer")
        OTHER_STAFF = "other-staff", _("Another company, to the Member")
        REFUSED = "refused", _("Another company refused")

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
