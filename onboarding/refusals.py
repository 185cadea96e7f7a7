"""What the sign-in page says when Sage Intacct, or we, say no."""

import logging
import math
from datetime import datetime

from django import forms
from django.utils.timezone import now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from linksite import budget, hours, intacct, linking, troubles, vault
from linksite.models import LinkRequest
from onboarding import causes, telling
from onboarding.flow import Form, SentBack, Stopped

logger = logging.getLogger(__name__)

EXPECTED = (
    intacct.IntacctError,
    intacct.Unsendable,
    linking.Full,
    linking.TooManyTries,
    vault.Unreadable,
)
_TRIAL = _(
    "This is a trial company. Trial companies cannot be linked: use the company ID of "
    "your paid account"
)
SOON = 5  # seconds
# A cause that one of these Steps mends leads back to it.
BACK_TO = frozenset({"company-id", "web-services", "sender", "web-services-user"})


def say(form: Form, error: Exception, link: LinkRequest) -> None:
    """Put the refusal beside its field; raise SentBack or Stopped if no field is it."""
    match error:
        case intacct.SignInRefused(outcome="bad_login"):
            form.add_error("password", str(causes.CAUSES["bad_login"].title))
        case intacct.SignInRefused(outcome="company_expired_demo"):
            form.add_error("company_id", _TRIAL)
        case intacct.Unsendable():
            _say_unsendable(form)
        case linking.Full():
            raise _too_many_at_once() from None
        case linking.SameAgain():
            _say_same(form, error)
        case linking.TooManyTries():
            _say_wait(form, error)
            form.status, form.retry_after = 429, seconds_until(error.retry_at)
        case _:
            raise _elsewhere(error, link) from None


def _elsewhere(error: Exception, link: LinkRequest) -> SentBack | Stopped:
    outcome = getattr(error, "outcome", troubles.UNREADABLE)
    if outcome not in causes.CAUSES or outcome == troubles.UNREADABLE:
        logger.error("our fault stopped a sign-in of %s: %s", link.pk, outcome)
    told = telling.at_sign_in(link, outcome)
    return SentBack(told.step) if told.step in BACK_TO else Stopped(told)


def _too_many_at_once() -> Stopped:
    return Stopped(
        telling.Told(
            gettext("Many people are signing in right now"),
            gettext(
                "Nothing was sent, and your try is not counted. Enter the password "
                "again in a few seconds."
            ),
            status=503,
            retry_after=SOON,
        )
    )


def too_quick() -> Stopped:
    """Return what is said when the Steps were taken faster than anybody reads."""
    return Stopped(
        telling.Told(
            gettext("That was very quick"),
            gettext(
                "Mail filters press every button in seconds, so we wait a moment "
                "before the first sign-in. Nothing was sent. Enter the password again."
            ),
            status=429,
        )
    )


def seconds_until(moment: datetime) -> int:
    """Return what a Retry-After header says."""
    return max(1, math.ceil((moment - now()).total_seconds()))


def tries_used(form: forms.Form) -> tuple[int, datetime | None]:
    """Return how many refused sign-ins count against what was typed, and when another
    password may be tried, if not now.
    """
    typed = getattr(form, "cleaned_data", {})
    if not typed.get("company_id") or not typed.get("user_id"):
        return 0, None
    return budget.used(typed["company_id"], typed["user_id"])


def _say_same(form: forms.Form, error: linking.SameAgain) -> None:
    # Only this password waits: another one is sent at once, within the three tries.
    words = gettext(
        "This is the password that was just refused, so it was not sent again. Enter "
        "another one, or this one after %(time)s"
    )
    form.add_error("password", words % {"time": hours.clock(error.retry_at)})


def _say_wait(form: forms.Form, error: linking.TooManyTries) -> None:
    # Sage Intacct locks a user who fails too often: better to wait than to be locked.
    words = gettext(
        "Three tries were refused. So that Sage Intacct does not lock this user, we "
        "send nothing more for %(minutes)s minutes, until %(time)s"
    )
    minutes = budget.WINDOW_SECONDS // 60
    when = hours.clock(error.retry_at)
    form.add_error("password", words % {"minutes": minutes, "time": when})


def _say_unsendable(form: forms.Form) -> None:
    form.add_error(
        "password",
        _("This holds a character that cannot be sent. Copy the password again"),
    )
