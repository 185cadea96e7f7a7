"""Open a Link URL; show and take one Step; and the few pages around them."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from linksite import codes, handing, linking, probing, requesting, returning, troubles
from linksite import intacct as gateway
from linksite import visiting as visits
from linksite.models import LinkRequest
from onboarding import (
    answering,
    handover,
    helping,
    intacct,
    permissions,
    refusals,
    software,
)
from onboarding.flow import Flow, Form, SentBack, Step, Stopped
from onboarding.rail import rail
from onboarding.telling import Told
from onboarding.visit import (
    STOP_POLLING,
    SeeOther,
    back,
    begin,
    gone,
    idle_link_of,
    is_proven,
    link_of,
    paused,
    prove,
    speak,
    visiting,
)


def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """Show who asks for what; only pressing Start begins a visit."""
    link = requesting.find(token)
    if link is None and (mine := handing.find(token)):
        return helping.open_link(request, mine)
    if link is None:
        return render(request, "onboarding/states/unknown.html", status=404)
    speak(request, link.language)
    if not link.is_open:
        return gone(request, link)
    if request.method == "POST":
        return _start(request, link)
    return _landing(request, link)


def _start(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    if not requesting.is_ready(link):
        return paused(request, link)
    begin(request, link)
    if codes.is_needed(link, proven=is_proven(request, link)):
        codes.send(link)
        return _see("onboarding:code")
    return _see("onboarding:step", software.flow(link).current.slug)


def _landing(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    connection = linking.connection(link)
    is_linked = bool(connection and connection.is_linked)
    is_broken = bool(connection and connection.trouble in intacct.SIGN_IN_AGAIN)
    if not requesting.is_ready(link) and (is_broken or not is_linked):
        return paused(request, link)
    is_theirs = link_of(request) == link and is_proven(request, link)
    if ended := link.ended:
        if is_theirs:
            return redirect("onboarding:disconnected")
        return render(request, "onboarding/over.html", {"link": link, "ended": ended})
    if is_linked and is_theirs and not is_broken:
        return redirect("onboarding:step", "linked")
    context = {
        "link": link,
        "datasets": gateway.DATASETS,
        "is_linked": is_linked,
        "is_broken": is_broken,
        "is_begun": link.started_at is not None,
        "place": software.place(link) if link.started_at else None,
        "is_one_time": requesting.is_one_time(link),
    }
    return render(request, "onboarding/open.html", context)


@visiting()
def step(request: HttpRequest, link: LinkRequest, slug: str) -> HttpResponse:
    """Show one Step, or take the answer to it."""
    flow = software.flow(link)
    shown = flow.get(slug)
    if shown is None:
        raise Http404
    if not flow.is_open(shown):
        return _see("onboarding:step", flow.current.slug)
    form = shown.form(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _show(request, flow, shown, form)
    if not form.is_valid():
        return _show(request, flow, shown, form, status=422)
    return _take(request, flow, shown, form)


def _take(request: HttpRequest, flow: Flow, shown: Step, form: Form) -> HttpResponse:
    if shown.look_again():
        flow = software.flow(flow.link)
        shown = flow.by_slug(shown.slug)
    try:
        answering.take(shown, form, request.POST.get("version", ""))
    except (answering.Overtaken, linking.Overtaken):
        return _show_overtaken(request, flow.link, shown, form)
    except SentBack as back:
        flow.by_slug(back.slug).undo()
        return _see("onboarding:step", back.slug)
    except Stopped as stopped:
        return _show_stopped(request, flow, shown, form, stopped.told)
    except requesting.NotReady:
        return paused(request, flow.link)
    except linking.Closed:
        return gone(request, LinkRequest.objects.get(pk=flow.link.pk))
    if form.errors:
        answer = _show(request, flow, shown, form, form.status, is_refused=True)
        return _wait(answer, form.retry_after)
    if remarks := getattr(form, "remarks", []):
        request.session["remarks"] = remarks
    if flow.to_mend and flow.to_mend.step == shown.slug:
        troubles.mended(flow.link)
    return _go_on(request, flow.link, shown)


def _show_stopped(
    request: HttpRequest, flow: Flow, shown: Step, form: Form, told: Told
) -> HttpResponse:
    answer = _show(request, flow, shown, form, status=told.status, stopped=told)
    return _wait(answer, told.retry_after)


def _wait(answer: HttpResponse, seconds: int | None) -> HttpResponse:
    if seconds:
        answer["Retry-After"] = str(seconds)
    return answer


def _go_on(request: HttpRequest, link: LinkRequest, shown: Step) -> HttpResponse:
    """Note in the session what an accepted answer changes, and show what is next."""
    request.session.pop("resumed", None)
    if shown.proves:
        prove(request, link)
    return _see("onboarding:step", software.flow(_again(link)).current.slug)


def _show_overtaken(
    request: HttpRequest, link: LinkRequest, shown: Step, form: Form
) -> HttpResponse:
    """Show what stands now beside what was typed: the customer says which it is."""
    step = shown.of(_again(link))
    flow, standing = step.flow, step.standing
    values = [
        (field.label, dict(getattr(field.field, "choices", ())).get(value, value))
        for field in form
        if (value := step.answer().get(field.name))
    ]
    overtaken = {
        "at": standing.finished_at,
        "is_mine": standing.is_mine,
        "is_before": standing is not step,
        "values": values if standing.may_be_seen else [],
        "next": flow.current,
    }
    return _show(request, flow, step, form, status=409, overtaken=overtaken)


def _again(link: LinkRequest) -> LinkRequest:
    """Return the invitation with its visit as it stands now."""
    if link.visit.pk:
        link.visit.refresh_from_db()
    return link


def _show(
    request: HttpRequest,
    flow: Flow,
    shown: Step,
    form: Form,
    status: int = 200,
    **more: object,
) -> HttpResponse:
    needs_you = flow.to_mend and flow.to_mend.step == shown.slug
    context = {
        "link": flow.link,
        "step": shown,
        "form": form,
        "rail": rail(flow, shown),
        "back": flow.before(shown) if shown.group else None,
        "remarks": [*request.session.pop("remarks", []), *getattr(form, "remarks", [])],
        "stopped": flow.to_mend if needs_you and request.method != "POST" else None,
        "sign_in_number": flow.number("sign-in"),
        "resumed": _resumed(request, flow),
        **shown.context(),
        **handover.beside(shown),
        **more,
    }
    if shown.slug == "software":
        context["query"] = request.GET.get("q", "")
        context["tiles"] = software.tiles(flow.link, request.GET.get("q", ""))
    if isinstance(shown, intacct.Entity) and "q" in request.GET:
        context["query"] = request.GET["q"]
        context["is_found"] = shown.narrow(form, request.GET["q"])
    if shown.slug == "sign-in":
        context["tries"], context["wait_until"] = refusals.tries_used(form)
        context["told"] = flow.to_mend
        context |= back(flow.link)
    return render(request, shown.template, context, status=status)


def agree_and_hand_over(request: HttpRequest) -> HttpResponse:
    """Take the consent of somebody who is no administrator; then hand over the rest."""
    answer = step(request, "before-you-start")
    if request.method != "POST" or answer.status_code != SeeOther.status_code:
        return answer
    return SeeOther(reverse("onboarding:hand-over", args=["company-id"]) + "?all")


def _resumed(request: HttpRequest, flow: Flow) -> dict[str, object] | None:
    """Return where another device stopped, until this one has answered a Step."""
    left = flow.left_off()
    is_over = flow.current not in flow.counted
    if left is None or is_over or not request.session.get("resumed"):
        return None
    number = flow.number(flow.current.slug)
    return {"left": left, "next": flow.current, "number": number}


@require_POST
def carry_on(request: HttpRequest) -> HttpResponse:
    """Go on with a visit that ended because nobody did anything for an hour."""
    link = idle_link_of(request)
    if link is None:
        return _see("onboarding:step", "software")  # which says to open the link again
    if not link.is_open:
        return gone(request, link)
    return _start(request, link)


@require_POST
@visiting()
def email_me(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Promise a mail for when the gateway answers again."""
    returning.ask(link)
    return _see("onboarding:step", software.flow(link).current.slug)


@require_POST
@visiting()
def check_again(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Ask for a Probe now, and go back to the permissions page."""
    connection = linking.connection(link)
    if connection and probing.check_again(connection):
        begun = _("A check has begun. No news in a few seconds? Load this page again.")
        request.session["remarks"] = [begun]
    return _see("onboarding:step", "permissions")


@require_POST
@visiting()
def continue_without(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Go on without the Permissions that may be left out, to the last question."""
    if connection := linking.connection(link):
        probing.continue_without(connection)
    return _see("onboarding:step", software.flow(link).current.slug)


@require_POST
@visiting()
def finish(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Take the customer's yes to the company and entity that their page showed."""
    connection, seen = linking.connection(link), request.POST.get("question", "")
    if connection and probing.finish(connection, seen=seen):
        return _see("onboarding:step", "linked")
    flow = software.flow(link)
    shown = flow.by_slug("permissions")
    if not flow.is_open(shown):
        shown = flow.current
    changed = permissions.changed(connection, seen)
    return _show(request, flow, shown, shown.form(), status=409, changed=changed)


@require_POST
@visiting()
def watch(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Tell a permissions page what has changed; while it asks, Probes come soon."""
    connection = linking.connection(link)
    if connection is None:
        return HttpResponse(status=STOP_POLLING)
    probing.watch(connection)
    visits.seen(link)
    flow = software.flow(link)
    shown = flow.steps[flow.number("permissions") - 1]
    page, seen = shown.context(), request.POST.get("seen", "")
    if page["seen"] == seen:
        return HttpResponse(status=204)
    page |= {"news": permissions.news(seen, page), "oob": True}
    page |= {"link": link, "step": shown, "rail": rail(flow, shown)}
    status = STOP_POLLING if page["is_passed"] else 200
    return render(request, "onboarding/intacct/_permissions.html", page, status=status)


@require_GET
@visiting()
def progress(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Tell a linked page how far the first reading is."""
    page = software.flow(link).get("linked").context()  # type: ignore[union-attr]
    if not page:
        return HttpResponse(status=STOP_POLLING)
    reading: Any = page["reading"]
    if reading.is_running and reading.seen == request.GET.get("seen"):
        return HttpResponse(status=204)
    status = 200 if reading.is_running else STOP_POLLING
    context = page | {"oob": True}
    return render(request, "onboarding/intacct/_reading.html", context, status=status)


def _see(name: str, *args: str) -> HttpResponse:
    return SeeOther(reverse(name, args=args))
