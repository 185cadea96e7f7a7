"""What Sage Intacct's answers mean for people: who must act, and what to say.

One row for each outcome of linksite.intacct.outcomes. The words are for whoever
asks our support: they say what happened and whose turn it is.
"""

from dataclasses import dataclass
from typing import Any

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linksite.intacct import explain, outcomes

NOBODY = "nobody yet"
STAFF = "our staff"
DETAILS = "the customer's details"
ADMINISTRATOR = "the customer's administrator"
US = "us"


@dataclass(frozen=True, slots=True)
class Meaning:
    """Who must act on an outcome, and the words for it."""

    who: str
    message: Promise


_FINE = Meaning(NOBODY, _("Sage Intacct did what was asked."))
_WRITING = Meaning(
    US,
    _(
        "Sage Intacct refused to write a record. We only read: this answer "
        "is not to one of our requests."
    ),
)
_BUG = Meaning(
    US,
    _("Sage Intacct did not accept our request. This is our mistake to correct."),
)

MEANINGS: dict[str, Meaning] = {
    "ok": _FINE,
    "ok_empty": Meaning(NOBODY, _("It worked; there is nothing to show.")),
    "mixed": Meaning(
        NOBODY,
        _("Some of the functions worked and some did not: see each result."),
    ),
    "async_ack": Meaning(
        NOBODY, _("Sage Intacct accepted the request and will answer it later.")
    ),
    "bad_partner_credential": Meaning(
        STAFF,
        _(
            "Sage Intacct refuses our own Sender ID or Sender Password. "
            "The customer has nothing to do."
        ),
    ),
    "sender_not_authorised": Meaning(
        ADMINISTRATOR,
        _(
            "Our Sender ID is not authorized in this company yet. Add it under "
            "Company > Setup > Company > Security > Web Services authorizations, "
            "with exact capitals and the status Active."
        ),
    ),
    "web_services_off": Meaning(
        ADMINISTRATOR,
        _(
            "Web Services is off in this company. Turn it on under "
            "Company > Admin > Subscriptions > Web Services."
        ),
    ),
    "bad_login": Meaning(
        DETAILS,
        _(
            "Company ID, user ID or password do not match, or the user is locked "
            "or inactive. Compare them with Sage’s email before another try."
        ),
    ),
    "session_invalid": Meaning(
        NOBODY, _("The session has ended. A new sign-in opens another one.")
    ),
    "company_unknown_or_sender_inactive": Meaning(
        DETAILS,
        _(
            "Sage Intacct does not know this company ID, or our Sender is not "
            "active. Check the company ID first: it is not an email address and "
            "not the console’s name."
        ),
    ),
    "company_expired_demo": Meaning(
        DETAILS,
        _(
            "This is a trial company, and it has expired. Trial companies cannot "
            "be linked: a paid company is needed."
        ),
    ),
    "ip_blocked": Meaning(
        ADMINISTRATOR,
        _(
            "This company filters IP addresses. Add ours under "
            "Company > Setup > Company > Security."
        ),
    ),
    "entity_denied_or_session_failed": Meaning(
        ADMINISTRATOR,
        _(
            "The Web Services user may not enter this entity, or access is limited "
            "to the top level."
        ),
    ),
    "permission_missing": Meaning(
        ADMINISTRATOR,
        _(
            "A permission is missing in the role of the Web Services user. If all "
            "are missing, the role is empty or the user type is not Business."
        ),
    ),
    "object_unavailable": Meaning(
        ADMINISTRATOR,
        _(
            "This data does not exist in this company: the module is not "
            "subscribed. The rest can be read without it."
        ),
    ),
    "field_unknown": _BUG,
    "client_bug": _BUG,
    "throttled": Meaning(
        NOBODY, _("Sage Intacct is busy. We try again by ourselves in a while.")
    ),
    "transient": Meaning(
        NOBODY, _("Sage Intacct is not answering. We try again by ourselves.")
    ),
    "unknown_outcome": Meaning(
        NOBODY,
        _(
            "No answer came in time, and Sage Intacct may still be at work. "
            "We wait a minute, then ask for less."
        ),
    ),
    "malformed_response": Meaning(
        NOBODY,
        _(
            "The answer is not complete or not Sage Intacct’s. Nothing was taken "
            "from it; we try again by ourselves."
        ),
    ),
    "transport_blocked": Meaning(
        US,
        _(
            "Something in front of Sage Intacct turned us away before any sign-in. "
            "The customer has nothing to do."
        ),
    ),
    "result_set_expired": Meaning(
        NOBODY, _("The list we were reading has expired. Reading starts again.")
    ),
    "rolled_back": Meaning(
        US,
        _(
            "One function failed, so all of them were undone: look for the first "
            "error that is not the rollback."
        ),
    ),
    "idempotent_repeat": Meaning(
        NOBODY, _("This request had already been carried out. It was not repeated.")
    ),
    "duplicate": _WRITING,
    "business_rule": _WRITING,
    "unknown_error": Meaning(
        US,
        _(
            "Sage Intacct gave a reason that we do not know. Our team looks at it; "
            "the support ID helps Sage find it."
        ),
    ),
}


def explained(answer: explain.Explanation) -> dict[str, Any]:
    """Return what an answer means, as plain values for a person of our support."""
    meaning = MEANINGS[answer.outcome]
    return {
        "outcome": answer.outcome,
        "who": _who(answer),
        "errors": [
            {"number": e.number, "text": e.text, "support_id": e.support_id}
            for e in answer.errors
        ],
        "results": [
            {
                "status": part.status,
                "outcome": part.outcome,
                "function": part.function,
                "object": part.object,
                "rows": part.rows,
            }
            for part in answer.results
        ],
        "message_en": _in("en", meaning.message),
        "message_fr": _in("fr", meaning.message),
        "retry": outcomes.retry(answer.outcome),
    }


def _who(answer: explain.Explanation) -> str:
    """Return who must act; where results differ, who must act on the first."""
    if answer.outcome == "mixed":
        turns = (MEANINGS[part.outcome].who for part in answer.results)
        return next((who for who in turns if who != NOBODY), NOBODY)
    return MEANINGS[answer.outcome].who


def _in(language: str, message: Promise) -> str:
    with translation.override(language):
        return str(message)
