"""The sign-in attempts we may still make: Sage Intacct locks users out.

At most three failures in fifteen minutes per company and user, whoever tries; the
same refused password is never sent twice.
"""

import time
import unicodedata
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction

from linksite import vault
from linksite.models import SignInBudget

LIMIT = 3
WINDOW_SECONDS = 15 * 60


class TooManyTries(Exception):
    """The budget is empty until `retry_at` (aware); nothing was sent."""

    def __init__(self, retry_at: datetime) -> None:
        super().__init__(retry_at)
        self.retry_at = retry_at


class SameAgain(TooManyTries):
    """This very password was refused a moment ago; it was not sent again."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """Leave to send one sign-in; say afterwards what became of it."""

    digest: str
    taken_at: float
    password_digest: str = field(repr=False)

    def refused(self) -> int:
        """Record a failed sign-in; return how many the company and user have left."""
        with transaction.atomic():
            row = _row(self.digest)
            row.refused[self.password_digest] = self.taken_at
            row.save()
        return LIMIT - len(row.failures)

    def accepted(self) -> None:
        """Record a success: the past is forgotten."""
        with transaction.atomic():
            row = _row(self.digest)
            row.failures, row.refused = [], {}
            row.save()

    def unused(self) -> None:
        """Give the attempt back: the gateway judged no password."""
        with transaction.atomic():
            row = _row(self.digest)
            row.failures = [at for at in row.failures if at != self.taken_at]
            row.save()


def take(company_id: str, user_id: str, password: str) -> Ticket:
    """Take leave for one sign-in, counted as failed until told otherwise.

    Raises SameAgain or TooManyTries; then nothing may be sent.
    """
    digest = vault.digest("budget", _plain(company_id), _plain(user_id))
    password_digest = vault.digest("refused", digest, password)
    with transaction.atomic():
        row = _row(digest)
        if refused_at := row.refused.get(password_digest):
            raise SameAgain(_moment(refused_at + WINDOW_SECONDS))
        if len(row.failures) >= LIMIT:
            raise TooManyTries(_moment(min(row.failures) + WINDOW_SECONDS))
        taken_at = time.time()
        row.failures.append(taken_at)
        row.save()
    return Ticket(digest, taken_at, password_digest)


def used(company_id: str, user_id: str) -> tuple[int, datetime | None]:
    """Return how many failed sign-ins count against this company and user now, and
    when the next may be sent, if not now.
    """
    digest = vault.digest("budget", _plain(company_id), _plain(user_id))
    row = SignInBudget.objects.filter(digest=digest).first()
    recent = _recent(row.failures) if row else []
    is_full = len(recent) >= LIMIT
    return len(recent), _moment(min(recent) + WINDOW_SECONDS) if is_full else None


def note_failure(company_id: str, user_id: str, password: str) -> None:
    """Count a failure that a worker met with a password that used to work."""
    digest = vault.digest("budget", _plain(company_id), _plain(user_id))
    with transaction.atomic():
        row = _row(digest)
        row.failures.append(time.time())
        row.refused[vault.digest("refused", digest, password)] = time.time()
        row.save()


def _row(digest: str) -> SignInBudget:
    SignInBudget.objects.get_or_create(digest=digest)
    row = SignInBudget.objects.select_for_update().get(digest=digest)
    row.failures = _recent(row.failures)
    row.refused = {key: at for key, at in row.refused.items() if _recent([at])}
    return row


def _recent(moments: list[float]) -> list[float]:
    start = time.time() - WINDOW_SECONDS
    return [at for at in moments if at > start]


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
