"""What stops a Company, in words for the Client's staff: its name, and whose turn."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linksite import runs, troubles
from linksite.labels import label
from linksite.models import Connection, LinkRequest

Words = str | Promise

_LINK_SHOWS = _("The customer’s turn: the link shows them what to do.")


@dataclass(frozen=True, slots=True)
class Trouble:
    """A short name, whose turn it is, and that at a first sign-in."""

    name: Words
    turn: Words
    kind: str = "bad"
    at_sign_in: Words = _LINK_SHOWS

    @property
    def icon(self) -> str:
        """Return the name of its icon."""
        return {"turn": "turn", "bad": "stop"}.get(self.kind, "info")


_AGAIN = _("Request data again: the customer opens the link and signs in anew.")
_ADMIN = _("The customer’s Sage Intacct administrator must act.")
_WAIT = _("Nobody has to act: we try again by ourselves.")
_TRY = _("Nobody’s fault: the customer tries again in a while.")
_SENDER = _("Your turn: check the Sender ID and the Sender Password.")
_OURS = _("Our turn: we look into it and try again.")


def _admin(what: Promise) -> Words:
    return format_lazy("{} {}", _ADMIN, what)


# One row per outcome that can stop a Connection (linksite.intacct.outcomes).
TROUBLES = {
    "bad_login": Trouble(_("Password refused"), _AGAIN),
    "company_unknown_or_sender_inactive": Trouble(
        _("Company unknown to Sage Intacct"), _AGAIN
    ),
    "company_expired_demo": Trouble(
        _("Trial company"),
        _("Sage Intacct trial companies cannot be linked: a paid account is needed."),
    ),
    "sender_not_authorised": Trouble(
        _("Sender ID not authorized"),
        _admin(
            format_lazy(
                _("Our Sender ID is missing under {list}."),
                list=label("authorizations"),
            )
        ),
        "turn",
    ),
    "web_services_off": Trouble(
        _("Web Services off"), _admin(_("Web Services must be switched on.")), "turn"
    ),
    "ip_blocked": Trouble(
        _("IP address blocked"), _admin(_("An IP filter keeps us out.")), "turn"
    ),
    "entity_denied_or_session_failed": Trouble(
        _("Entity closed to us"),
        _admin(_("Our user may not enter the chosen entity.")),
        "turn",
    ),
    "bad_partner_credential": Trouble(
        _("Credentials refused"), _SENDER, at_sign_in=_SENDER
    ),
    "permission_missing": Trouble(_("Permission missing"), _ADMIN, "turn"),
    "object_unavailable": Trouble(
        _("Not in this company"),
        _(
            "The customer’s Sage Intacct subscription does not include it: there is "
            "nothing to grant, and nobody has to act."
        ),
        "sys",
    ),
    "throttled": Trouble(_("Sage Intacct asks us to slow down"), _WAIT, "sys", _TRY),
    "transient": Trouble(_("Sage Intacct is not answering"), _WAIT, "sys", _TRY),
    "unknown_outcome": Trouble(
        _("Sage Intacct did not answer in time"), _WAIT, "sys", _TRY
    ),
    "malformed_response": Trouble(
        _("The answer of Sage Intacct did not arrive whole"), _WAIT, "sys", _TRY
    ),
    "transport_blocked": Trouble(
        _("Something in front of Sage Intacct turned us away"), _OURS, "sys", _OURS
    ),
    troubles.UNREADABLE: Trouble(
        _("We cannot open a password that we keep"), _OURS, at_sign_in=_OURS
    ),
    "integration_disabled": Trouble(
        _("Integration disabled"), _("Your turn: enable the integration."), "turn"
    ),
}
UNKNOWN = Trouble(_("Sage Intacct refused our request"), _OURS, at_sign_in=_OURS)
# The page of a Company tells these by themselves, from the Integration's settings.
_TOLD = frozenset({"integration_disabled", "bad_partner_credential"})


def trouble(outcome: str) -> Trouble:
    """Return what people read for an outcome."""
    return TROUBLES.get(outcome, UNKNOWN)


def of_connection(connection: Connection) -> Trouble | None:
    """Return what stops a live Connection now, or delays its next reading."""
    outcome = connection.trouble or runs.delayed_by(connection)
    return trouble(outcome) if outcome and outcome not in _TOLD else None


def of_link(link: LinkRequest | None) -> Trouble | None:
    """Return what stopped the last sign-in of an open invitation."""
    outcome = link.visit.trouble if link and link.is_open else ""
    if not outcome or outcome in _TOLD:
        return None
    known = trouble(outcome)
    return Trouble(known.name, known.at_sign_in, known.kind)
