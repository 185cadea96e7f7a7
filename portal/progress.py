"""How far the customer is, Step by Step, as staff see it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linksite.models import Connection, LinkRequest

STUCK_AFTER = timedelta(days=2)

# As the rail of Link names them; a test holds the two together.
STEPS: dict[str, str | Promise] = {
    "software": _("Choose your software"),
    "before-you-start": _("Before you start"),
    "company-id": _("Company ID"),
    "web-services": _("Turn on Web Services"),
    "sender": _("Configure Web Services"),
    "web-services-user": _("Web Services user"),
    "sign-in": _("Sign-in details"),
    "entity": _("Entity"),
    "permissions": _("Permissions"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One Step: when it was done, and whether on another device than the one before."""

    name: str | Promise
    at: datetime | None
    changed_device: bool = False
    who: str = ""
    is_next: bool = False
    since: datetime | None = None

    @property
    def is_stuck(self) -> bool:
        """Whether it is the customer's turn here, and has been for days."""
        return self.since is not None and timezone.now() - self.since > STUCK_AFTER


def rows(link: LinkRequest | None, connection: Connection | None) -> list[Row]:
    """Return the Steps of an invitation that somebody began; else none."""
    if link is None or not link.started_at:
        return []
    times = {slug: _time(link, connection, slug) for slug in STEPS}
    following = next((slug for slug, at in times.items() if at is None), "")
    if not (link.is_open or connection):
        following = ""  # it is nobody's turn behind a link that no longer works
    since = max((at for at in times.values() if at), default=link.started_at)
    found, device = [], ""
    for slug, name in STEPS.items():
        by = link.confirmed.get(slug, {}).get("by") or device
        is_next = slug == following
        changed = bool(device) and by != device
        who = link.confirmed.get(slug, {}).get("who", "")
        turn = since if is_next else None
        found.append(Row(name, times[slug], changed, who, is_next, turn))
        device = by
    return found


def _time(
    link: LinkRequest, connection: Connection | None, slug: str
) -> datetime | None:
    if slug == "permissions":
        return connection.linked_at if connection else None
    if slug == "sign-in" and connection:
        return connection.signed_in_at
    at = link.confirmed.get(slug, {}).get("at")
    if at:
        return datetime.fromisoformat(at)
    # A sign-in that works proves what nobody took the trouble to confirm.
    is_proven = connection and (slug != "entity" or connection.has_entity)
    return connection.signed_in_at if connection and is_proven else None
