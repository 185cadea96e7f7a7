"""The six-digit code with which a second device shows who it is, after the sign-in."""

import hmac
import secrets
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from linksite import linking, mailing, vault
from linksite.budget import TooManyTries
from linksite.models import LinkRequest

LIFE = timedelta(minutes=10)
PAUSE = timedelta(minutes=1)
TRIES = 10
REST = timedelta(days=1)


def is_needed(link: LinkRequest, *, proven: bool) -> bool:
    """Return whether this browser must prove itself with a mailed code.

    `proven`: it signed in, or has given a code, before.
    """
    return not proven and linking.connection(link) is not None


def send(link: LinkRequest) -> bool:
    """Mail a fresh six-digit code to the invited address; only its HMAC is kept.

    At most one a minute, and none after too many wrong codes in a day. Returns
    False when no address is on file.
    """
    if not link.email:
        return False
    now = timezone.now()
    age = now - link.code_sent_at if link.code_sent_at else REST
    if age < PAUSE or (age < REST and link.code_tries >= TRIES):
        return True
    code = f"{secrets.randbelow(10**6):06}"
    link.code_digest, link.code_sent_at = _digest(link, code), now
    if age >= REST:
        link.code_tries = 0
    link.save(update_fields=["code_digest", "code_sent_at", "code_tries"])
    mailing.send_code(link, code)
    return True


def check(link: LinkRequest, *, code: str) -> bool:
    """Return whether this is the code; it works once, for ten minutes.

    Raises TooManyTries after ten wrong ones: for a day, no code works.
    """
    now = timezone.now()
    with transaction.atomic():
        row = LinkRequest.objects.select_for_update().get(pk=link.pk)
        if row.code_sent_at is None:
            return False
        if row.code_tries >= TRIES:
            raise TooManyTries(row.code_sent_at + REST)
        if now - row.code_sent_at > LIFE:
            return False
        right = hmac.compare_digest(row.code_digest, _digest(row, code.strip()))
        row.code_tries += 1
        row.code_digest = "" if right else row.code_digest
        row.save(update_fields=["code_digest", "code_tries"])
    return right


def _digest(link: LinkRequest, code: str) -> str:
    return vault.digest("code", str(link.pk), code)
