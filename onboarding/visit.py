"""Whose visit this is: the invitation, or the Handover, a session is bound to.

The session keeps the invitation's id, never its token, which visit of it this is, and
whether this browser has proven itself (by signing in, or with a mailed code). A
colleague's session keeps the Handover's id instead, and opens no page of the
invitation.
"""

import secrets
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation

from linksite import codes, handing, linking, renewing, requesting, returning
from linksite.models import Handover, LinkRequest, Visit

IDLE_SECONDS = 60 * 60
FADE_SECONDS = 60
STOP_POLLING = 286  # a part of a page that asks: take this, then ask no more
View = Callable[..., HttpResponse]


def begin(request: HttpRequest, link: LinkRequest) -> None:
    """Bind the browser session to a visit of an invitation, under a fresh key."""
    session = request.session
    session.pop("handover", None)
    if session.get("link") != str(link.pk):
        for key in ("proven", "visit", "device"):
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


def begin_helping(request: HttpRequest, handover: Handover) -> None:
    """Bind the browser session to a Handover and to nothing else, under a fresh key."""
    for key in ("link", "proven", "flagged", "visit", "device", "resumed"):
        request.session.pop(key, None)
    _renew(request.session)
    request.session["handover"] = str(handover.pk)
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
    if "link" not in request.session or _is_idle(request.session):
        return None
    return _bound(request)


def handover_of(request: HttpRequest) -> Handover | None:
    """Return the Handover of this visit; None after an idle hour."""
    if "handover" not in request.session or _is_idle(request.session):
        return None
    known = Handover.objects.select_related(
        "link_request__company__client", "visit"
    ).prefetch_related("link_request__company__client__integrations")
    handover = known.filter(pk=request.session["handover"]).first()
    return handing.ready(handover) if handover else None


def _is_idle(session: SessionBase) -> bool:
    seen_at, now = session.get("link_seen_at", 0.0), time.time()
    if now - seen_at > IDLE_SECONDS:
        return True
    if now - seen_at > 60:  # a page that polls must not write a session each time
        session["link_seen_at"] = now
    return False


def _is_here(session: SessionBase) -> None:
    """Note that the person of a visit has just done something."""
    if "link_seen_at" in session:
        session["link_seen_at"] = time.time()


def idle_link_of(request: HttpRequest) -> LinkRequest | None:
    """Return the invitation of a visit that ended because nobody did anything."""
    return _bound(request) if "link" in request.session else None


def _bound(request: HttpRequest) -> LinkRequest | None:
    known = LinkRequest.objects.select_related(
        "company__client__branding"
    ).prefetch_related("company__client__integrations")
    link = known.filter(pk=request.session["link"]).first()
    if link:
        link.device = request.session.get("device", "")
        link.is_proven = is_proven(request, link)
        own = link.visits.filter(pk=request.session.get("visit") or 0)
        link.visit = own.first() or Visit(link_request=link)
    return link


def visiting(
    *, may_be_unproven: bool = False, may_be_paused: bool = False
) -> Callable[[View], View]:
    """Give a view the visit's invitation, or answer with the page that says why not."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            link = link_of(request)
            if link is None:
                return _without_link(request)
            if not link.is_open:
                return gone(request, link)
            if not (may_be_paused or requesting.is_ready(link)):
                return paused(request, link)
            proven = may_be_unproven or is_proven(request, link)
            if codes.is_needed(link, proven=proven):
                return redirect("onboarding:code")
            if link.visit.pk is None:
                begin(request, link)
            return view(request, link, *args, **kwargs)

        return answer

    return decorate


def helping(view: View) -> View:
    """Give a view the visit's Handover, or answer with the page that says why not."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        handover = handover_of(request)
        if handover is None:
            return render(request, "onboarding/states/idle.html")
        if not handover.is_open:
            return ended(request, handover)
        if not requesting.is_ready(handover.link_request):
            return paused_for(request, handover)
        return view(request, handover, *args, **kwargs)

    return answer


def _without_link(request: HttpRequest) -> HttpResponse:
    if handover := handover_of(request):
        answer = not_yours if handover.is_open else ended
        return answer(request, handover)
    context = {"may_carry_on": idle_link_of(request) is not None}
    # A page left open must not ask for ever.
    status = STOP_POLLING if request.htmx else 200  # type: ignore[attr-defined]
    return render(request, "onboarding/states/idle.html", context, status=status)


def not_yours(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Say that a page is not among the Steps a colleague was handed."""
    context = {"link": handover.link_request, "handover": handover}
    return render(request, "onboarding/for-you/not-yours.html", context, status=403)


def ended(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Say that a colleague's link no longer works."""
    context = {"link": handover.link_request, "handover": handover}
    return render(request, "onboarding/for-you/ended.html", context, status=410)


def speak(request: HttpRequest, language: str) -> None:
    """Use the language of an invitation until the visitor switches it."""
    if language and "link_language" not in request.COOKIES:
        translation.activate(language)
        request.LANGUAGE_CODE = language


def gone(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Say that a Link URL no longer works; by its button, ask for a new one."""
    if request.method == "POST" and "renew" in request.POST:
        renewing.ask(link)
        return SeeOther(f"{_page(request)}?asked")
    context = {
        "link": link,
        "contact": link.contact,
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
    """After a POST: go and GET that page, and begin to read it at its heading.

    A browser moves focus to what a fragment names, with or without JavaScript, and
    keeps the fragment over further redirects.
    """

    status_code = 303

    def __init__(self, url: str) -> None:
        super().__init__(f"{url}#title")


def paused(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Say that the Client has switched the Integration off, or never set it up.

    By its button, the invited address is told when it is on again.
    """
    if request.method == "POST" and "back" in request.POST:
        returning.ask(link)
        _is_here(request.session)
        return SeeOther(_page(request))
    context = {"link": link, "contact": link.contact, "page": _page(request)}
    context |= back(link)
    return render(request, "onboarding/states/paused.html", context, status=409)


def paused_for(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Say the same to a colleague, whose address is not the invited one."""
    link = handover.link_request
    context = {"link": link, "handover": handover, "contact": link.contact}
    return render(request, "onboarding/states/paused.html", context, status=409)


def back(link: LinkRequest) -> dict[str, object]:
    """Return what a page says of “Email me when it is back”."""
    return {
        "address": masked(link.email),
        "may_ask_back": returning.may_ask(link),
        "is_back_asked": returning.is_asked(link),
    }


def _page(request: HttpRequest) -> str:
    """Return where this very page can be read again: some addresses take POSTs only."""
    match = request.resolver_match
    is_page = match is not None and match.url_name in ("open", "step")
    return request.path if is_page else reverse("onboarding:step", args=["software"])
