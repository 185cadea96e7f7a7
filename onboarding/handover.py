"""What the customer does to hand a Step over to a colleague, and to take it back."""

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST, require_safe

from linksite import handing, hours, linking
from linksite import visiting as visits
from linksite.models import LinkRequest
from onboarding import software
from onboarding.flow import START, Flow, Form, Step
from onboarding.intacct import IN_INTACCT
from onboarding.rail import rail
from onboarding.visit import STOP_POLLING, SeeOther, gone, handover_of, visiting

ALL, ONE = "all", "step"
WAITING, BEGUN, DONE, TAKEN_BACK = "waiting", "begun", "done", "taken-back"
NEWS = {
    BEGUN: gettext_lazy("Your colleague has begun."),
    DONE: gettext_lazy("Your colleague is done"),
    TAKEN_BACK: gettext_lazy("This step is yours again"),
}
INVALID = gettext_lazy("Enter an email address like name@example.com")
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class HandoverForm(Form):
    """Who gets which Steps, and in which language they are written to."""

    email = forms.EmailField(
        label=gettext_lazy("Your colleague’s email address"),
        error_messages={"required": INVALID, "invalid": INVALID},
        widget=forms.EmailInput(PLAIN),
    )
    scope = forms.ChoiceField(
        label=gettext_lazy("What you hand over"),
        choices=[
            (ONE, gettext_lazy("Only this step")),
            (ALL, gettext_lazy("All the steps in Sage Intacct")),
        ],
        widget=forms.RadioSelect,
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language of the email"),
        choices=[("fr", "Français"), ("en", "English")],
        widget=forms.RadioSelect,
    )


@require_safe
def colleague(request: HttpRequest) -> HttpResponse:
    """Lead to the next Step that can be handed over, or say why there is none.

    The footer of every page leads here, so nobody is turned away.
    """
    if mine := handover_of(request):
        return _why(request, "helper", handover=mine, link=mine.link_request)
    if "link" not in request.session:
        return _why(request, "stranger")
    return _lead(request)


@visiting()
def _lead(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    flow = software.flow(link)
    step = flow.current
    if step.group == IN_INTACCT:
        return redirect("onboarding:hand-over", step.slug)
    if link.ended:
        return redirect("onboarding:disconnected")
    if to_grant := step.context().get("to_grant"):
        return _why(request, "missing", step=step, link=link, to_grant=to_grant)
    why = "first" if step.group == START else "nothing"
    return _why(request, why, step=step, link=link)


def _why(request: HttpRequest, why: str, **more: object) -> HttpResponse:
    return render(request, "onboarding/colleague.html", {"why": why, **more})


@visiting()
def hand_over(request: HttpRequest, link: LinkRequest, slug: str) -> HttpResponse:
    """Ask who should do a Step; by POST, mail them a link for it."""
    flow = software.flow(link)
    step = _step(flow, slug)
    if not flow.is_open(step):
        return _see(flow.current)
    if step.is_done() or handing.of_step(link, slug):
        return _see(step)  # which shows who has it, or that it is done
    form = _form(request, link)
    if not form.is_bound:
        return _page(request, step, form)
    if not form.is_valid():
        return _page(request, step, form, status=422)
    try:
        status = _give(step, form)
    except linking.Closed:
        return gone(request, LinkRequest.objects.get(pk=link.pk))
    return _page(request, step, form, status) if status else _see(step)


def _form(request: HttpRequest, link: LinkRequest) -> HandoverForm:
    scope = ALL if ALL in request.GET else ONE
    initial = {"scope": scope, "language": get_language()}
    data = request.POST if request.method == "POST" else None
    form = HandoverForm(data, initial=initial)
    if domain := handing.domain(link):
        hint = _("For safety, only an address that ends in @%(domain)s.")
        form.fields["email"].help_text = hint % {"domain": domain}
    return form


def _give(step: Step, form: HandoverForm) -> int:
    """Hand over; return 0, or the status of the page that says why it was not."""
    answers = form.cleaned_data
    steps = _left(step.flow) if answers["scope"] == ALL else []
    steps = [step.slug, *(slug for slug in steps if slug != step.slug)]
    try:
        handing.hand_over(
            step.link,
            email=answers["email"],
            language=answers["language"],
            steps=steps,
        )
    except handing.AlreadyHanded:
        return 0  # the Step's page shows who has it
    except handing.WrongAddress as error:
        form.add_error("email", _wrong_address(step.link, error))
        return 422
    except handing.TooMany as error:
        form.add_error(None, _too_many(error))
        return 429
    except OSError:  # smtplib's errors are OSErrors
        form.add_error("email", _("The email could not be sent. Try again later"))
        return 503
    return 0


def _wrong_address(link: LinkRequest, error: handing.WrongAddress) -> str:
    if isinstance(error, handing.ToThemself):
        return _(
            "This is the address that was invited. Enter the address of a colleague"
        )
    requester, domain = link.client.name, handing.domain(link)
    message = _(
        "Enter an address that ends in @%(domain)s, or ask %(requester)s to allow "
        "others"
    )
    return message % {"domain": domain, "requester": requester}


def _too_many(error: handing.TooMany) -> str:
    message = _(
        "You can hand over three times a day. Try again after %(time)s, or copy the "
        "instructions below and send them yourself"
    )
    day = date_format(localtime(error.retry_at), "j F")
    return message % {"time": f"{day}, {hours.clock(error.retry_at)}"}


def _left(flow: Flow) -> list[str]:
    """Return the Steps in Sage Intacct that are not done."""
    return [
        step.slug
        for step in flow.steps
        if step.group == IN_INTACCT and not step.is_done()
    ]


def _page(
    request: HttpRequest, step: Step, form: HandoverForm, status: int = 200
) -> HttpResponse:
    context = {
        "link": step.link,
        "step": step,
        "form": form,
        "rail": rail(step.flow, step),
        "back": step,
        "instructions": "\n\n".join(
            instructions(each)
            for each in step.flow.steps
            if each is step or (ALL in request.GET and each.slug in _left(step.flow))
        ),
    }
    return render(request, "onboarding/hand-over.html", context, status=status)


@require_POST
@visiting()
def take_back(request: HttpRequest, link: LinkRequest, slug: str) -> HttpResponse:
    """Take a Step back: the colleague's link ends at once."""
    step = _step(software.flow(link), slug)
    if handover := handing.of_step(link, slug):
        handing.take_back(handover)
    return _see(step)


@require_POST
@visiting()
def send_again(request: HttpRequest, link: LinkRequest, slug: str) -> HttpResponse:
    """Mail the colleague a fresh link, unless the last one is too young."""
    step = _step(software.flow(link), slug)
    handover = handing.of_step(link, slug)
    try:
        sent = handover is None or handing.send_again(handover)
    except OSError:
        return _not_sent(request, step, status=503)
    return _see(step) if sent else _not_sent(request, step, status=429)


def _not_sent(request: HttpRequest, step: Step, status: int) -> HttpResponse:
    context = {"link": step.link, "step": step, "back": step, "is_early": status == 429}
    template = "onboarding/states/not-sent.html"
    return render(request, template, context, status=status)


def beside(step: Step) -> dict[str, object]:
    """Return what a Step in Sage Intacct shows beside itself: who has it, and how to
    ask somebody.
    """
    if step.group != IN_INTACCT:
        return {}
    return {"instructions": instructions(step), **_handed(step)}


def _handed(step: Step) -> dict[str, object]:
    """Return who has a Step and how far they are; `handed_seen` tells this from what
    a page shows later.
    """
    handed = handing.of_step(step.link, step.slug)
    if handed is None:
        return {"handed": None, "handed_seen": TAKEN_BACK}
    is_done = step.is_done() and handing.is_done(handed)
    state = DONE if is_done else BEGUN if handed.opened_at else WAITING
    sent_at, may_send_again = handing.sent_at(handed), handing.may_send_again(handed)
    left = len(_left(step.flow))
    theirs = [each for each in step.flow.steps if each.slug in handed.steps]
    times = [each.finished_at for each in theirs if each.finished_at]
    return {
        "done_at": max(times, default=None),
        "done_count": sum(each.is_done() for each in theirs),
        "handed": handed,
        "handed_seen": f"{state} {left} {sent_at:%H%M} {may_send_again}",
        "sent_at": sent_at,
        "may_send_again": may_send_again,
        "is_handed_open": state != DONE,
        "is_theirs": step.answered_by == str(handed.pk),
        "current": step.flow.current,
    }


@require_GET
@visiting()
def handed(request: HttpRequest, link: LinkRequest, slug: str) -> HttpResponse:
    """Tell a Step's page how far the colleague is who has it."""
    visits.seen(link)
    step = _step(software.flow(link), slug)
    page, before = _handed(step), request.GET.get("seen", "")
    if page["handed_seen"] == before:
        return HttpResponse(status=204)
    page |= {"link": link, "step": step, "rail": rail(step.flow, step), "oob": True}
    page["news"] = _news(before, str(page["handed_seen"]))
    status = 200 if page.get("is_handed_open") else STOP_POLLING
    return render(request, "onboarding/_handed.html", page, status=status)


def _news(before: str, now: str) -> str:
    """Return what is worth saying aloud: what the colleague did, each thing once."""
    state = now.split(" ")[0]
    return "" if state == before.split(" ")[0] else str(NEWS.get(state, ""))


def instructions(step: Step) -> str:
    """Return a Step in plain words for somebody who has no link."""
    context = {"step": step, **step.context()}
    text = render_to_string(f"{step.folder}/{step.slug}.txt", context)
    # A plain str again, which the page escapes.
    return "\n".join(text.strip().splitlines())


def _step(flow: Flow, slug: str) -> Step:
    step = flow.get(slug)
    if step is None or step.group != IN_INTACCT:
        raise Http404
    return step


def _see(step: Step) -> HttpResponse:
    return SeeOther(step.url)
