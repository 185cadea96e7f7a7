"""One Dataset of a Company as a table."""

from uuid import UUID

from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linksite import intacct
from linksite.models import Connection, Reading, Record
from portal import companies, troubles
from portal.access import MemberRequest, company_of, member_required

PER_PAGE = 50


@require_safe
@member_required()
def show(request: MemberRequest, company_id: UUID, dataset: str) -> HttpResponse:
    """Show 50 Records, from a key on."""
    company = company_of(request, company_id)
    table = intacct.BY_SLUG.get(dataset)
    if table is None:
        raise Http404
    connection = company.connection()
    q = request.GET.get("q", "").replace("\x00", "").strip()[:120]
    after = request.GET.get("after", "").replace("\x00", "")[:120]
    records = _found(connection, table, q, after) if connection else []
    context = companies.head(company, connection) | {
        "dataset": table,
        "records": records[:PER_PAGE],
        "next": records[PER_PAGE - 1].key if len(records) > PER_PAGE else "",
        "total": _count(connection, table),
        "is_read": _is_read(connection, table),
        "unread": _unread(connection, table),
        "q": q,
        "after": after,
    }
    return render(request, "portal/data.html", context)


def _is_read(connection: Connection | None, table: intacct.Dataset) -> bool:
    read = Reading.objects.filter(sync__connection=connection, dataset=table.slug)
    return read.filter(finished_at__isnull=False, outcome="").exists()


def _unread(
    connection: Connection | None, table: intacct.Dataset
) -> troubles.Trouble | None:
    """Return what kept the latest reading from this Dataset."""
    read = Reading.objects.filter(sync__connection=connection, dataset=table.slug)
    last = read.filter(finished_at__isnull=False).last()
    return troubles.trouble(last.outcome) if last and last.outcome else None


def _count(connection: Connection | None, table: intacct.Dataset) -> int:
    if connection is None:
        return 0
    return connection.records.filter(dataset=table.slug).count()


def _found(
    connection: Connection, table: intacct.Dataset, q: str, after: str
) -> list[Record]:
    """Return a page of Records and one more, which says that a next page exists."""
    records = connection.records.filter(dataset=table.slug, key__gt=after)
    if q:
        records = _searched(records, table, q)
    return list(records.order_by("key")[: PER_PAGE + 1])


def _searched(
    records: QuerySet[Record], table: intacct.Dataset, q: str
) -> QuerySet[Record]:
    """Keep Records with `q` in their key or in one of the columns people see."""
    wanted = Q(key__icontains=q)
    for number, column in enumerate(table.columns):
        # A field's name may hold dots, which a lookup would not mind, but `__`
        # would split: an alias per column is safe for every name.
        records = records.alias(
            **{f"column_{number}": KeyTextTransform(column.field, "body")}
        )
        wanted |= Q(**{f"column_{number}__icontains": q})
    return records.filter(wanted)
