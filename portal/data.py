"""One Dataset of a Company as a table."""

from typing import Any
from uuid import UUID

from django.db.models import F, Q, QuerySet, TextField, Value
from django.db.models.expressions import Combinable
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Concat, LPad, Substr
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linksite import intacct
from linksite.models import Connection, Reading, Record
from portal import companies, trial_balance, troubles
from portal.access import MemberRequest, company_of, member_required

PER_PAGE = 50


@require_safe
@member_required()
def show(request: MemberRequest, company_id: UUID, dataset: str) -> HttpResponse:
    """Show 50 Records, from a place on."""
    company = company_of(request, company_id)
    table = intacct.BY_SLUG.get(dataset)
    if table is None:
        raise Http404
    connection = company.connection()
    q = request.GET.get("q", "").replace("\x00", "").strip()[:120]
    after = request.GET.get("after", "").replace("\x00", "")[:120]
    records = _found(connection, table, q, after) if connection else []
    shown, more = records[:PER_PAGE], records[PER_PAGE:]
    context = companies.head(company, connection) | {
        "dataset": table,
        "columns": table.columns,
        "records": shown,
        "next": _place(shown[-1]) if more else "",
        "total": _count(connection, table),
        "is_read": _is_read(connection, table),
        "unread": _unread(connection, table),
        "q": q,
        "after": after,
    }
    if connection and table is trial_balance.TABLE:
        context["columns"] = trial_balance.name(connection, shown)
        context["totals"] = {} if q else trial_balance.totals(connection)
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
    records = connection.records.filter(dataset=table.slug)
    if q:
        records = _searched(connection, records, table, q)
    if table.dated:
        records = records.annotate(place=_age(table.dated)).order_by("-place")
        ahead = Q(place__lt=after) if after else Q()
    else:
        records = records.annotate(place=F("key")).order_by("place")
        ahead = Q(place__gt=after)
    return list(records.filter(ahead)[: PER_PAGE + 1])


def _place(record: Any) -> str:
    """Return where the next page goes on: what `_found` sorted by."""
    place: str = record.place
    return place


def _age(field: str) -> Combinable:
    """Return what sorts papers by their day, MM/DD/YYYY, and then by their number."""
    day = KeyTextTransform(field, "body")
    parts = (Substr(day, 7, 4), Substr(day, 1, 2), Substr(day, 4, 2))
    number = LPad("key", 20, Value("0"))
    return Concat(*parts, number, output_field=TextField())


def _searched(
    connection: Connection, records: QuerySet[Record], table: intacct.Dataset, q: str
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
    if table is trial_balance.TABLE:
        wanted |= Q(key__in=trial_balance.called(connection, q))
    return records.filter(wanted)
