"""The page where a second device proves itself with a mailed code."""

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from linksite import budget, codes
from linksite.models import LinkRequest
from onboarding import software
from onboarding.flow import Form
from onboarding.refusals import seconds_until
from onboarding.visit import SeeOther, is_proven, masked, prove, visiting


class CodeForm(Form):
    """The six-digit code that was mailed."""

    code = forms.RegexField(
        r"^\s*\d{3}\s?\d{3}\s*$",
        label=_("Six-digit code"),
        widget=forms.TextInput(
            attrs={
                "class": "mono",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
            }
        ),
        error_messages={
            "required": _("Enter the six-digit code"),
            "invalid": _("A code has six digits"),
        },
    )


@visiting(may_be_unproven=True)
def code(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Let a second device prove itself with the code mailed to the invited address."""
    if not codes.is_needed(link, proven=is_proven(request, link)):
        return _see("onboarding:step", software.flow(link).current.slug)
    form = CodeForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid() and _is_right(link, form):
        prove(request, link)
        return _see("onboarding:step", software.flow(link).current.slug)
    context = {
        "link": link,
        "form": form,
        "address": masked(link.email),
        "is_sent": bool(link.code_digest),
        "minutes": codes.LIFE.seconds // 60,
    }
    status = form.status if form.is_bound else 200
    answer = render(request, "onboarding/code.html", context, status=status)
    if form.retry_after:
        answer["Retry-After"] = str(form.retry_after)
    return answer


def _is_right(link: LinkRequest, form: Form) -> bool:
    digits = "".join(form.cleaned_data["code"].split())
    try:
        if codes.check(link, code=digits):
            return True
    except budget.TooManyTries as error:
        message = _(
            "Too many tries. For safety no code works until %(time)s; go on, on the "
            "device that signed in"
        )
        until = date_format(localtime(error.retry_at), "DATETIME_FORMAT")
        form.add_error("code", message % {"time": until})
        form.status, form.retry_after = 429, seconds_until(error.retry_at)
        return False
    form.add_error("code", _("This is not the code, or it is too old"))
    return False


@require_POST
@visiting(may_be_unproven=True)
def send_code(request: HttpRequest, link: LinkRequest) -> HttpResponse:
    """Mail a new code to the invited address, if one is on file."""
    codes.send(link)
    return _see("onboarding:code")


def _see(name: str, *args: str) -> HttpResponse:
    return SeeOther(reverse(name, args=args))
