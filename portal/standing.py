"""Where a Company stands, in words: the tag beside its name, and whose turn it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from linksite import intacct, probing
from linksite.models import Company, Connection, LinkRequest, Probe, Sync, Visit
from portal.troubles import Words, trouble


@dataclass(frozen=True, slots=True)
class Standing:
    """A tag with its icon, and what stands beside it."""

    text: Words
    kind: str = ""
    icon: str = ""
    note: Words = ""
    is_unconfirmed: bool = False


TO_ERASE = Standing(_("Asked to delete"), "turn", "turn", _("Your turn"))

FILTERS: dict[str, Words] = {
    "linked": _("Linked"),
    "in-progress": _("In progress"),
    "needs-action": _("Needs action"),
    "not-linked": _("Not linked"),
}


def filtered(companies: QuerySet[Company], status: str) -> QuerySet[Company]:
    """Keep the Companies of one of FILTERS; any other status keeps all."""
    mine = Connection.objects.filter(company=OuterRef("pk"))
    ended_since = Connection.objects.filter(
        company=OuterRef("company"), unlinked_at__gt=OuterRef("created_at")
    )
    asked = LinkRequest.objects.open().filter(
        ~Exists(ended_since), company=OuterRef("pk")
    )
    live, linked = Exists(mine.live()), Exists(mine.linked())
    troubled, pending = Exists(mine.troubled()), Exists(mine.pending())
    held = Exists(mine.live().exclude(held_at=None))
    to_erase = Q(Exists(mine.to_erase())) & ~Q(live)
    idle = ~Q(live) & ~to_erase
    conditions: dict[str, Q] = {
        "linked": Q(linked),
        "needs-action": Q(troubled) | Q(held) | to_erase,
        "in-progress": (Q(pending) & ~Q(held)) | (Q(Exists(asked)) & idle),
        "not-linked": ~Q(Exists(asked)) & idle,
    }
    return companies.filter(conditions[status]) if status in conditions else companies


def with_facts(companies: QuerySet[Company]) -> QuerySet[Company]:
    """Fetch along what `standing` needs, in a handful of queries."""
    probes = Probe.objects.filter(finished_at__isnull=False, outcome="")[:1]
    syncs = Sync.objects.filter(finished_at__isnull=False, outcome="")[:1]
    connections = Connection.objects.order_by("-created_at").prefetch_related(
        Prefetch("probes", probes, to_attr="last_probe"),
        Prefetch("syncs", syncs, to_attr="last_sync"),
    )
    visits = Prefetch("visits", Visit.objects.settled()[:1], to_attr="counted")
    links = LinkRequest.objects.order_by("-created_at").prefetch_related(visits)[:1]
    to_erase = Connection.objects.to_erase().filter(company=OuterRef("pk"))
    return companies.annotate(asks_erasure=Exists(to_erase)).prefetch_related(
        Prefetch("connections", connections, to_attr="all_connections"),
        Prefetch("link_requests", links, to_attr="last_link"),
    )


def standing(company: Company) -> Standing:
    """Return where a Company fetched `with_facts` stands."""
    fetched: Any = company
    connections: list[Connection] = fetched.all_connections
    live = next((row for row in connections if row.unlinked_at is None), None)
    if live:
        return of_connection(live)
    if fetched.asks_erasure:
        return TO_ERASE
    link = next(iter(fetched.last_link), None)
    ended = max(
        (row.unlinked_at for row in connections if row.unlinked_at), default=None
    )
    if link and link.is_open and not (ended and ended > link.created_at):
        return _of_link(link)
    if ended:
        marked = any(row.is_unconfirmed for row in connections)
        note = _disconnected(ended)
        return Standing(_("Not linked"), note=note, is_unconfirmed=marked)
    return Standing(_("Not linked"), note=_closed(link))


def of_connection(row: Connection) -> Standing:
    """Return where a live Connection stands."""
    if row.trouble:
        known = trouble(row.trouble)
        since = gettext("Since %(day)s") % {"day": _day(row.trouble_at)}
        return Standing(known.name, known.kind, known.icon, since)
    if row.held_at:
        return Standing(_("Waits for approval"), "turn", "turn", _("Your turn"))
    if row.linked_at:
        is_open = row.is_unconfirmed
        return Standing(_("Linked"), "ok", "check", _synced(row), is_open)
    probe = next(iter(_fetched(row, "last_probe")), None)
    lacking = missing_permissions(probe) if probe else []
    if row.left_out_at:
        lacking = [each for each in lacking if intacct.is_required(each)]
    missing = len(lacking)
    if probe and missing:
        text = ngettext(
            "%(count)s permission missing", "%(count)s permissions missing", missing
        ) % {"count": missing}
        when = gettext("Checked %(when)s") % {"when": naturaltime(probe.finished_at)}
        return Standing(text, "turn", "turn", when)
    if probe and _is_checked(probe):
        note = _("Permissions in place. They have yet to say it is the right company")
        return Standing(_("Customer to confirm"), "turn", "turn", note)
    when = gettext("Signed in %(when)s") % {"when": naturaltime(row.signed_in_at)}
    return Standing(_("Signed in"), "sys", "plug", when)


def _synced(row: Connection) -> str:
    sync = next(iter(_fetched(row, "last_sync")), None)
    if sync is None:
        return gettext("Not read yet")
    return gettext("Synced %(when)s") % {"when": naturaltime(sync.finished_at)}


def _disconnected(at: datetime) -> str:
    return gettext("Disconnected on %(day)s") % {"day": _day(at)}


def _day(at: datetime | None) -> str:
    return date_format(timezone.localtime(at), "j F Y") if at else ""


def _fetched(row: Connection | LinkRequest, name: str) -> list[Any]:
    """Return the one row that `with_facts` fetched along."""
    fetched: list[Any] = getattr(row, name)
    return fetched


def missing_permissions(probe: Probe) -> list[intacct.Permission]:
    """Return the Permissions a Probe found missing, in the order of the table."""
    return [
        permission
        for permission in intacct.PERMISSIONS
        if _state(probe, permission) == intacct.MISSING
    ]


def _is_checked(probe: Probe) -> bool:
    """Return whether nothing is unknown of any Permission."""
    unknown = (probing.CHECKING, intacct.UNCHECKED)
    return all(_state(probe, each) not in unknown for each in intacct.PERMISSIONS)


def _state(probe: Probe, permission: intacct.Permission) -> str:
    result = probe.results.get(permission.key)
    return probing.state_of(result) if result else probing.CHECKING


def _of_link(link: LinkRequest) -> Standing:
    visit = next(iter(_fetched(link, "counted")), None)
    if visit and visit.trouble:
        known = trouble(visit.trouble)
        when = gettext("At sign-in, %(when)s") % {"when": naturaltime(visit.trouble_at)}
        return Standing(known.name, known.kind, known.icon, when)
    if not link.started_at:
        made = _("Link sent") if link.email else _("Link made")
        return Standing(made, "sys", "mail", _("Not opened yet"))
    at = naturaltime(link.last_seen_at or link.started_at)
    return Standing(
        _("Link sent"), "sys", "mail", gettext("Opened %(when)s") % {"when": at}
    )


def _closed(link: LinkRequest | None) -> str:
    if link is None:
        return gettext("No link sent yet")
    if link.revoked_at:
        return gettext("Link revoked")
    return gettext("Link expired")
