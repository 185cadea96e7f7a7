"""Every cause that can stop Link, in words: what happened, whose turn, what mends it.

One row per outcome of the gateway (linksite.intacct.outcomes). Where the gateway has
one answer for several causes, the row holds a checklist, the likeliest first.
"""

import math
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings as site
from django.template.defaultfilters import date as written
from django.template.defaultfilters import time as clock
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.functional import Promise
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from linksite import troubles
from linksite.models import Connection, LinkRequest
from onboarding import paths
from onboarding.paths import Place

Text = str | Promise
DEFAULT_WAIT = 60  # seconds, where the gateway asks for no time of its own


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened and what helps: `step` mends it, "" when no Step of ours does.

    `paths` are the places in Sage Intacct that the Step's own page does not name.
    """

    title: Text
    text: Text
    step: str = ""
    checks: tuple[Text, ...] = ()
    paths: tuple[str, ...] = ()
    status: int = 422


@dataclass(frozen=True, slots=True)
class Told:
    """A cause as one page tells it; `answer` is what Sage's support asks for."""

    title: str
    text: str
    step: str = ""
    checks: list[str] = field(default_factory=list)
    paths: list[list[Place]] = field(default_factory=list)
    status: int = 422
    answer: str = ""
    retry_after: int | None = None


_ONE_ANSWER = _(
    "Sage Intacct gives one answer for several causes. Check these, the likeliest "
    "first:"
)
_NO_TRIAL = _("it is a paid company: trial companies cannot be linked.")
_TRY_LATER = _("Nothing was lost. Enter the password and try again in a minute.")
_WE_RETRY = _("We try again by ourselves. You have nothing to do.")
_OURS = Cause(
    _("Something broke on our side"),
    _("We know about it and your progress is kept. Try again in a few minutes."),
    status=503,
)

CAUSES: dict[str, Cause] = {
    "web_services_off": Cause(
        _("Web Services is not switched on yet"),
        _(
            "Your user ID and password are not in question. Switch Web Services on, "
            "then connect again."
        ),
        "web-services",
    ),
    "sender_not_authorised": Cause(
        _("Our Sender ID is not in your list yet"),
        _(
            "Your user ID and password are not in question. Add the Sender ID, then "
            "connect again; Sage Intacct can take a minute to apply it. Is it in the "
            "list already? Then check these:"
        ),
        "sender",
        (
            _("its status is Active;"),
            _("it is written as here, capitals included;"),
            _("you selected Save twice, the second time at the top of the page;"),
            _NO_TRIAL,
        ),
    ),
    "company_unknown_or_sender_inactive": Cause(
        _("Sage Intacct does not know the company ID %(company_id)s"),
        _ONE_ANSWER,
        "company-id",
        (
            _("the company ID is typed as Sage Intacct shows it;"),
            _("it is not the ID of a console, of an entity, or an email address;"),
            _NO_TRIAL,
            _(
                "If all of that is right, the Sender ID of %(requester)s may be "
                "switched off: write to them."
            ),
        ),
    ),
    "company_expired_demo": Cause(
        _("This is a trial company"),
        _(
            "Its time is over, and Sage Intacct gives trial companies no Web Services. "
            "Connect with the company ID of your paid account."
        ),
        "sign-in",
        paths=("company-id",),
    ),
    "bad_login": Cause(
        _("Sage Intacct did not accept these sign-in details"),
        _ONE_ANSWER,
        "sign-in",
        (
            _(
                "the password is the one from the latest Sage Intacct email, with no "
                "space at the end;"
            ),
            _(
                "the user ID matches, letter for letter, the one under Web Services "
                "users;"
            ),
            _(
                "it is the Web Services user: a person’s own sign-in, with two steps "
                "or single sign-on, is refused;"
            ),
            _("the user’s status is Active, and it is not locked;"),
            _("the company ID is the right one."),
        ),
        ("user",),
    ),
    "ip_blocked": Cause(
        _("Your company limits the addresses that may sign in"),
        _(
            "Your user ID and password are not in question. Ask your Sage Intacct "
            "administrator to let our addresses in here, under IP address filters "
            "(%(support)s knows them), then connect again."
        ),
        "sign-in",
        paths=("sender",),
    ),
    "entity_denied_or_session_failed": Cause(
        _("The Web Services user may not enter this entity"),
        _(
            "Entity Level access is off. Sage Intacct switches it in two places: check "
            "both, the likelier first, or choose another entity."
        ),
        "entity",
        (
            _("under User entities, the list is empty or holds this entity;"),
            _(
                "under Multi-Entity Management, Configure, the box Restrict access to "
                "top level only is not ticked."
            ),
        ),
        paths=("entities", "top-level"),
    ),
    "permission_missing": Cause(
        _("The role of the Web Services user allows too little"),
        _(
            "Sage Intacct signed us in, but does not let us see the list of entities. "
            "Give the role its permissions here, then connect again."
        ),
        "web-services-user",
        paths=("roles",),
    ),
    "bad_partner_credential": Cause(
        _("Sage Intacct did not let us in"),
        _(
            "The partner credentials of %(requester)s were not accepted. You have "
            "nothing to do: they see it on their side. Try again later; your entries "
            "are kept, except the password."
        ),
        status=503,
    ),
    "throttled": Cause(
        _("Sage Intacct asks us to slow down"),
        _(
            "Many requests are running in your company right now. Nothing was lost: "
            "enter the password and try again in %(wait)s."
        ),
        status=503,
    ),
    "transient": Cause(_("Sage Intacct is not answering"), _TRY_LATER, status=503),
    "unknown_outcome": Cause(
        _("Sage Intacct did not answer in time"), _TRY_LATER, status=503
    ),
    "malformed_response": Cause(
        _("The answer of Sage Intacct did not arrive whole"), _TRY_LATER, status=503
    ),
    "transport_blocked": Cause(
        _("Something in front of Sage Intacct turned us away"),
        _(
            "It happened before any sign-in, and it is ours to mend. Nothing was "
            "lost: try again in an hour."
        ),
        status=503,
    ),
    troubles.UNREADABLE: replace(
        _OURS,
        title=_("We cannot open a password that we keep"),
        text=_(
            "It is ours to mend: you have nothing to do. Your entries are kept, "
            "except the password; try again in an hour."
        ),
    ),
}

# The same, where no person has just pressed Connect: a worker is at it.
LATER: dict[str, Cause] = (
    CAUSES
    | {
        "bad_login": replace(
            CAUSES["bad_login"], title=_("Sage Intacct no longer accepts our sign-in")
        ),
        "web_services_off": replace(
            CAUSES["web_services_off"],
            text=_("Switch it on in Sage Intacct, then check again."),
        ),
        "company_unknown_or_sender_inactive": replace(
            CAUSES["company_unknown_or_sender_inactive"],
            step="sign-in",
            paths=("company-id",),
        ),
        "ip_blocked": replace(
            CAUSES["ip_blocked"],
            text=_(
                "Ask your Sage Intacct administrator to let our addresses in here, "
                "under IP address filters (%(support)s knows them). We notice by "
                "ourselves."
            ),
            step="",
        ),
        "permission_missing": replace(
            CAUSES["permission_missing"],
            text=_("Give the role its permissions here, then check again."),
        ),
        "bad_partner_credential": replace(
            CAUSES["bad_partner_credential"],
            text=_("The one who asks for the data must act. You have nothing to do."),
        ),
    }
    | {
        outcome: replace(CAUSES[outcome], text=_WE_RETRY)
        for outcome in (
            "throttled",
            "transient",
            "unknown_outcome",
            "malformed_response",
            "transport_blocked",
            troubles.UNREADABLE,
        )
    }
)
_OURS_LATER = replace(_OURS, text=_WE_RETRY)


def at_sign_in(link: LinkRequest, outcome: str) -> Told:
    """Return what to tell whoever has just tried to sign in."""
    cause = CAUSES.get(outcome, _OURS)
    since = link.visit.trouble_at if cause.status == 503 else None
    company_id = link.intacct_company_id if troubles.tried(link) else ""
    told = _tell(cause, link, company_id, since)
    wait = link.visit.answer.get("retry_after") or DEFAULT_WAIT
    retry_after = math.ceil(wait) if cause.status == 503 else None
    return replace(told, answer=_answer(link), retry_after=retry_after)


def later(connection: Connection, outcome: str) -> Told | None:
    """Return what to tell about a Connection that is stopped; None if it is not."""
    if not outcome:
        return None
    link = connection.link_request or LinkRequest(company=connection.company)
    cause = LATER.get(outcome, _OURS_LATER)
    since = connection.trouble_at if outcome == connection.trouble else None
    return _tell(cause, link, connection.intacct_company_id, since)


def to_mend(link: LinkRequest, connection: Connection | None) -> Told | None:
    """Return what the customer has to mend now, if there is anything."""
    told = None
    if link.visit.trouble:
        told = at_sign_in(link, link.visit.trouble)
    elif connection:
        told = later(connection, connection.trouble)
    return told if told and told.step else None


def _tell(
    cause: Cause, link: LinkRequest, company_id: str, since: datetime | None
) -> Told:
    names = {
        "requester": link.client.name,
        "company_id": company_id,
        "support": site.SUPPORT_EMAIL,
        "wait": _wait(link.visit.answer.get("retry_after")),
    }
    text = str(cause.text) % names
    return Told(
        # A device that must not see the company ID is not told it.
        title=" ".join((str(cause.title) % names).split()),
        text=f"{_since(since)} {text}" if since else text,
        step=cause.step,
        checks=[str(check) % names for check in cause.checks],
        paths=[paths.click_path(paths.TO[key]) for key in cause.paths],
        status=cause.status,
    )


def _wait(seconds: float | None) -> str:
    """Return how long to wait, in words: what the gateway asked for, or a minute."""
    if not seconds or seconds > 90:
        minutes = max(1, math.ceil((seconds or DEFAULT_WAIT) / 60))
        words = ngettext("%(count)s minute", "%(count)s minutes", minutes)
        return words % {"count": minutes}
    count = math.ceil(seconds)
    return ngettext("%(count)s second", "%(count)s seconds", count) % {"count": count}


def _since(moment: datetime) -> str:
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return gettext("Since %(time)s.") % {"time": clock(local, "H:i T")}
    return gettext("Since %(day)s.") % {"day": written(local, "j F, H:i T")}


def _answer(link: LinkRequest) -> str:
    """Return what Sage Intacct said last, on one line, to whom may see it."""
    tried = troubles.tried(link)
    said = [tried.get(name) for name in ("number", "text")]
    if tried.get("support_id"):
        said.append(f"Support ID {tried['support_id']}")
    if not any(said):
        return ""
    at = parse_datetime(tried["at"])
    said.append(f"{at:%Y-%m-%d %H:%M:%S %Z}" if at else "")
    return " · ".join(filter(None, said))
