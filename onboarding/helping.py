"""What a colleague sees who was handed some Steps: these Steps, and nothing entered."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from linksite import handing, linking, requesting
from linksite.models import Handover
from onboarding import answering, software
from onboarding.flow import Flow, Step, Stopped
from onboarding.rail import rail
from onboarding.visit import (
    SeeOther,
    begin_helping,
    ended,
    helping,
    not_yours,
    paused_for,
    speak,
)


class Part(Flow):
    """The Steps that a colleague was handed; their numbers are the customer's."""

    route = "onboarding:for-you"
    look_route = "onboarding:for-you-look"

    def __init__(self, handover: Handover) -> None:
        self.whole = software.flow(handover.link_request)
        mine = [type(step) for step in self.whole.steps if step.slug in handover.steps]
        super().__init__(handover.link_request, tuple(mine))

    def number(self, slug: str) -> int:
        """Return the number that the customer sees for a Step."""
        return self.whole.number(slug)

    def by_slug(self, slug: str) -> Step:
        """Return the Step with this slug, which they were handed."""
        return next(step for step in self.steps if step.slug == slug)


def open_link(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Show a colleague what they are asked; only pressing Start begins a visit."""
    speak(request, handover.language)
    if not handover.is_open:
        return ended(request, handover)
    if handing.is_done(handover):
        return _thanks(request, handover)
    if request.method == "POST":
        return _start(request, handover)
    context = _asked(handover) | {"part": Part(handover)}
    return render(request, "onboarding/for-you/open.html", context)


def _start(request: HttpRequest, handover: Handover) -> HttpResponse:
    if not requesting.is_ready(handover.link_request):
        return paused_for(request, handover)
    handing.start(handover)
    begin_helping(request, handover)
    return _next(handover)


@helping
def step(request: HttpRequest, handover: Handover, slug: str) -> HttpResponse:
    """Show one of the colleague's Steps, or take the answer to it."""
    part = Part(handover)
    shown = part.get(slug)
    if shown is None:
        return not_yours(request, handover)
    if handing.is_done(handover) or not part.is_open(shown):
        return _next(handover)
    form = shown.form(request.POST if request.method == "POST" else None)
    form.initial = {}  # what the customer entered is not the colleague's to see
    if request.method != "POST":
        return _show(request, handover, shown, form)
    if not form.is_valid():
        return _show(request, handover, shown, form, status=422)
    if shown.look_again():
        shown = Part(handover).by_slug(slug)
    return _take(request, handover, shown, form)


def _take(
    request: HttpRequest, handover: Handover, shown: Step, form: forms.Form
) -> HttpResponse:
    try:
        answering.take(shown, form, request.POST.get("version", ""))
    except answering.Overtaken:
        return _show_overtaken(request, handover, shown, form)
    except Stopped as stopped:
        told = stopped.told
        return _show(request, handover, shown, form, told.status, stopped=told)
    except linking.Closed:
        return ended(request, Handover.objects.get(pk=handover.pk))
    if form.errors:
        return _show(request, handover, shown, form, status=422)
    handover.visit.refresh_from_db()
    if handing.is_done(handover):
        handing.tell(handover)
    return _next(handover)


def _show_overtaken(
    request: HttpRequest, handover: Handover, shown: Step, form: forms.Form
) -> HttpResponse:
    """Say that somebody answered meanwhile, but not what."""
    handover.visit.refresh_from_db()
    part = Part(handover)
    again = part.by_slug(shown.slug)
    overtaken: dict[str, object] = {
        "at": again.finished_at,
        "is_mine": again.is_mine,
        "values": [],
        "next": part.current,
    }
    return _show(request, handover, again, form, status=409, overtaken=overtaken)


def _show(
    request: HttpRequest,
    handover: Handover,
    shown: Step,
    form: forms.Form,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    context = {
        **shown.context(),
        **_asked(handover),
        "step": shown,
        "form": form,
        "rail": rail(shown.flow, shown),
        "back": shown.flow.before(shown),
        "remarks": request.session.pop("remarks", []),
        **more,
    }
    return render(request, shown.template, context, status=status)


@helping
def done(request: HttpRequest, handover: Handover) -> HttpResponse:
    """Thank the colleague, once nothing is left to do."""
    if not handing.is_done(handover):
        return _next(handover)
    return _thanks(request, handover)


def _thanks(request: HttpRequest, handover: Handover) -> HttpResponse:
    return render(request, "onboarding/for-you/done.html", _asked(handover))


def _asked(handover: Handover) -> dict[str, object]:
    return {"link": handover.link_request, "handover": handover}


def _next(handover: Handover) -> HttpResponse:
    """Send the colleague to the first Step that is left, or to the thanks."""
    handover.visit.refresh_from_db()
    url = Part(handover).current.url
    if handing.is_done(handover):
        url = reverse("onboarding:for-you-done")
    return SeeOther(url)
