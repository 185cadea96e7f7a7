"""The first look at a company: its name, some sizes and one date, and no Record."""

from dataclasses import dataclass
from datetime import date, datetime

from linksite import intacct
from linksite.models import Connection

LOOKED_AT = ("customers", "invoices", "suppliers", "bills")


@dataclass(frozen=True, slots=True)
class FirstLook:
    """What a person can tell their company by; `counts` is by the Dataset's slug."""

    company_id: str
    name: str
    counts: dict[str, int]
    latest: date | None


def take(
    connection: Connection, client: intacct.Client, checks: intacct.Checks
) -> dict[str, object]:
    """Look at what is granted and was not looked at before; return all that is known.

    One POST at most. What cannot be read stops nobody: it is not in the answer.
    """
    known: dict[str, object] = connection.first_look
    datasets = [intacct.BY_SLUG[slug] for slug in LOOKED_AT]
    datasets = [row for row in datasets if _is_granted(row, checks)]
    seen: dict[str, int] = connection.first_look.get("counts", {})
    if connection.linked_at or {row.slug for row in datasets} <= set(seen):
        return known
    try:
        found = client.overview(datasets)
    except intacct.IntacctError:
        return known
    days = [day for text in found.latest.values() if (day := _day(text))]
    return {
        "id": found.company.id if found.company else "",
        "name": found.company.name if found.company else "",
        "counts": found.counts,
        "latest": max(days).isoformat() if days else "",
    }


def of(connection: Connection) -> FirstLook | None:
    """Return what was seen of a Connection's company, if anything was."""
    found = connection.first_look
    if not found:
        return None
    latest = date.fromisoformat(found["latest"]) if found["latest"] else None
    return FirstLook(found["id"], found["name"], found["counts"], latest)


def _is_granted(dataset: intacct.Dataset, checks: intacct.Checks) -> bool:
    return all(
        checks[source.permission.key].state == intacct.GRANTED
        for source in dataset.sources
    )


def _day(text: str) -> date | None:
    try:
        return datetime.strptime(text.strip()[:10], "%m/%d/%Y").date()
    except ValueError:
        return None
