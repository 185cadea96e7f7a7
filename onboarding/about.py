"""The pages beside the Steps: help, privacy, accessibility, what a role may do."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from linksite import requesting
from linksite.models import LinkRequest
from onboarding import paths, permissions, software
from onboarding.visit import handover_of, link_of, visiting


@visiting()
@require_safe
def permission_list(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Show all that the role must allow and nothing more, to print or to copy."""
    role = requesting.suggested(link)
    context = {
        "link": link,
        "suggested": role,
        "modules": permissions.by_module(),
        "text": permissions.as_text(role.role_name),
        "path": paths.click_path(paths.TO["permissions"], ours=role.role_name),
        "user_path": paths.click_path(paths.TO["user-subscriptions"]),
        "words": paths.Words(),
        "back": software.flow(link).current,
    }
    return render(request, "onboarding/intacct/permission-list.html", context)


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    """Show whom to ask, and what usually helps."""
    return _about(request, "help")


@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show what is read, kept and never shown."""
    return _about(request, "privacy")


@require_safe
def accessibility(request: HttpRequest) -> HttpResponse:
    """Show what was done for accessibility, and whom to tell of a fault."""
    return _about(request, "accessibility")


def _about(request: HttpRequest, name: str) -> HttpResponse:
    context = {"link_days": settings.LINK_DAYS, "words": paths.Words()}
    context |= _visit(request)
    return render(request, f"onboarding/about/{name}.html", context)


def _visit(request: HttpRequest) -> dict[str, object]:
    """Return whose visit this is, and the way back to where they were."""
    if mine := handover_of(request):
        steps = {"url": reverse("onboarding:for-you-done")}
        return {"link": mine.link_request, "back": steps}
    link = link_of(request)
    return {"link": link, "back": software.flow(link).current if link else None}
