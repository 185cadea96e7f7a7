"""A new sealing key takes over while the site runs, and the old one may go."""

from io import StringIO

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import call_command

from linksite import integrations, linking, vault
from linksite.models import Connection, IntegrationSettings

pytestmark = pytest.mark.django_db

NEW_KEY = "new1:" + "A" * 43 + "="


@pytest.fixture
def secrets_of_old(sandbox, link, member) -> None:
    """A login, a Sender and a second factor, sealed with the old key."""
    linking.sign_in(
        link,
        company_id="CoopRives",
        user_id="alderfinch_ws",
        password="Sandbox-Pass-1",
    )
    Authenticator.objects.create(
        user=member.user,
        type="totp",
        data={"secret": vault.seal("SEED", place=vault.SECOND_FACTOR)},
    )


@pytest.fixture
def new_key(settings, secrets_of_old):
    """Put a new key first; drop what was read of the old setting."""
    settings.VAULT_KEYS = [NEW_KEY, *settings.VAULT_KEYS]
    vault._keys.cache_clear()
    yield settings
    vault._keys.cache_clear()


def rotate() -> str:
    out = StringIO()
    call_command("rotate_keys", stdout=out)
    return out.getvalue()


def test_every_secret_opens_when_the_old_key_is_gone(new_key) -> None:
    assert rotate().startswith("3 secrets")

    new_key.VAULT_KEYS = [NEW_KEY]
    vault._keys.cache_clear()
    factor = Authenticator.objects.get().data["secret"]
    settings = IntegrationSettings.objects.get()
    assert integrations.password_of(Connection.objects.get()) == "Sandbox-Pass-1"
    assert integrations.sender_of(settings).password == "Sandbox-Sender-1"
    assert vault.open_sealed(factor, place=vault.SECOND_FACTOR) == "SEED"


def test_a_second_rotation_has_nothing_to_do(new_key) -> None:
    rotate()

    assert rotate().startswith("0 secrets")


def test_a_password_saved_meanwhile_is_not_overwritten(new_key) -> None:
    stale = Connection.objects.get()
    fresh = Connection.objects.get()
    integrations.seal_password(fresh, "newer")
    fresh.save()

    assert not integrations.reseal_login(stale)
    assert integrations.password_of(Connection.objects.get()) == "newer"
