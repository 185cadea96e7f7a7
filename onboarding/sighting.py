"""What the live watch knows of a Step in Sage Intacct, in the customer's words."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from linksite import watching
from linksite.models import LinkRequest, Watch
from onboarding.telling import Told

WATCHED = ("web-services", "sender")
DONE, NOT_YET, UNKNOWN, UNASKED = "done", "not-yet", "unknown", "unasked"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a page says of its Step; `at` is when it was seen, or last looked at."""

    state: str
    title: str
    text: str = ""
    at: datetime | None = None
    step: str = ""  # where to go, if it is not here that something must be done

    @property
    def seen(self) -> str:
        """Return what tells this page from a later one."""
        return f"{self.news}|{self.at:%H%M%S}" if self.at else self.news

    @property
    def news(self) -> str:
        """Return what is worth saying aloud when it is another."""
        return f"{self.state}|{self.title}"


def sighting(link: LinkRequest, slug: str, watch: Watch | None) -> Sighting:
    """Return what is known of a Step: done, not yet, or not to be known from here."""
    if watch is None or watch.answered_at is None:
        return Sighting(UNASKED, _("Not looked at yet"))
    if since := _since(watch, slug):
        text = _("Sage Intacct’s answer shows it. Press “Done, continue”.")
        return Sighting(DONE, _("Done"), text, since)
    if watch.outcome in ("web_services_off", "sender_not_authorised"):
        return _not_yet(link, slug, watch)
    if link.helper:  # why not is about what somebody else entered
        text = _("This cannot be known just now. You can carry on.")
        return Sighting(UNKNOWN, _("Not seen yet"), text, watch.answered_at)
    return _unknown(link, watch)


def _not_yet(link: LinkRequest, slug: str, watch: Watch) -> Sighting:
    """Return what is still to do in Sage Intacct."""
    step = text = ""
    title = _("The Sender ID is not authorised yet")
    if watch.outcome == "web_services_off":
        title = _("Web Services is not switched on yet")
        if slug == "sender":
            step = "" if link.helper else "web-services"
            text = _(
                "Until it is, Sage Intacct does not tell whether our Sender ID is in."
            )
    return Sighting(NOT_YET, title, text, watch.answered_at, step)


def _since(watch: Watch, slug: str) -> datetime | None:
    return watch.sender_at if slug == "sender" else watch.web_services_at


def _unknown(link: LinkRequest, watch: Watch) -> Sighting:
    """Return what keeps us from knowing, and whose turn it is."""
    step = ""
    match watch.outcome:
        case "company_unknown_or_sender_inactive" | "unsendable":
            # Not which one: another device may not see what was entered.
            title = _("Sage Intacct does not know the company ID you entered")
            text = _(
                "Compare it with Sage Intacct: capitals matter. Trial companies are "
                "not known either."
            )
            step = "company-id"
        case "company_expired_demo":
            title = _("This is a trial company")
            text = _("Trial companies cannot be linked: use your paid account.")
            step = "company-id"
        case "bad_partner_credential":
            title = _("Sage Intacct did not let us in")
            text = _(
                "It is the turn of %(requester)s. You have nothing to do: carry on."
            )
            text %= {"requester": link.client.name}
        case "ip_blocked":
            title = _("Your company limits the addresses that may sign in")
            text = _(
                "Ask your administrator to lift that limit for the Web Services user."
            )
        case _:
            title = _("Sage Intacct is not answering")
            text = _("This cannot be known just now. You can carry on.")
    return Sighting(UNKNOWN, title, text, watch.answered_at, step)


def denial(seen: Sighting) -> Told:
    """Return what to tell whoever says that it is done, when the gateway said no."""
    if seen.state == UNKNOWN:
        return Told(seen.title, seen.text, step=seen.step)
    text = _(
        "Check that you saved the page there. If it is done, continue: the sign-in "
        "checks it again."
    )
    return Told(_("Sage Intacct answered that this is not done yet"), text)


def is_watching(link: LinkRequest, seen: Sighting) -> bool:
    """Return whether the page should go on looking by itself."""
    return seen.state != DONE and watching.may_look(link)


def may_ask(link: LinkRequest, seen: Sighting) -> bool:
    """Return whether a person may still press the button."""
    return seen.state != DONE and watching.may_look(link, by_hand=True)
