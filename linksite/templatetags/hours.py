"""How templates write an hour."""

from datetime import datetime

from django.template import Library

from linksite import hours

register = Library()


@register.filter
def hour(moment: datetime | None) -> str:
    """Write an hour as `hours.clock` does; nothing if there is none."""
    return hours.clock(moment) if moment else ""


@register.filter
def second(moment: datetime | None) -> str:
    """Write an hour to the second; nothing if there is none."""
    return hours.clock(moment, "H:i:s") if moment else ""
