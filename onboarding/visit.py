"""Whose visit this is: the invitation a browser session is bound to.

The session keeps the invitation's id, never its token, and whether this browser has
proven itself (by signing in, or with a mailed code).
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from linksite import linking
from linksite.models import LinkRequest

IDLE_SECONDS = 60 * 60
View = Callable[..., HttpResponse]


def begin(request: HttpRequest, link: LinkRequest) -> None:
    """Bind the browser session to an invitation, under a fresh session key."""
    if request.session.get("link") != str(link.pk):
        for key in ("proven", "flagged"):
            request.session.pop(key, None)
    request.session.cycle_key()
    request.session["link"] = str(link.pk)
    request.session["link_seen_at"] = time.time()


def prove(request: HttpRequest, link: LinkRequest) -> None:
    """Note that this browser has shown who it is."""
    begin(request, link)
    request.session["proven"] = str(link.pk)


def is_proven(request: HttpRequest, link: LinkRequest) -> bool:
    """Return whether this browser has shown who it is."""
    return request.session.get("proven") == str(link.pk)


def link_of(request: HttpRequest) -> LinkRequest | None:
    """Return the invitation of this visit; None after an idle hour."""
    seen_at, now = request.session.get("link_seen_at", 0.0), time.time()
    if "link" not in request.session or now - seen_at > IDLE_SECONDS:
        return None
    if now - seen_at > 60:  # a page that polls must not write a session each time
        request.session["link_seen_at"] = now
    known = LinkRequest.objects.select_related("company__client__branding")
    return known.filter(pk=request.session["link"]).first()


def visiting(*, may_be_unproven: bool = False) -> Callable[[View], View]:
    """Give a view the visit's invitation, or answer with the page that says why not."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            link = link_of(request)
            if link is None:
                return render(request, "onboarding/states/idle.html")
            if not link.is_open:
                return gone(request, link)
            if not linking.is_ready(link):
                return paused(request, link)
            proven = may_be_unproven or is_proven(request, link)
            if linking.needs_code(link, proven=proven):
                return redirect("onboarding:code")
            return view(request, link, *args, **kwargs)

        return answer

    return decorate


def gone(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Say that a Link URL no longer works."""
    name = "revoked" if link.revoked_at else "expired"
    context = {"link": link, "contact": _contact(link)}
    return render(request, f"onboarding/states/{name}.html", context, status=410)


def paused(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Say that the Client has switched the Integration off, or never set it up."""
    return render(request, "onboarding/states/paused.html", {"link": link}, status=409)


def _contact(link: LinkRequest) -> str:
    return link.created_by.email if link.created_by else ""
