"""Whose visit this is: the invitation a browser session is bound to.

The session keeps the invitation's id, never its token, which visit of it this is, and
whether this browser has proven itself (by signing in, or with a mailed code).
"""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render

from linksite import linking, renewing
from linksite.models import LinkRequest, Visit

IDLE_SECONDS = 60 * 60
FADE_SECONDS = 60
View = Callable[..., HttpResponse]


def begin(request: HttpRequest, link: LinkRequest) -> None:
    """Bind the browser session to a visit of an invitation, under a fresh key."""
    session = request.session
    if session.get("link") != str(link.pk):
        for key in ("proven", "flagged", "visit", "device"):
            session.pop(key, None)
    link.device = session.setdefault("device", secrets.token_hex(8))
    if linking.start(link, visit_id=session.get("visit")):
        session["resumed"] = True
    _bind(request, link)


def prove(request: HttpRequest, link: LinkRequest) -> None:
    """Note that this browser has shown who it is, under a fresh key."""
    _bind(request, link)
    request.session["proven"] = str(link.pk)


def _bind(request: HttpRequest, link: LinkRequest) -> None:
    _renew(request.session)
    request.session["link"] = str(link.pk)
    request.session["visit"] = link.visit.pk
    request.session["link_seen_at"] = time.time()


def _renew(session: SessionBase) -> None:
    """Give the session a fresh key, as cycle_key() does, but let the old one fade.

    Two presses can be under way at once. If the second found its session gone, its
    answer would take the first one's cookie away, and the visit with it. What the
    old key opens for that minute has proven nothing.
    """
    if session.session_key:
        session.set_expiry(FADE_SECONDS)
        session.save()
        del session["_session_expiry"]
    session.create()


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
    return _bound(request)


def idle_link_of(request: HttpRequest) -> LinkRequest | None:
    """Return the invitation of a visit that ended because nobody did anything."""
    return _bound(request) if "link" in request.session else None


def _bound(request: HttpRequest) -> LinkRequest | None:
    known = LinkRequest.objects.select_related("company__client")
    link = known.filter(pk=request.session["link"]).first()
    if link:
        link.device = request.session.get("device", "")
        link.is_proven = is_proven(request, link)
        own = link.visits.filter(pk=request.session.get("visit") or 0)
        link.visit = own.first() or Visit(link_request=link)
    return link


def visiting(*, may_be_unproven: bool = False) -> Callable[[View], View]:
    """Give a view the visit's invitation, or answer with the page that says why not."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            link = link_of(request)
            if link is None:
                context = {"may_carry_on": idle_link_of(request) is not None}
                return render(request, "onboarding/states/idle.html", context)
            if not link.is_open:
                return gone(request, link)
            if not linking.is_ready(link):
                return paused(request, link)
            proven = may_be_unproven or is_proven(request, link)
            if linking.needs_code(link, proven=proven):
                return redirect("onboarding:code")
            if link.visit.pk is None:
                begin(request, link)
            return view(request, link, *args, **kwargs)

        return answer

    return decorate


def gone(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Say that a Link URL no longer works; by its button, ask for a new one."""
    if request.method == "POST" and "renew" in request.POST:
        renewing.ask(link)
        return SeeOther(f"{request.path}?asked")
    context = {
        "link": link,
        "contact": _contact(link),
        "address": masked(link.email),
        "is_asked": "asked" in request.GET,
    }
    name = "revoked" if link.revoked_at else "expired"
    return render(request, f"onboarding/states/{name}.html", context, status=410)


def masked(address: str) -> str:
    """Return an e-mail address as its owner recognises it, and nobody learns it."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}•••{at}{domain}" if address else ""


class SeeOther(HttpResponseRedirect):
    """After a POST: go and GET that page."""

    status_code = 303


def paused(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Say that the Client has switched the Integration off, or never set it up."""
    return render(request, "onboarding/states/paused.html", {"link": link}, status=409)


def _contact(link: LinkRequest) -> str:
    return link.created_by.email if link.created_by else ""
