"""Settings > Integrations > Accounting: the switch, the Sender, and its test."""

import logging
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import (
    sensitive_post_parameters,
    sensitive_variables,
)
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)

from linksite import hours, integrations, lanes, vault
from linksite.models import Connection, IntegrationSettings, Member, Record
from portal import troubles
from portal.access import MemberRequest, member_required
from portal.answers import see_other
from portal.forms import ModeForm, SenderForm

logger = logging.getLogger(__name__)

ADMIN = Member.Role.ADMIN


@require_safe
@member_required()
def home(request: MemberRequest) -> HttpResponse:
    """Lead on from Settings."""
    return render(request, "portal/settings.html")


@require_safe
@member_required()
def categories(request: MemberRequest) -> HttpResponse:
    """Lead on from Settings > Integrations."""
    return render(request, "portal/categories.html")


@require_safe
@member_required()
def index(request: MemberRequest) -> HttpResponse:
    """List the accounting systems with their state and switch."""
    rows = [
        (row, integrations.settings_for(request.member.client, row.slug))
        for row in integrations.CATALOGUE
    ]
    return render(request, "portal/accounting.html", {"rows": rows})


def _of(request: MemberRequest, slug: str) -> IntegrationSettings:
    """Return this Client's settings of a catalogued Integration, or a 404."""
    if integrations.get(slug) is None:
        raise Http404
    return integrations.settings_for(request.member.client, slug)


@sensitive_post_parameters("sender_password")
@sensitive_variables()
@require_http_methods(["GET", "HEAD", "POST"])
@member_required(to_change=ADMIN)
def show(request: MemberRequest, integration: str) -> HttpResponse:
    """Show the settings; by POST, save Sender and mode, and maybe test the Sender."""
    settings = _of(request, integration)
    data = request.POST if request.method == "POST" else None
    sender = _sender_form(settings, data)
    mode = ModeForm(data, instance=_copy(settings))
    if data is None:
        return _page(request, settings, sender, mode)
    if data.get("changed_at") != _version(settings):
        return _page(
            request,
            settings,
            _sender_form(settings, None),
            ModeForm(instance=settings),
            status=409,
        )
    if not (mode.is_valid() and (sender is None or sender.is_valid())):
        return _page(request, settings, sender, mode, status=422)
    _save(request, settings, sender, mode)
    if "test" in data:
        _test(request, settings)
    messages.success(request, _saved(settings))
    return see_other("portal:integration", integration)


def _copy(settings: IntegrationSettings) -> IntegrationSettings:
    # A ModelForm writes into its instance even when the save is refused.
    return IntegrationSettings(
        client=settings.client,
        integration=settings.integration,
        mode=settings.mode,
        refresh_hours=settings.refresh_hours,
    )


def _sender_form(settings: IntegrationSettings, data: Any) -> SenderForm | None:
    """Return the form of the Sender; None when a Solutions Engineer filled it in."""
    if settings.is_prefilled:
        return None
    return SenderForm(
        data,
        initial={"sender_id": settings.sender_id},
        has_password=bool(settings.sender_password_sealed),
    )


def _version(settings: IntegrationSettings) -> str:
    """Return what a form carries to prove that it saw the latest values."""
    return settings.changed_at.isoformat() if settings.changed_at else "new"


@sensitive_variables()
def _save(
    request: MemberRequest,
    settings: IntegrationSettings,
    sender: SenderForm | None,
    mode: ModeForm,
) -> None:
    if sender and sender.has_changed():
        integrations.save_sender(
            settings,
            sender_id=sender.cleaned_data["sender_id"],
            password=sender.cleaned_data["sender_password"],
            by=request.user,
            filled_by=IntegrationSettings.FilledBy.CLIENT,
        )
    integrations.choose_mode(settings, **mode.cleaned_data, by=request.user)


def _saved(settings: IntegrationSettings) -> str:
    """Say that it is saved, and what comes next, if anything does."""
    if settings.is_enabled or settings.sender_refused_at:
        return _("Saved")
    name = {"integration": _name(settings)}
    return _("Saved. Now switch %(integration)s on") % name


def _page(
    request: MemberRequest,
    settings: IntegrationSettings,
    sender: SenderForm | None,
    mode: ModeForm,
    status: int = 200,
) -> HttpResponse:
    errors = [form for form in (sender, mode) if form and form.errors]
    context = {
        "settings": settings,
        "integration": integrations.get(settings.integration),
        "sender": sender,
        "mode": mode,
        "form": errors[0] if errors else None,
        "version": _version(settings),
        "is_stale": status == 409,
        "may_change": request.member.may_administer,
        "linked": _linked(settings),
        "checklist": _checklist(settings),
    }
    return render(request, "portal/integration.html", context, status=status)


def _linked(settings: IntegrationSettings) -> int:
    return (
        Connection.objects.linked()
        .filter(company__client=settings.client, integration=settings.integration)
        .count()
    )


def _checklist(settings: IntegrationSettings) -> dict[str, bool]:
    """Return which steps of the test are done, from the facts."""
    tests = settings.client.companies.filter(is_test=True)
    read = Record.objects.filter(connection__company__in=tests)
    return {
        "sender": settings.has_sender and not settings.sender_refused_at,
        "enabled": settings.is_enabled,
        "company": tests.exists(),
        "request": tests.filter(link_requests__started_at__isnull=False).exists(),
        "data": read.exists(),
    }


@require_POST
@member_required(ADMIN)
def switch(request: MemberRequest, integration: str) -> HttpResponse:
    """Enable, or disable; disabling what is in use asks first, on its own page."""
    settings = _of(request, integration)
    on = request.POST.get("enabled") == "1"
    if not on and settings.is_enabled and _linked(settings):
        return see_other("portal:disable", integration)
    return _switch(request, settings, on=on)


@require_http_methods(["GET", "HEAD", "POST"])
@member_required(ADMIN)
def disable(request: MemberRequest, integration: str) -> HttpResponse:
    """Ask whether to disable an Integration that is in use; by POST, do it."""
    settings = _of(request, integration)
    if request.method == "POST":
        return _switch(request, settings, on=False)
    if not settings.is_enabled:
        return redirect("portal:accounting")
    context = {
        "settings": settings,
        "integration": integrations.get(integration),
        "linked": _linked(settings),
    }
    return render(request, "portal/disable.html", context)


def _switch(
    request: MemberRequest, settings: IntegrationSettings, *, on: bool
) -> HttpResponse:
    name = {"integration": _name(settings)}
    try:
        integrations.switch(settings, on=on, by=request.user)
    except integrations.NoSender:
        text = _("Enter the Sender ID and Sender Password first")
        messages.warning(request, text)
        return see_other("portal:integration", settings.integration)
    if on:
        messages.success(request, _("%(integration)s is enabled") % name)
    else:
        messages.success(request, _("%(integration)s is disabled") % name)
    if request.POST.get("from") == "settings":
        return see_other("portal:integration", settings.integration)
    return see_other("portal:accounting")


def _name(settings: IntegrationSettings) -> str:
    row = integrations.get(settings.integration)
    return row.name if row else settings.integration


def _test(request: MemberRequest, settings: IntegrationSettings) -> None:
    """Try the stored Sender at the gateway, and say what it answered."""
    if not settings.has_sender:
        text = _("Enter the Sender ID and Sender Password first")
        messages.warning(request, text)
        return
    try:
        error = integrations.test_sender(settings)
    except lanes.Full:
        text = _("Many are asking Sage Intacct right now. Nothing was sent")
        messages.warning(request, text)
        return
    except vault.Unreadable:
        logger.exception("the Sender of %s cannot be opened", settings)
        messages.error(request, _unreadable(settings))
        return
    if error is None:
        now = hours.clock(timezone.now())
        text = _("Sage Intacct accepted these credentials at %(time)s")
        messages.success(request, text % {"time": now})
    elif error.outcome == "bad_partner_credential":
        text = _("Sage Intacct did not accept this Sender ID and Sender Password")
        messages.error(request, text)
    else:
        text = _("%(what)s. Nothing was changed: try again later")
        what = troubles.trouble(error.outcome).name
        messages.warning(request, text % {"what": what})


def _unreadable(settings: IntegrationSettings) -> str:
    if settings.is_prefilled:
        return _(
            "We cannot open the stored Sender Password. Our turn: your Solutions "
            "Engineer enters it again."
        )
    return _(
        "We cannot open the stored Sender Password, which is our fault. Enter it "
        "again and save."
    )
