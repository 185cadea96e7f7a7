"""The hours that people read: in their own zone, or in the site's and by its name.

A form tells which zone a browser is in; the session keeps it. Mails keep to the
site's zone, for nobody knows where they are read.
"""

from datetime import datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone
from django.utils.formats import time_format

FIELD = "zone"


def keep(session: SessionBase, name: str) -> None:
    """Remember the zone that a visitor's browser named, if there is such a zone."""
    if name in _names() and session.get(FIELD) != name:
        session[FIELD] = name


def zone_of(session: SessionBase) -> ZoneInfo | None:
    """Return the zone a visitor is in; None if their browser has not said."""
    name = session.get(FIELD)
    return _zone(name) if name in _names() else None


def clock(moment: datetime, form: str = "H:i") -> str:
    """Write an hour: 14:02 to a reader whose zone is known, else 14:02 UTC."""
    is_theirs = timezone.get_current_timezone() is not timezone.get_default_timezone()
    return time_format(timezone.localtime(moment), form if is_theirs else f"{form} T")


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _zone(name: str) -> ZoneInfo:
    # Not the very object that is the site's zone, even if it is the same zone.
    return ZoneInfo.no_cache(name)
