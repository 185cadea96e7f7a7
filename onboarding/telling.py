"""What stands in the way, told as one page shows it, to this device."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.conf import settings as site
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext

from linksite import hours, returning, troubles
from linksite.models import Connection, LinkRequest
from onboarding import paths
from onboarding.causes import CAUSES, LATER, OURS, OURS_LATER, Cause
from onboarding.paths import Place

DEFAULT_WAIT = 60  # seconds, where the gateway asks for no time of its own


@dataclass(frozen=True, slots=True)
class Told:
    """A cause as one page tells it; `answer` is what Sage's support asks for.

    `text` and `checks` may be HTML: they name the labels of Sage Intacct's screens.
    """

    title: str
    text: str
    step: str = ""
    checks: Sequence[str] = field(default_factory=list)
    paths: list[list[Place]] = field(default_factory=list)
    status: int = 422
    answer: str = ""
    retry_after: int | None = None
    wait: str = ""  # how long to wait, in words, where we were asked to
    is_silence: bool = False  # nobody was there to answer


def at_sign_in(link: LinkRequest, outcome: str) -> Told:
    """Return what to tell whoever has just tried to sign in."""
    cause = CAUSES.get(outcome, OURS)
    since = link.visit.trouble_at if cause.status == 503 else None
    company_id = link.intacct_company_id if troubles.tried(link) else ""
    told = _tell(cause, link, company_id, since)
    wait = link.visit.answer.get("retry_after") or DEFAULT_WAIT
    return replace(
        told,
        answer=_answer(link),
        retry_after=math.ceil(wait) if cause.status == 503 else None,
        wait=_wait(wait) if outcome == "throttled" else "",
        is_silence=outcome in returning.SILENCE,
    )


def later(connection: Connection, outcome: str) -> Told | None:
    """Return what to tell about a Connection that is stopped; None if it is not."""
    if not outcome:
        return None
    link = connection.link_request or LinkRequest(company=connection.company)
    cause = LATER.get(outcome, OURS_LATER)
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
    }
    text = paths.worded(str(cause.text), names)
    return Told(
        # A device that must not see the company ID is not told it.
        title=" ".join((str(cause.title) % names).split()),
        text=format_html("{} {}", _since(since), text) if since else text,
        step=cause.step,
        checks=[paths.worded(str(check), names) for check in cause.checks],
        paths=[paths.click_path(paths.TO[key]) for key in cause.paths],
        status=cause.status,
    )


def _wait(seconds: float) -> str:
    """Return how long to wait, in words."""
    if seconds > 90:
        minutes = math.ceil(seconds / 60)
        words = ngettext("%(count)s minute", "%(count)s minutes", minutes)
        return words % {"count": minutes}
    count = math.ceil(seconds)
    return ngettext("%(count)s second", "%(count)s seconds", count) % {"count": count}


def _since(moment: datetime) -> str:
    local = timezone.localtime(moment)
    time = hours.clock(moment)
    if local.date() == timezone.localdate():
        return gettext("Since %(time)s.") % {"time": time}
    return gettext("Since %(day)s.") % {"day": f"{date_format(local, 'j F')}, {time}"}


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
