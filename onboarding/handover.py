"""What the customer does to hand a Step over to a colleague, and to take it back."""

from django import forms
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linksite import handing, linking
from linksite.models import LinkRequest
from onboarding import software
from onboarding.flow import START, Flow, Form, Step
from onboarding.intacct import IN_INTACCT
from onboarding.rail import rail
from onboarding.visit import SeeOther, gone, handover_of, visiting

ALL, ONE = "all", "step"
INVALID = gettext_lazy("Enter an email address like name@example.com")
PLAIN = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}


class HandoverForm(Form):
    """Who gets which Steps, and in which language they are written to."""

    email = forms.EmailField(
        label=gettext_lazy("Your colleague’s email address"),
        error_messages={"required": INVALID, "invalid": INVALID},
        validators=[validate_email],
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
    moment = localtime(error.retry_at)
    return message % {"time": date_format(moment, "DATETIME_FORMAT")}


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
        "instructions": instructions(step),
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
    handed = handing.of_step(step.link, step.slug)
    page: dict[str, object] = {"instructions": instructions(step), "handed": handed}
    if handed:
        page |= {
            "sent_at": handing.sent_at(handed),
            "may_send_again": handing.may_send_again(handed),
            "is_handed_done": step.is_done(),
            "is_theirs": step.answered_by == str(handed.pk),
            "current": step.flow.current,
        }
    return page


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
