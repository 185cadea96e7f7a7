"""Where a Company stands, in words: the tag beside its name, and whose turn it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.humanize.templatetags.humanize import naturaltime
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from linksite import intacct
from linksite.models import Company, Connection, LinkRequest, Probe, Sync

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Trouble:
    """What stops a Connection: a short name, and whose turn it is."""

    name: Words
    turn: Words
    kind: str = "bad"


_AGAIN = _("Request data again: the customer opens the link and signs in anew.")
_ADMIN = _("The customer’s Sage Intacct administrator must act.")
_WAIT = _("Nobody has to act: we try again by ourselves.")

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
        format_lazy(
            "{} {}",
            _ADMIN,
            _("Our Sender ID is no longer in the list of Web Services authorizations."),
        ),
        "turn",
    ),
    "web_services_off": Trouble(
        _("Web Services off"),
        format_lazy("{} {}", _ADMIN, _("Web Services must be switched on again.")),
        "turn",
    ),
    "ip_blocked": Trouble(
        _("IP address blocked"),
        format_lazy("{} {}", _ADMIN, _("An IP filter keeps us out.")),
        "turn",
    ),
    "entity_denied_or_session_failed": Trouble(
        _("Entity closed to us"),
        format_lazy(
            "{} {}", _ADMIN, _("Our user may no longer enter the chosen entity.")
        ),
        "turn",
    ),
    "bad_partner_credential": Trouble(
        _("Credentials refused"),
        _("Your turn: check the Sender ID and the Sender Password."),
    ),
    "permission_missing": Trouble(_("Permission missing"), _ADMIN, "turn"),
    "object_unavailable": Trouble(
        _("Not in this company"),
        _("The customer’s Sage Intacct subscription does not include it."),
        "turn",
    ),
    "throttled": Trouble(_("Sage Intacct asks us to slow down"), _WAIT, "sys"),
    **dict.fromkeys(
        ("transient", "transport_blocked", "unknown_outcome", "malformed_response"),
        Trouble(_("Sage Intacct is not answering"), _WAIT, "sys"),
    ),
    "integration_disabled": Trouble(
        _("Integration disabled"), _("Your turn: enable the integration."), "turn"
    ),
}
UNKNOWN = Trouble(_("Reading failed"), _("Our turn: we look into it and try again."))


def trouble(outcome: str) -> Trouble:
    """Return what people read for an outcome."""
    return TROUBLES.get(outcome, UNKNOWN)


@dataclass(frozen=True, slots=True)
class Standing:
    """A tag with its icon, and what stands beside it."""

    text: Words
    kind: str = ""
    icon: str = ""
    note: Words = ""


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
    conditions: dict[str, Q] = {
        "linked": Q(linked),
        "needs-action": Q(troubled) | Q(held),
        "in-progress": (Q(pending) & ~Q(held)) | (Q(Exists(asked)) & ~Q(live)),
        "not-linked": ~Q(live) & ~Q(Exists(asked)),
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
    links = LinkRequest.objects.order_by("-created_at")[:1]
    return companies.prefetch_related(
        Prefetch("connections", connections, to_attr="all_connections"),
        Prefetch("link_requests", links, to_attr="last_link"),
    )


def standing(company: Company) -> Standing:
    """Return where a Company fetched `with_facts` stands."""
    connections: list[Connection] = company.all_connections  # type: ignore[attr-defined]
    live = next((row for row in connections if row.unlinked_at is None), None)
    if live:
        return of_connection(live)
    link = next(iter(company.last_link), None)  # type: ignore[attr-defined]
    ended = max(
        (row.unlinked_at for row in connections if row.unlinked_at), default=None
    )
    if link and link.is_open and not (ended and ended > link.created_at):
        return _of_link(link)
    if ended:
        return Standing(_("Not linked"), note=_disconnected(ended))
    return Standing(_("Not linked"), note=_closed(link))


def of_connection(row: Connection) -> Standing:
    """Return where a live Connection stands."""
    if row.trouble:
        known = trouble(row.trouble)
        icon = {"turn": "turn", "bad": "stop"}.get(known.kind, "info")
        since = gettext("Since %(day)s") % {"day": _day(row.trouble_at)}
        return Standing(known.name, known.kind, icon, since)
    if row.held_at:
        return Standing(_("Waits for approval"), "turn", "turn", _("Your turn"))
    if row.linked_at:
        return Standing(_("Linked"), "ok", "check", _synced(row))
    probe = next(iter(_fetched(row, "last_probe")), None)
    missing = len(missing_permissions(probe)) if probe else 0
    if probe and missing:
        text = ngettext(
            "%(count)s permission missing", "%(count)s permissions missing", missing
        ) % {"count": missing}
        when = gettext("Checked %(when)s") % {"when": naturaltime(probe.finished_at)}
        return Standing(text, "turn", "turn", when)
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


def _fetched(row: Connection, name: str) -> list[Any]:
    """Return the one run that `with_facts` fetched along."""
    fetched: list[Any] = getattr(row, name)
    return fetched


def missing_permissions(probe: Probe) -> list[intacct.Permission]:
    """Return the Permissions a Probe found missing, in the order of the table."""
    return [
        permission
        for permission in intacct.PERMISSIONS
        if probe.results.get(permission.key, {}).get("state") == intacct.MISSING
    ]


def _of_link(link: LinkRequest) -> Standing:
    if not link.started_at:
        return Standing(_("Link sent"), "sys", "mail", _("Not opened yet"))
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
