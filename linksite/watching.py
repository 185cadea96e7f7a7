"""The verbs of the live watch: look whether a Step in Sage Intacct is done.

A look is one sign-in of a user who cannot exist: what the gateway objects to first
shows how far the set-up is. It is made only while somebody has the Step's page open,
ever more rarely, and so often a day at most.
"""

from contextlib import suppress
from datetime import timedelta

from django.conf import settings as site
from django.db.models import F, Q
from django.utils import timezone

from linksite import intacct, integrations, lanes, visiting
from linksite.models import IntegrationSettings, LinkRequest, Watch

# By itself a page looks every ten seconds at first, then every sixty.
NONE = timedelta()
SHORTEST = timedelta(seconds=10)
LONGEST = timedelta(seconds=60)
MOST_BY_ITSELF = 60
MOST = 80  # with those that a person asks for
DAY = timedelta(days=1)


def facts(link: LinkRequest) -> Watch | None:
    """Return what is known of a LinkRequest's set-up, if anything was looked at."""
    watch: Watch | None = getattr(link, "watch", None)
    sender_id = integrations.settings_for(link.client).sender_id
    return watch if watch and _is_about(watch, link, sender_id) else None


def may_look(link: LinkRequest, *, by_hand: bool = False) -> bool:
    """Return whether there is something to look at, and looks are left."""
    watch = facts(link)
    is_over = watch is not None and _left(watch, by_hand=by_hand) <= 0
    return site.LIVE_WATCH and bool(link.intacct_company_id) and not is_over


def look(link: LinkRequest, *, by_hand: bool = False, at_once: bool = False) -> bool:
    """Ask the gateway how far the set-up is; return whether it was asked.

    A person may ask sooner than the page by itself does, but not again and again;
    who says that it is done is believed, or looked for `at_once`. What was found
    stands in `facts`. Nothing happens while too many others look.
    """
    settings = integrations.settings_for(link.client)
    if not (site.LIVE_WATCH and link.intacct_company_id and settings.is_ready):
        return False
    if visiting.is_hasty(link):  # a robot that presses every button
        return False
    watch = _row(link, settings.sender_id)
    link.watch = watch
    with suppress(lanes.Full), lanes.looks.hold():
        if _claim(watch, by_hand=by_hand, at_once=at_once):
            _ask(link, settings, watch)
            return True
    return False


def _ask(link: LinkRequest, settings: IntegrationSettings, watch: Watch) -> None:
    """Let the gateway refuse a stranger, and keep what that shows."""
    gateway = integrations.client_for_stranger(settings, link.intacct_company_id)
    try:
        with gateway:
            gateway.sign_in()
    except intacct.IntacctError as refusal:
        if gateway.posts:  # else somebody else had the company's turn
            _keep(watch, refusal.outcome, intacct.sight(refusal))
            integrations.note_answer(settings, refusal)
    except intacct.Unsendable:
        _keep(watch, "unsendable", intacct.Sight())


def _row(link: LinkRequest, sender_id: str) -> Watch:
    """Return the row, begun anew when the company or the Sender is another."""
    about = {"intacct_company_id": link.intacct_company_id, "sender_id": sender_id}
    watch, _ = Watch.objects.get_or_create(link_request=link, defaults=about)
    if not _is_about(watch, link, sender_id):
        nothing = {"outcome": "", "answered_at": None}
        nothing |= {"web_services_at": None, "sender_at": None}
        Watch.objects.filter(pk=watch.pk).update(**about, **nothing)
        watch.refresh_from_db()
    return watch


def _is_about(watch: Watch, link: LinkRequest, sender_id: str) -> bool:
    about = (link.intacct_company_id, sender_id)
    return (watch.intacct_company_id, watch.sender_id) == about


def _claim(watch: Watch, *, by_hand: bool, at_once: bool) -> bool:
    """Take leave for one look, in one statement; nobody else then has it."""
    now = timezone.now()
    rows = Watch.objects.filter(pk=watch.pk)
    rows.filter(counted_from__lte=now - DAY).update(asked=0, counted_from=now)
    pause = NONE if at_once else SHORTEST if by_hand else _pause(watch)
    due = Q(asked_at=None) | Q(asked_at__lte=now - pause)
    most = MOST if by_hand else MOST_BY_ITSELF
    mine = rows.filter(due, asked__lt=most).update(asked=F("asked") + 1, asked_at=now)
    watch.refresh_from_db()
    return bool(mine)


def _pause(watch: Watch) -> timedelta:
    """Return how long to leave the gateway in peace before the next look."""
    if watch.outcome and not _is_telling(watch.outcome):
        return LONGEST
    return min(LONGEST, SHORTEST + timedelta(seconds=watch.asked))


def _is_telling(outcome: str) -> bool:
    return outcome in {"web_services_off", "sender_not_authorised", "bad_login"}


def _left(watch: Watch, *, by_hand: bool) -> int:
    is_old = watch.counted_from <= timezone.now() - DAY
    return (MOST if by_hand else MOST_BY_ITSELF) - (0 if is_old else watch.asked)


def _keep(watch: Watch, outcome: str, sight: intacct.Sight) -> None:
    """Write what was seen; a Step that is not seen any more loses its tick."""
    now = timezone.now()
    watch.outcome, watch.answered_at = outcome, now
    if sight.web_services is not None:
        since = watch.web_services_at or now
        watch.web_services_at = since if sight.web_services else None
    if sight.sender is not None:
        since = watch.sender_at or now
        watch.sender_at = since if sight.sender else None
    fields = ("outcome", "answered_at", "web_services_at", "sender_at")
    same = {name: getattr(watch, name) for name in ("intacct_company_id", "sender_id")}
    rows = Watch.objects.filter(pk=watch.pk, **same)
    rows.update(**{name: getattr(watch, name) for name in fields})
