"""How often each Sage Intacct company was asked: counted here and nowhere else."""

from datetime import UTC, date

from django.db.models import F
from django.utils import timezone

from linksite.models import CallLedger

# Sage counts each page of rows; of the other functions it says nothing.
PAGES = frozenset({"query", "readByQuery", "readMore", "read", "readByName"})


def count(company_id: str, functions: tuple[str, ...]) -> None:
    """Add one POST, and those of its functions that Sage counts, to this month."""
    row, _ = CallLedger.objects.get_or_create(
        intacct_company_id=_plain(company_id), month=_month()
    )
    pages = sum(function in PAGES for function in functions)
    # Added up in the database: several processes may talk to one company.
    CallLedger.objects.filter(pk=row.pk).update(
        posts=F("posts") + 1, pages=F("pages") + pages
    )


def this_month(company_id: str) -> CallLedger:
    """Return what a company was asked since the month began; unsaved if nothing."""
    key = {"intacct_company_id": _plain(company_id), "month": _month()}
    return CallLedger.objects.filter(**key).first() or CallLedger(**key)


def _plain(company_id: str) -> str:
    # A company is one company, however its ID is typed.
    return company_id.strip().casefold()[:80]


def _month() -> date:
    return timezone.now().astimezone(UTC).date().replace(day=1)
