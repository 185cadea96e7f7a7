"""What staff decide: whether another company is read, and deleting what was read."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from linksite import approval
from linksite.models import Company, Connection, Member
from portal.access import MemberRequest, company_of, member_required
from portal.answers import see_other

OPERATOR = Member.Role.OPERATOR
_OTHER_BY_NOW = _lazy("The customer has signed in to yet another company. Look again.")


@require_POST
@member_required(OPERATOR)
def decide(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Approve or refuse the other Sage Intacct company that a customer signed in to."""
    company = company_of(request, company_id)
    row = _held(company)
    if row is None:
        messages.warning(request, _("Nothing waits for approval any more."))
    elif "refuse" in request.POST:
        approval.refuse(row)
        messages.success(request, _("Refused. Its password is erased."))
    elif approval.approve(
        row, company_id=request.POST.get("approve", ""), by=request.user
    ):
        messages.success(
            request, _("Approved. It is read as soon as the customer has finished.")
        )
    else:
        messages.warning(request, _OTHER_BY_NOW)
    return see_other("portal:company", company.pk)


def _held(company: Company) -> Connection | None:
    return company.connections.live().exclude(held_at=None).first()


@require_POST
@member_required(OPERATOR)
def confirm(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Note that the linked company is the right one."""
    company = company_of(request, company_id)
    row, shown = _unconfirmed(company), request.POST.get("confirm", "")
    if row and not approval.confirm(row, company_id=shown, by=request.user):
        messages.warning(request, _OTHER_BY_NOW)
    elif row:
        messages.success(request, _("Confirmed."))
    return see_other("portal:company", company.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(OPERATOR)
def reject(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Ask whether to end an unconfirmed Connection; by POST, do it."""
    company = company_of(request, company_id)
    row = _unconfirmed(company)
    if row is None:
        return redirect("portal:company", company.pk)
    if request.method != "POST":
        context = {"company": company, "connection": row}
        return render(request, "portal/reject.html", context)
    if approval.reject(row, company_id=request.POST.get("reject", "")):
        messages.success(request, _("Refused. What was read is deleted."))
    else:
        messages.warning(request, _OTHER_BY_NOW)
    return see_other("portal:company", company.pk)


def _unconfirmed(company: Company) -> Connection | None:
    row = company.connections.live().first()
    return row if row and row.is_unconfirmed else None


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(OPERATOR)
def erase(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Ask whether to delete what was read of a disconnected Company; by POST, do it."""
    company = company_of(request, company_id)
    connection = company.connection()
    if connection is None or not connection.unlinked_at:
        return redirect("portal:company", company.pk)
    if request.method != "POST":
        return render(request, "portal/erase.html", {"company": company})
    approval.erase(company)
    messages.success(request, _("What was read is deleted."))
    return see_other("portal:company", company.pk)
