"""The look that a Step's page takes while the customer works in Sage Intacct."""

from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from linksite import watching
from linksite.models import Handover, LinkRequest
from onboarding import software
from onboarding.flow import Flow, Step
from onboarding.helping import Part
from onboarding.rail import rail
from onboarding.sighting import WATCHED, is_watching, sighting
from onboarding.visit import STOP_POLLING, SeeOther, helping, visiting

TOO_SOON = gettext_lazy("We did not look just now: press once more in ten seconds.")


@require_POST
@visiting()
def look(request: HttpRequest, link: LinkRequest, slug: str) -> HttpResponse:
    """Look whether a Step is done, and tell its page what has changed.

    By itself a page asks often and is mostly told what is known already; a person
    who presses the button, with or without script, is looked for sooner.
    """
    return _look(request, lambda: software.flow(link), slug)


@require_POST
@helping
def look_for_you(request: HttpRequest, handover: Handover, slug: str) -> HttpResponse:
    """Look for a colleague, who is told only whether the Step is done."""
    return _look(request, lambda: Part(handover), slug)


def _look(
    request: HttpRequest, flow_now: Callable[[], Flow], slug: str
) -> HttpResponse:
    flow = flow_now()
    shown = flow.get(slug)
    if slug not in WATCHED or shown is None or not flow.is_open(shown):
        raise Http404
    by_hand = "by_hand" in request.POST
    has_looked = bool(flow.connection) or watching.look(flow.link, by_hand=by_hand)
    too_soon = str(TOO_SOON) if by_hand and not has_looked else ""
    if not request.htmx:  # type: ignore[attr-defined]  # django-htmx adds it
        if too_soon:
            request.session["remarks"] = [too_soon]
        return SeeOther(shown.url)
    flow = flow_now()
    step = flow.get(slug) or shown
    return _tell(request, flow, step, by_hand=by_hand, too_soon=too_soon)


def _tell(
    request: HttpRequest, flow: Flow, shown: Step, *, by_hand: bool, too_soon: str
) -> HttpResponse:
    now = sighting(flow.link, shown.slug, flow.watch)
    goes_on = flow.connection is None and is_watching(flow.link, now)
    status = 200 if goes_on else STOP_POLLING
    before = request.POST.get("seen", "")
    is_news = not before.startswith(now.news)
    if now.seen == before and goes_on and not by_hand:
        return HttpResponse(status=204)
    page = {
        "step": shown,
        "sighting": now,
        "is_watching": goes_on,
        "news": too_soon or (now.title if by_hand or is_news else ""),
        "too_soon": too_soon,
        "was_denied": "denied" in request.POST,
        "rail": rail(flow, shown),
        "watched": WATCHED,
        "oob": True,
    }
    return render(request, "onboarding/intacct/_watch.html", page, status=status)
