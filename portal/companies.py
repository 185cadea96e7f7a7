"""The Companies of a Client: the list, a new one, and one with its figures."""

from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linksite import firstlook, intacct, integrations, probing, reach, syncing
from linksite.models import Company, Connection, Member
from portal import figures, standing, troubles
from portal.access import MemberRequest, company_of, member_required
from portal.answers import see_other
from portal.forms import CompanyForm

PER_PAGE = 25
LATEST = 5

OPERATOR = Member.Role.OPERATOR


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Start where the work is."""
    return redirect("portal:companies")


@require_safe
@member_required()
def index(request: MemberRequest) -> HttpResponse:
    """List the Companies, by page, name and status."""
    q = request.GET.get("q", "").replace("\x00", "").strip()[:120]
    status = request.GET.get("status", "")
    everybody = request.member.client.companies.order_by("name", "id")
    found = standing.filtered(everybody.filter(name__icontains=q), status)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
    shown = standing.with_facts(found.filter(pk__in=[row.pk for row in page]))
    rows = [(company, standing.standing(company)) for company in shown]
    context = {
        "page": page,
        "rows": rows,
        "q": q,
        "status": status,
        "filters": standing.FILTERS.items(),
        "settings": integrations.settings_for(request.member.client),
        "is_filtered": bool(q or status),
        "has_companies": bool(rows) or everybody.exists(),
    }
    return render(request, "portal/companies.html", context)


@member_required(OPERATOR)
def new(request: MemberRequest) -> HttpResponse:
    """Create a Company, once; a name that exists is a warning, not an error."""
    mine = request.member.client.companies
    company = Company(
        pk=_pressed(request), client=request.member.client, created_by=request.user
    )
    if mine.filter(pk=company.pk).exists():
        return see_other("portal:company", company.pk)
    first = {"is_test": "test" in request.GET}
    data = request.POST if request.method == "POST" else None
    form = CompanyForm(data, instance=company, initial=first)
    page: dict[str, Any] = {"form": form, "key": company.pk}
    if not form.is_valid():
        status = 422 if form.is_bound else 200
        return render(request, "portal/new-company.html", page, status=status)
    twins = mine.exclude(pk=company.pk).filter(name__iexact=company.name)
    if twins.exists() and request.POST.get("twin") != company.name:
        page["twin"] = twins.first()
        return render(request, "portal/new-company.html", page, status=422)
    with suppress(IntegrityError), transaction.atomic():  # the other press was first
        form.save()
        messages.success(request, _("Company created"))
    return see_other("portal:company", company.pk)


def _pressed(request: MemberRequest) -> UUID:
    """Return the ID that the page gave its one Company: a second press finds it."""
    try:
        return UUID(request.POST.get("key", ""))
    except ValueError:
        return uuid4()


@require_safe
@member_required()
def show(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Show a Company: its figures and what was read; the reading alone, for htmx."""
    company = company_of(request, company_id)
    connection = company.connection()
    context = head(company, connection) | _facts(company, connection)
    is_running = bool(context["progress"] and context["progress"].is_running)
    is_known = is_running and context["progress"].seen == request.GET.get("seen")
    if request.htmx and is_known:
        return HttpResponse(status=204)
    if connection and context["has_records"] and not (request.htmx and is_running):
        context |= _overview(connection)
    if not request.htmx:
        return render(request, "portal/company.html", context)
    context |= {"is_fragment": True, "say": _said(context["progress"])}
    # 286 tells htmx to stop asking.
    status = 200 if is_running else 286
    return render(request, "portal/_reading.html", context, status=status)


def _said(progress: syncing.Progress | None) -> str:
    if progress is None or not progress.is_running:
        return _("Reading finished")
    counts = {"done": progress.done, "total": progress.total}
    return _("Reading, %(done)s of %(total)s") % counts


def head(company: Company, connection: Connection | None) -> dict[str, Any]:
    """Return what the head of a Company's pages shows."""
    fetched = standing.with_facts(Company.objects.filter(pk=company.pk)).get()
    stands = standing.standing(fetched)
    is_linked = bool(connection and not connection.unlinked_at and connection.linked_at)
    slug = connection.integration if connection else integrations.SAGE_INTACCT.slug
    return {
        "company": company,
        "connection": connection,
        "integration": integrations.get(slug),
        "standing": stands,
        "is_to_erase": stands is standing.TO_ERASE,
        "datasets": intacct.DATASETS,
        "trouble": _trouble(company, connection),
        "can_sync": bool(is_linked and connection and connection.password_sealed),
    }


def _facts(company: Company, connection: Connection | None) -> dict[str, Any]:
    progress = syncing.progress(connection) if connection else None
    is_live = bool(connection and not connection.unlinked_at)
    return {
        "settings": integrations.settings_for(company.client),
        "missing": _missing(connection) if is_live else [],
        "left_out": _left_out(connection),
        "is_one_time": integrations.settings_for(company.client).is_one_time,
        "look": firstlook.of(connection) if connection else None,
        "absent": _absent(connection) if is_live else "",
        "is_everything_missing": bool(
            connection and is_live and probing.is_everything_missing(connection)
        ),
        "is_asked": not connection and company.link_requests.open().exists(),
        "progress": progress,
        "rows": _rows(progress) if progress else [],
        "unread": _unread(progress) if progress else set(),
        "has_records": bool(progress and any(r.records for r in progress.datasets)),
    }


def _overview(connection: Connection) -> dict[str, Any]:
    """Return the figures over what is stored, newest reading or not."""
    today = timezone.localdate()
    invoices = _bodies(connection, "invoices")
    papers = figures.latest(invoices, today, LATEST)
    return {
        "blocks": figures.blocks(
            invoices,
            _bodies(connection, "bills"),
            _bodies(connection, "bank-accounts"),
            _bodies(connection, "trial-balance"),
            today,
        ),
        "papers": papers,
        "totals": figures.totals(papers),
        "invoice_count": len(invoices),
    }


def _bodies(connection: Connection, dataset: str) -> list[figures.Body]:
    found = connection.records.filter(dataset=dataset)
    return list(found.values_list("body", flat=True).iterator(2000))


def _trouble(
    company: Company, connection: Connection | None
) -> troubles.Trouble | None:
    if connection and not connection.unlinked_at:
        return troubles.of_connection(connection)
    return troubles.of_link(company.link_requests.first())


def _missing(connection: Connection | None) -> list[probing.Finding]:
    if connection is None:
        return []
    skipped = reach.left_out(connection)
    return [
        finding
        for finding in probing.findings(connection)
        if finding.state == intacct.MISSING and finding.permission not in skipped
    ]


def _absent(connection: Connection | None) -> str:
    """Return the names of what the customer's subscription does not include."""
    found = probing.findings(connection) if connection else []
    names = [_(f.permission.name) for f in found if f.state == probing.ABSENT]
    return ", ".join(names)


def _left_out(connection: Connection | None) -> tuple[intacct.Dataset, ...]:
    """Return what a grant would still bring."""
    if connection is None or connection.unlinked_at:
        return ()
    return reach.datasets_left_out(connection)


def _unread(progress: syncing.Progress) -> set[str]:
    """Return the Datasets whose sums would be a guess: none of them was read."""
    return {
        row.dataset.slug
        for row in progress.datasets
        if not row.records and row.state != syncing.DONE
    }


def _rows(
    progress: syncing.Progress,
) -> list[tuple[syncing.DatasetProgress, troubles.Trouble | None]]:
    return [
        (row, troubles.trouble(row.outcome) if row.outcome else None)
        for row in progress.datasets
    ]


@require_POST
@member_required(OPERATOR)
def sync(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Ask for a Sync now."""
    company = company_of(request, company_id)
    connection = company.connections.linked().first()
    if connection is None:
        messages.warning(request, _("This company is not linked."))
        return see_other("portal:company", company.pk)
    try:
        syncing.queue(connection)
    except syncing.CannotSync:
        text = _("Its password was forgotten after the one-time sync. Request data.")
        messages.warning(request, text)
    return see_other("portal:company", company.pk)
