"""Every cause that can stop Link, in words: what happened, whose turn, what mends it.

One row per outcome of the gateway (linksite.intacct.outcomes). Where the gateway has
one answer for several causes, the row holds a checklist, the likeliest first.
"""

from dataclasses import dataclass, replace

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linksite import troubles

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Cause:
    """What happened and what helps: `step` mends it, "" when no Step of ours does.

    `paths` are the places in Sage Intacct that the Step's own page does not name.
    A text may hold names (%(requester)s) and labels of linksite/labels.py (%(save)s).
    """

    title: Text
    text: Text
    step: str = ""
    checks: tuple[Text, ...] = ()
    paths: tuple[str, ...] = ()
    status: int = 422


_ONE_ANSWER = _(
    "Sage Intacct gives one answer for several causes. Check these, the likeliest "
    "first:"
)
_NO_TRIAL = _("it is a paid company: trial companies cannot be linked.")
_TRY_LATER = _("Nothing was lost. Enter the password and try again in a minute.")
_WE_RETRY = _("We try again by ourselves. You have nothing to do.")
OURS = Cause(
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
            _("%(status)s says %(active)s;"),
            _("it is written as here, capitals included;"),
            _("you selected %(save)s twice, the second time at the top of the page;"),
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
                "the user ID matches, letter for letter, the one under "
                "%(web_services_users)s;"
            ),
            _(
                "it is the Web Services user: a person’s own sign-in, with two steps "
                "or single sign-on, is refused;"
            ),
            _("the user is not locked: %(status)s says %(active)s;"),
            _("the company ID is the right one."),
        ),
        ("user",),
    ),
    "ip_blocked": Cause(
        _("Your company limits the addresses that may sign in"),
        _(
            "Your user ID and password are not in question. Ask your Sage Intacct "
            "administrator to let our addresses in here, under %(ip_filters)s. "
            "%(support)s knows them. Then connect again."
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
            _("%(user_entities)s: the list is empty or holds this entity;"),
            _(
                "%(multi_entity)s, %(configure)s: the box %(top_level_only)s is not "
                "ticked."
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
        _("Many requests are running in your company right now. Nothing was lost."),
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
        OURS,
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
                "under %(ip_filters)s. %(support)s knows them. We notice by ourselves."
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
OURS_LATER = replace(OURS, text=_WE_RETRY)
