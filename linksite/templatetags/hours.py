"""How templates write an hour."""

from datetime import datetime

from django.template import Library

from linksite import hours

register = Library()


@register.filter
def hour(moment: datetime | None) -> str:
    """Write an hour as `hours.clock` does; nothing if there is none."""
    return hours.clock(moment) if moment else ""
