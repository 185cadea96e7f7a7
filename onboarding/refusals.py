"""What the sign-in page says when Sage Intacct, or we, say no."""

from django import forms
from django.template.defaultfilters import time as clock
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linksite import budget, intacct, linking
from linksite.models import LinkRequest
from onboarding import paths
from onboarding.flow import SentBack, Stopped

EXPECTED = (
    intacct.IntacctError,
    intacct.Unsendable,
    linking.OtherCompany,
    linking.TooManyTries,
)
# The Step that was not done after all, by the outcome that says so.
BACK_TO = {"sender_not_authorised": "sender", "web_services_off": "web-services"}


def say(form: forms.Form, error: Exception, link: LinkRequest) -> None:
    """Put the refusal beside its field; raise SentBack or Stopped if no field is it."""
    match error:
        case intacct.SignInRefused():
            _say_refused(form, error)
        case intacct.Unsendable():
            _say_unsendable(form)
        case linking.OtherCompany():
            form.add_error("company_id", _other_company(link.company.name))
        case linking.SameAgain():
            _say_wait(form, _("This is the password that was just refused."), error)
        case linking.TooManyTries():
            _say_wait(form, _("Three tries were refused."), error)
        case _:
            raise _stop(error, link.client.name) from None


def too_quick() -> Stopped:
    """Return what is said when the Steps were taken faster than anybody reads."""
    return Stopped(
        _("That was very quick"),
        _(
            "Mail filters press every button in seconds, so we wait a moment before "
            "the first sign-in. Nothing was sent. Enter the password again."
        ),
        status=429,
    )


def _stop(error: Exception, requester: str) -> SentBack | Stopped:
    match error:
        case intacct.SetupIncomplete(outcome=outcome) if outcome in BACK_TO:
            return SentBack(BACK_TO[outcome])
        case intacct.SetupIncomplete():
            return _address_limit()
        case intacct.EntityRefused():
            return _no_entity_access()
        case intacct.SenderRefused():
            return _sender_refused(requester)
        case intacct.GatewayUnavailable():
            return _unavailable(error)
        case _:
            return _our_mistake()


def tries_used(form: forms.Form) -> int:
    """Return how many refused sign-ins count against what was typed."""
    typed = getattr(form, "cleaned_data", {})
    if not typed.get("company_id") or not typed.get("user_id"):
        return 0
    return budget.failures(typed["company_id"], typed["user_id"])


def _say_refused(form: forms.Form, error: intacct.SignInRefused) -> None:
    typed = form.cleaned_data
    if error.outcome == "company_unknown_or_sender_inactive":
        message = gettext("Sage Intacct does not know the company ID %(company_id)s")
        form.add_error("company_id", message % {"company_id": typed["company_id"]})
    elif error.outcome == "company_expired_demo":
        form.add_error(
            "company_id",
            _(
                "This is a trial company. Trial companies cannot be linked: use the "
                "company ID of your paid account"
            ),
        )
    else:
        form.add_error(
            "password", _("Sage Intacct did not accept these sign-in details")
        )


def _say_wait(form: forms.Form, what: Promise, error: linking.TooManyTries) -> None:
    # Sage Intacct locks a user who fails too often: better to wait than to be locked.
    minutes = budget.WINDOW_SECONDS // 60
    wait = gettext(
        "%(what)s So that Sage Intacct does not lock this user, we send nothing "
        "more for %(minutes)s minutes, until %(time)s"
    )
    when = clock(localtime(error.retry_at), "H:i T")
    form.add_error("password", wait % {"what": what, "minutes": minutes, "time": when})


def _say_unsendable(form: forms.Form) -> None:
    form.add_error(
        "password",
        _("This holds a character that cannot be sent. Copy the password again"),
    )


def _other_company(company: str) -> str:
    message = gettext("%(company)s is linked to another Sage Intacct company already")
    return message % {"company": company}


def _address_limit() -> Stopped:
    return Stopped(
        _("Your company limits the addresses that may sign in"),
        _(
            "Ask your Sage Intacct administrator to lift that limit for the Web "
            "Services user, then try again."
        ),
        status=422,
    )


def _no_entity_access() -> Stopped:
    return Stopped(
        _("Entity Level access is off"),
        _(
            "Sage Intacct signed us in, but shows no entity. Switch the access on "
            "here, then check again."
        ),
        status=422,
        click_path=paths.TO["entities"],
    )


def _sender_refused(requester: str) -> Stopped:
    text = gettext(
        "The partner credentials of %(requester)s were not accepted. You have nothing "
        "to do: they see it on their side. Try again later; your entries are kept, "
        "except the password."
    )
    title = _("Sage Intacct did not let us in")
    return Stopped(title, text % {"requester": requester})


def _unavailable(error: intacct.GatewayUnavailable) -> Stopped:
    kept = _("Nothing was lost. Enter the password and try again in a minute.")
    if error.outcome == "throttled":
        return Stopped(_("Sage Intacct asks us to slow down"), kept)
    return Stopped(_("Sage Intacct is not answering"), kept)


def _our_mistake() -> Stopped:
    return Stopped(
        _("Something broke on our side"),
        _("We know about it and your progress is kept. Try again in a few minutes."),
    )
