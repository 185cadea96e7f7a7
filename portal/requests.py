"""Requesting data: the Link URL shown once, its email, and taking it back."""

from typing import Any
from uuid import UUID

from django.conf import settings as site
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST

from linksite import (
    approval,
    handing,
    integrations,
    mailing,
    probing,
    reach,
    renewing,
    requesting,
    vault,
)
from linksite.models import Company, Handover, LinkRequest, Member
from portal import progress
from portal.access import MemberRequest, company_of, member_required
from portal.answers import see_other
from portal.forms import ExpectForm, SendForm

COOKIE = "link_url"
COOKIE_SECONDS = 10 * 60

OPERATOR = Member.Role.OPERATOR


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(OPERATOR)
def show(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Show the invitation of a Company; by POST, make its Link URL first.

    One more is made only by the button that says so: `new`.
    """
    company = company_of(request, company_id)
    if request.method == "POST":
        return _new_url(request, company)
    last = company.link_requests.first()
    first = {
        "email": last.email if last else "",
        "language": (last.language if last else "") or get_language(),
    }
    return _page(request, company, SendForm(initial=first))


@sensitive_variables()
def _new_url(request: MemberRequest, company: Company) -> HttpResponse:
    """Put a fresh Link URL into a sealed cookie of this browser, and nowhere else."""
    page = reverse("portal:request-data", args=[company.pk])
    response = see_other(page)
    try:
        link, url = requesting.request_data(
            company, by=request.user, once="new" not in request.POST
        )
    except (requesting.NotReady, requesting.AlreadyOpen):
        return response  # The page says what is missing, or where they are.
    response.set_cookie(
        COOKIE,
        vault.seal(url, place=_place(request, link)),
        max_age=COOKIE_SECONDS,
        path=page,
        secure=site.SITE_IS_SECURE,
        httponly=True,
        samesite="Strict",
    )
    return response


def _place(request: MemberRequest, link: LinkRequest) -> str:
    return f"cookie/link-url/{link.pk}/{request.user.pk}"


def _shown_url(request: MemberRequest, link: LinkRequest | None) -> str:
    """Return the Link URL this browser made a moment ago, or ""."""
    if link is None:
        return ""
    sealed = request.COOKIES.get(COOKIE, "")
    try:
        return vault.open_sealed(sealed, place=_place(request, link))
    except vault.Unreadable:
        return ""


def _page(
    request: MemberRequest, company: Company, form: SendForm, status: int = 200
) -> HttpResponse:
    settings = integrations.settings_for(company.client)
    link = company.link_requests.open().first()
    context = {
        "company": company,
        "settings": settings,
        "integration": integrations.get(settings.integration),
        "link": link,
        "last": company.link_requests.first(),
        "url": _shown_url(request, link),
        "form": form,
        "expected": ExpectForm(instance=company),
        "facts": _facts(company, link),
        "handovers": _handovers(link),
    }
    return render(request, "portal/request-data.html", context, status=status)


def _facts(company: Company, link: LinkRequest | None) -> dict[str, Any]:
    """Return how far the customer is, as far as it is ours to tell."""
    connection = company.connections.live().first()
    missing: list[probing.Finding] = []
    if connection and not connection.linked_at:
        gone_without = reach.left_out(connection)
        found = probing.missing(connection)
        missing = [each for each in found if each.permission not in gone_without]
    last = link or company.link_requests.first()
    return {
        "connection": connection,
        "missing": missing,
        "is_last_press": bool(
            connection and not connection.linked_at and probing.is_enough(connection)
        ),
        "link": link,
        "steps": progress.rows(last, connection),
        "asked_at": renewing.asked_at(company),
    }


def _handovers(link: LinkRequest | None) -> list[tuple[Handover, str]]:
    """Return who was handed something, and how it stands with each."""
    return [(row, _standing(row)) for row in link.handovers.all()] if link else []


def _standing(row: Handover) -> str:
    if row.taken_back_at:
        return "taken-back"
    if handing.is_done(row):
        return "done"
    return "opened" if row.opened_at else "sent"


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(OPERATOR)
def expect(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Note which Sage Intacct company is expected: linked, it needs no confirmation."""
    company = company_of(request, company_id)
    form = ExpectForm(request.POST or None, instance=company)
    if form.is_valid():
        approval.expect(company, company_id=form.cleaned_data["expected_company_id"])
        messages.success(request, _("Saved"))
    return see_other("portal:request-data", company.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(OPERATOR)
@sensitive_variables()
def send(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Mail a Link URL of its own to a customer."""
    company = company_of(request, company_id)
    if request.method != "POST":
        return redirect("portal:request-data", company.pk)
    form = SendForm(request.POST)
    if not form.is_valid():
        return _page(request, company, form, status=422)
    to, language = form.cleaned_data["email"], form.cleaned_data["language"]
    try:
        link, url = requesting.request_data(
            company, by=request.user, email=to, language=language
        )
        mailing.send_link(link, url, to=to, language=language, by=request.user)
    except requesting.NotReady:
        return see_other("portal:request-data", company.pk)
    except OSError:  # smtplib's errors are OSErrors
        form.add_error("email", _("The email could not be sent. Try again later"))
        return _page(request, company, form, status=503)
    messages.success(request, _("Link sent to %(email)s") % {"email": to})
    return see_other("portal:request-data", company.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(OPERATOR)
def revoke(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Ask whether to revoke the open Link URLs; by POST, do it."""
    company = company_of(request, company_id)
    link = company.link_requests.open().first()
    if link is None:
        return see_other("portal:request-data", company.pk)
    if request.method != "POST":
        is_linked = (row := company.connection()) is not None and row.is_linked
        context = {"company": company, "link": link, "is_linked": is_linked}
        return render(request, "portal/revoke.html", context)
    requesting.revoke(link)
    messages.success(request, _("Link revoked. It no longer works."))
    response = see_other("portal:request-data", company.pk)
    page = reverse("portal:request-data", args=[company.pk])
    response.delete_cookie(COOKIE, path=page, samesite="Strict")
    return response


@require_POST
@member_required(OPERATOR)
def stop_reminders(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Send the customer no more reminders of the open invitation."""
    company = company_of(request, company_id)
    if link := company.link_requests.open().first():
        requesting.stop_reminders(link)
        messages.success(request, _("Reminders stopped"))
    return see_other("portal:request-data", company.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(OPERATOR)
def allow(request: MemberRequest, company_id: UUID) -> HttpResponse:
    """Let the open invitation be handed over to any mail domain, or no longer."""
    company = company_of(request, company_id)
    link = company.link_requests.open().first()
    if link and request.method == "POST":
        handing.allow_anywhere(link, on=request.POST.get("on") == "true")
    return see_other("portal:request-data", company.pk)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(OPERATOR)
def end_handover(
    request: MemberRequest, company_id: UUID, handover_id: UUID
) -> HttpResponse:
    """End a colleague's link; the customer may hand over again."""
    company = company_of(request, company_id)
    mine = Handover.objects.filter(link_request__company=company)
    handover = get_object_or_404(mine, pk=handover_id)
    if request.method == "POST":
        handing.take_back(handover)
        words = _("The link of %(email)s no longer works.")
        messages.success(request, words % {"email": handover.email})
    return see_other("portal:request-data", company.pk)
