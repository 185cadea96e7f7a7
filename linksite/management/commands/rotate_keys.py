"""Seals every stored secret anew with the newest key, while the site runs."""

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand

from linksite import integrations, vault
from linksite.models import Connection, IntegrationSettings


class Command(BaseCommand):
    """Bring every secret to the newest key; stopped half-way, run it again."""

    help = "Seal every stored secret with the first key of VAULT_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, and say how many secrets were sealed anew."""
        senders = IntegrationSettings.objects.exclude(sender_password_sealed="")
        done = sum(integrations.reseal_sender(row) for row in senders.iterator())
        logins = Connection.objects.exclude(password_sealed="")
        done += sum(integrations.reseal_login(row) for row in logins.iterator())
        done += sum(_reseal_factor(row) for row in Authenticator.objects.iterator())
        self.stdout.write(f"{done} secrets sealed anew; older keys may go now.")


def _reseal_factor(row: Authenticator) -> bool:
    """Bring a second factor's seed to the newest key."""
    data = {
        name: vault.reseal(value, place=vault.SECOND_FACTOR)
        if name in ("secret", "seed")
        else value
        for name, value in row.data.items()
    }
    unchanged = Authenticator.objects.filter(pk=row.pk, data=row.data)
    return data != row.data and bool(unchanged.update(data=data))
