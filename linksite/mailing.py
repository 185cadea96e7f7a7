"""The mails about a link: one function for each, with what it tells.

A mail `x` is three templates: `mail/x-subject.txt`, `mail/x.txt` (extends
`mail/base.txt`) and `mail/x.html` (extends `mail/base.html`), and one function here.
Each may raise what the mail server raises (OSError; smtplib's errors are OSErrors).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings as site
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linksite import envelope, intacct, integrations, labels, reach
from linksite.models import Connection, Handover, LinkRequest, User

Text = str | Promise

_OVER = _("Sage Intacct no longer accepts our sign-in")
# What stopped a Connection: outcome to subject, and what the customer can do.
TROUBLE: dict[str, tuple[Text, Text]] = {
    "bad_login": (
        _OVER,
        _(
            "The password of the Web Services user was probably changed. Enter the new"
            " one."
        ),
    ),
    "company_unknown_or_sender_inactive": (
        _OVER,
        _(
            "It no longer knows the company ID, or our Sender ID is not active any "
            "more. The page below shows how to check both."
        ),
    ),
    "company_expired_demo": (
        _OVER,
        _(
            "It says that this company was a trial, and that the trial is over. Link "
            "the paid company on the page below."
        ),
    ),
    "sender_not_authorised": (
        _("Our Sender ID is no longer in your list in Sage Intacct"),
        _(
            "Add it again, with exact capitals. %(status)s must say %(active)s. The "
            "page below shows where."
        ),
    ),
    "web_services_off": (
        _("Web Services is switched off in Sage Intacct"),
        _(
            "Switch it on again. The page below shows where; the password is still "
            "good."
        ),
    ),
    "ip_blocked": (
        _("Sage Intacct turns our address away"),
        _(
            "Your company lets only some IP addresses in. Ask the one who manages this"
            " filter to allow ours; the page below says more."
        ),
    ),
    "entity_denied_or_session_failed": (
        _("The Web Services user may no longer enter the entity"),
        _(
            "Give it access again under %(user_entities)s, or choose another entity on"
            " the page below."
        ),
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a customer is: the number of a Step, of how many, and its name."""

    number: int
    total: int
    name: Text


def send_link(link: LinkRequest, url: str, *, to: str, language: str, by: User) -> None:
    """Mail a Link URL; answers go to the staff member."""
    context = {
        "company": link.company.name,
        "sender_name": by.name,
        "url": url,
        "expires_at": link.expires_at,
    }
    envelope.send(
        "link",
        context,
        client=link.client,
        to=to,
        language=language,
        reply_to=by.email,
    )


def send_code(link: LinkRequest, code: str) -> None:
    """Mail the six-digit code for a second device to the invited address."""
    context = {"code": code}
    envelope.send(
        "code", context, client=link.client, to=link.email, language=link.language
    )


def send_reminder(
    link: LinkRequest, url: str, *, place: Place, stop_url: str, by: User | None
) -> None:
    """Mail where the customer is, with a Link URL; one press stops such mails."""
    context = {
        "company": link.company.name,
        "place": place,
        "url": url,
        "stop_url": stop_url,
        "expires_at": link.expires_at,
        "is_expired": link.is_expired,
    }
    headers = _stoppable(stop_url)
    envelope.send("reminder", context, **_to_customer(link, by), headers=headers)


def send_ready(
    link: LinkRequest,
    connection: Connection,
    url: str,
    *,
    stop_url: str,
    by: User | None,
) -> None:
    """Mail a customer who left that only one press is left, and where."""
    context = {
        "company": link.company.name,
        "company_id": connection.intacct_company_id,
        "url": url,
        "stop_url": stop_url,
    }
    headers = _stoppable(stop_url)
    envelope.send("ready", context, **_to_customer(link, by), headers=headers)


def _stoppable(stop_url: str) -> dict[str, str]:
    return {
        "List-Unsubscribe": f"<{stop_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def send_back(
    link: LinkRequest, url: str, *, place: Place, is_switched: bool, by: User | None
) -> None:
    """Mail that what was away is back, with a Link URL to where the customer is."""
    context = {
        "company": link.company.name,
        "place": place,
        "url": url,
        "is_switched": is_switched,
        "expires_at": link.expires_at,
    }
    envelope.send("back", context, **_to_customer(link, by))


def send_helped(
    link: LinkRequest, url: str, *, handover: Handover, place: Place, by: User | None
) -> None:
    """Mail that a colleague has done what was handed over, and what is next."""
    context = {
        "company": link.company.name,
        "helper": handover.email,
        "made_user": "web-services-user" in handover.steps,
        "place": place,
        "url": url,
        "expires_at": link.expires_at,
    }
    envelope.send("helped", context, **_to_customer(link, by))


def send_done(link: LinkRequest, connection: Connection, *, by: User | None) -> None:
    """Mail what is read from now on, by whom, and how to end it."""
    skipped = reach.datasets_left_out(connection)
    context = {
        "link": link,
        "company": link.company.name,
        "connection": connection,
        "datasets": [each for each in intacct.DATASETS if each not in skipped],
        "can_answer": by is not None,
        "is_one_time": integrations.settings_for(link.client).is_one_time,
    }
    envelope.send("done", context, **_to_customer(link, by))


def send_linked_staff(link: LinkRequest, connection: Connection, *, to: User) -> None:
    """Mail the Member who invited which company was linked, and ask if it is right."""
    look = connection.first_look
    context = {
        "company": link.company.name,
        "reported": look.get("name") or "",
        "company_id": look.get("id") or connection.intacct_company_id,
        "email": link.email,
        "is_confirmed": connection.is_confirmed,
    }
    _to_staff("linked-staff", link, context, to)


def send_gone(
    link: LinkRequest,
    connection: Connection,
    *,
    role_name: str,
    sender_id: str,
    by: User | None,
) -> None:
    """Mail the customer that nothing is read any more, and what to clear up."""
    context = {
        "company": link.company.name,
        "user_id": connection.user_id,
        "role_name": role_name,
        "sender_id": sender_id,
        "asks_erasure": connection.erasure_asked_at is not None,
        "words": labels.Plain(),
    }
    envelope.send("gone", context, **_to_customer(link, by))


def send_gone_staff(link: LinkRequest, connection: Connection, *, to: User) -> None:
    """Mail the Member who invited that the customer disconnected."""
    context = {
        "company": link.company.name,
        "company_id": connection.intacct_company_id,
        "day": connection.unlinked_at,
        "asks_erasure": connection.erasure_asked_at is not None,
    }
    _to_staff("gone-staff", link, context, to)


def send_broken(link: LinkRequest, url: str, *, trouble: str, by: User | None) -> None:
    """Mail the customer what stopped the reading, and where to put it right."""
    context = _trouble(trouble) | {"company": link.company.name, "url": url}
    envelope.send("broken", context, **_to_customer(link, by))


def send_broken_staff(link: LinkRequest, connection: Connection, *, to: User) -> None:
    """Mail the Member who invited that the customer must act."""
    trouble = _trouble(connection.trouble)
    context = trouble | {"company": link.company.name, "email": link.email}
    _to_staff("broken-staff", link, context, to)


def send_progress(link: LinkRequest, url: str, *, left: int, by: User | None) -> None:
    """Mail a customer who left how many permissions are still missing, and where."""
    context = {"company": link.company.name, "url": url, "left": left}
    envelope.send("progress", context, **_to_customer(link, by))


def send_other(link: LinkRequest, connection: Connection, *, by: User | None) -> None:
    """Mail that another Sage Intacct company was signed in to, and waits."""
    context = {"company": link.company.name, "new": connection.intacct_company_id}
    envelope.send("other", context, **_to_customer(link, by))


def send_other_staff(link: LinkRequest, connection: Connection, *, to: User) -> None:
    """Mail the Member who invited that it is for staff to approve or refuse."""
    context = {
        "company": link.company.name,
        "known": connection.held_from["company_id"],
        "new": connection.intacct_company_id,
    }
    _to_staff("other-staff", link, context, to)


def send_refused(link: LinkRequest, *, by: User | None) -> None:
    """Mail the customer that staff refused the other company."""
    context = {"company": link.company.name}
    envelope.send("refused", context, **_to_customer(link, by))


def _to_staff(
    name: str, link: LinkRequest, context: Mapping[str, object], to: User
) -> None:
    """Send a mail whose button opens the company in the Portal."""
    page = reverse("portal:company", args=[link.company_id])
    context = {**context, "url": site.SITE_URL + page}
    # Who uses the browser's language is written to as their customer is.
    language = to.language or link.language
    envelope.send(name, context, client=link.client, to=to.email, language=language)


def _to_customer(link: LinkRequest, by: User | None) -> dict[str, Any]:
    return {
        "client": link.client,
        "to": link.email,
        "language": link.language,
        "reply_to": by.email if by else "",
    }


def _trouble(outcome: str) -> dict[str, object]:
    heading, words = TROUBLE.get(outcome, TROUBLE["bad_login"])
    advice = labels.filled(words)
    return {"trouble": heading, "advice": advice, "is_password": outcome == "bad_login"}


def send_handover(handover: Handover, url: str) -> None:
    """Mail a colleague their own link, in words that nobody can change."""
    link = handover.link_request
    context = {
        "company": link.company.name,
        "is_single": handover.is_single,
        "url": url,
        "expires_at": link.expires_at,
    }
    envelope.send(
        "handover",
        context,
        client=link.client,
        to=handover.email,
        language=handover.language,
        reply_to=site.SUPPORT_EMAIL,
    )


def send_asked(link: LinkRequest, *, is_sent: bool) -> None:
    """Tell the staff member who invited that somebody holds a dead link of theirs.

    `is_sent`: a new one was mailed already; else it is for staff to decide.
    """
    staff = link.created_by
    if staff is None or not staff.is_active:
        return
    page = reverse("portal:request-data", args=[link.company_id])
    context = {
        "company": link.company.name,
        "email": link.email,
        "is_sent": is_sent,
        "is_revoked": link.revoked_at is not None,
        "url": site.SITE_URL + page,
    }
    envelope.send(
        "asked",
        context,
        client=link.client,
        to=staff.email,
        language=staff.language or translation.get_language() or "",
        reply_to=site.SUPPORT_EMAIL,
    )
