"""The catalogue of accounting systems, a Client's use of each, and their doors."""

import secrets
import threading
from dataclasses import dataclass

import django.utils.timezone
from django.conf import settings as site
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linksite import intacct, lanes, ledger, turns, vault
from linksite.models import Client, Connection, IntegrationSettings, User

# The one seam of the tests: None, or what carries requests instead of the network.
transport: object = None

# The bench's own gateway answers for any company: only `bench_sync` says False.
echoes_company = True

# Sessions this process has open, by Connection, Entity and password: reused until
# the gateway ends them, never written down.
_sessions: dict[tuple[str, str, str], intacct.Session] = {}
# The channel of this worker's last conversation, for the next one with the same
# Connection: a long Sync is read in slices, and a TLS handshake costs the most.
_kept = threading.local()
# The sizes of page, by object, that a company's gateway could still answer.
_page_sizes: dict[str, dict[str, int]] = {}

PAGE_SECONDS = 20.0  # a person waits for this conversation
RUN_SECONDS = 120.0  # a worker does
LOOK_SECONDS = 6.0  # a page that looks by itself does


class NoSender(Exception):
    """The Sender ID or the Sender Password is not there yet."""


@dataclass(frozen=True, slots=True)
class Integration:
    """An accounting system of the catalogue; `minutes` is how long linking takes."""

    slug: str
    name: str
    monogram: str
    category: Promise
    minutes: int


SAGE_INTACCT = Integration("sage-intacct", "Sage Intacct", "SI", _("Accounting"), 25)
CATALOGUE: tuple[Integration, ...] = (SAGE_INTACCT,)


def get(slug: str) -> Integration | None:
    """Return the accounting system with this slug, if there is one."""
    return next((row for row in CATALOGUE if row.slug == slug), None)


def settings_for(client: Client, slug: str = SAGE_INTACCT.slug) -> IntegrationSettings:
    """Return this Client's use of an Integration; unsaved when never set up.

    A page asks many times: a Client that brought its Integrations is not asked again.
    """
    found = (row for row in client.integrations.all() if row.integration == slug)
    return next(found, None) or IntegrationSettings(client=client, integration=slug)


def save_sender(
    settings: IntegrationSettings,
    *,
    sender_id: str,
    password: str,
    by: User,
    filled_by: IntegrationSettings.FilledBy = IntegrationSettings.FilledBy.CLIENT,
) -> None:
    """Keep the Sender, sealed; an empty `password` keeps the stored one."""
    settings.sender_id = sender_id
    if password:
        settings.sender_password_sealed = vault.seal(
            password, place=_place_of_sender(settings)
        )
    settings.sender_filled_by = filled_by
    settings.sender_saved_at = django.utils.timezone.now()
    settings.sender_saved_by = settings.changed_by = by
    settings.sender_refused_at = None
    _save(settings, *_SENDER_FIELDS)


def choose_mode(
    settings: IntegrationSettings, *, mode: str, refresh_hours: int, by: User
) -> None:
    """Choose continuous or one-time Syncs, and how often a continuous one runs."""
    settings.mode = mode
    settings.refresh_hours = refresh_hours
    settings.changed_by = by
    _save(settings, "mode", "refresh_hours")


def switch(settings: IntegrationSettings, *, on: bool, by: User) -> None:
    """Switch the Integration on or off. Raises NoSender with nothing to use."""
    if on and not settings.has_sender:
        raise NoSender
    settings.is_enabled = on
    settings.changed_by = by
    _save(settings, "is_enabled")


_SENDER_FIELDS = (
    "sender_id",
    "sender_password_sealed",
    "sender_filled_by",
    "sender_saved_at",
    "sender_saved_by",
    "sender_refused_at",
)


def _save(settings: IntegrationSettings, *fields: str) -> None:
    """Write what was changed and no more: somebody else may change the rest."""
    if settings._state.adding:
        settings.save()
    else:
        settings.save(update_fields=[*fields, "changed_by", "changed_at"])


def test_sender(settings: IntegrationSettings) -> intacct.IntacctError | None:
    """Ask the gateway, with a company that cannot exist, whether it takes the Sender.

    Returns None when it does (it then complains of the company, not of the Sender),
    else what it said. Raises lanes.Full.
    """
    nobody = intacct.Login("linksite-sender-test", "nobody", "none")
    gateway = _open(settings, nobody, budget=PAGE_SECONDS)
    with lanes.looks.hold(), gateway as client:
        try:
            client.sign_in()
        except (intacct.SignInRefused, intacct.SetupIncomplete):
            note_sender(settings, refused=False)
        except intacct.SenderRefused as error:
            note_sender(settings, refused=True)
            return error
        except intacct.IntacctError as error:
            return error
    return None


def note_sender(settings: IntegrationSettings, *, refused: bool) -> None:
    """Remember, for the Client's staff, whether the gateway refused this Sender."""
    if refused == bool(settings.sender_refused_at):
        return
    settings.sender_refused_at = django.utils.timezone.now() if refused else None
    settings.save(update_fields=["sender_refused_at"])


def note_answer(settings: IntegrationSettings, refusal: intacct.IntacctError) -> None:
    """Remember what the refusal of a made-up user shows of this Sender."""
    if isinstance(refusal, intacct.SenderRefused):
        note_sender(settings, refused=True)
    elif isinstance(refusal, intacct.SignInRefused | intacct.SetupIncomplete):
        note_sender(settings, refused=False)


def client_for_sign_in(
    settings: IntegrationSettings, login: intacct.Login
) -> intacct.Client:
    """Return a conversation for a person who waits: 20 seconds in all."""
    return _open(settings, login, budget=PAGE_SECONDS)


def client_for_stranger(
    settings: IntegrationSettings, company_id: str
) -> intacct.Client:
    """Return a conversation as a user who cannot exist, for its refusal only.

    The user ID is made up each time, so no user can be locked out by it. It never
    waits for its turn: others have something to do.
    """
    user_id = f"nobody-{secrets.token_hex(8)}"
    nobody = intacct.Login(company_id, user_id, secrets.token_urlsafe(12))
    return _open(settings, nobody, budget=LOOK_SECONDS, wait=0)


def client_for(connection: Connection) -> intacct.Client:
    """Return a worker's conversation with a Connection's company.

    It goes on with the session this process still has, if any.
    """
    password = password_of(connection)
    login = intacct.Login(connection.intacct_company_id, connection.user_id, password)
    settings = settings_for(connection.company.client, connection.integration)
    channel = None if transport else _channel_of(connection)
    client = _open(settings, login, budget=RUN_SECONDS, channel=channel)
    client.session = _sessions.get(_session_key(connection))
    return client


def _channel_of(connection: Connection) -> intacct.Channel:
    """Return the open channel if it is this Connection's; no two ever share one."""
    owner, channel = getattr(_kept, "channel", (None, None))
    if channel is None or owner != connection.pk:
        hang_up()
        channel = intacct.Channel()
        _kept.channel = connection.pk, channel
    return channel


def hang_up() -> None:
    """Close the channel that this worker's last conversation left open, if any."""
    _, channel = _kept.__dict__.pop("channel", (None, None))
    if channel:
        channel.close()


def keep_session(connection: Connection, session: intacct.Session | None) -> None:
    """Remember an open session for this process's next conversation, or forget it."""
    key = _session_key(connection)
    if session is None:
        _sessions.pop(key, None)
    else:
        _sessions[key] = session


def seal_password(connection: Connection, password: str) -> None:
    """Put a customer's password into the row, sealed; the caller saves it."""
    connection.password_sealed = vault.seal(password, place=_place_of_login(connection))


def password_of(connection: Connection) -> str:
    """Open a customer's password. Raises vault.Unreadable."""
    return vault.open_sealed(
        connection.password_sealed, place=_place_of_login(connection)
    )


def reseal_sender(settings: IntegrationSettings) -> bool:
    """Bring a Sender to the newest key; return whether it was under an older one.

    A Sender that was saved anew meanwhile is left as it is. Raises vault.Unreadable.
    """
    old = settings.sender_password_sealed
    new = vault.reseal(old, place=_place_of_sender(settings))
    row = IntegrationSettings.objects.filter(pk=settings.pk, sender_password_sealed=old)
    return new != old and bool(row.update(sender_password_sealed=new))


def reseal_login(connection: Connection) -> bool:
    """Bring a customer's password to the newest key, as reseal_sender does."""
    old = connection.password_sealed
    new = vault.reseal(old, place=_place_of_login(connection))
    row = Connection.objects.filter(pk=connection.pk, password_sealed=old)
    return new != old and bool(row.update(password_sealed=new))


def sender_of(settings: IntegrationSettings) -> intacct.Sender:
    """Open a Client's Sender. Raises NoSender or vault.Unreadable."""
    if not settings.has_sender:
        raise NoSender
    password = vault.open_sealed(
        settings.sender_password_sealed, place=_place_of_sender(settings)
    )
    return intacct.Sender(settings.sender_id, password)


def _open(
    settings: IntegrationSettings,
    login: intacct.Login,
    *,
    budget: float,
    wait: float | None = None,
    channel: intacct.Channel | None = None,
) -> intacct.Client:
    return intacct.Client(
        sender_of(settings),
        login,
        endpoint=site.GATEWAY_URL,
        test_hosts=site.GATEWAY_TEST_HOSTS,
        transport=transport,  # type: ignore[arg-type]  # the tests' own seam
        channel=channel,
        turn=lambda: turns.turn(
            login.company_id,
            slots=settings.client.requests_at_once,
            wait=budget if wait is None else wait,
        ),
        count=lambda functions: ledger.count(login.company_id, functions),
        budget=budget,
        echoes_company=echoes_company,
        page_sizes=_page_sizes.setdefault(login.company_id.strip().casefold(), {}),
    )


def _session_key(connection: Connection) -> tuple[str, str, str]:
    return (
        str(connection.pk),
        connection.entity_id or "",
        vault.digest("session", connection.password_sealed),
    )


def _place_of_sender(settings: IntegrationSettings) -> str:
    return f"integrationsettings/sender_password/{settings.pk}"


def _place_of_login(connection: Connection) -> str:
    return f"connection/password/{connection.pk}"
