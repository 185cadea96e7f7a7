"""How the Portal writes money, days and cells, in the reader's language."""

from datetime import date, datetime
from decimal import Decimal

from django import template
from django.utils import formats, timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from linksite import hours, intacct
from portal import figures

register = template.Library()

SYMBOLS = {"EUR": "€", "GBP": "£", "USD": "$"}
WHOLE = frozenset({"JPY", "KRW", "ISK", "XAF", "XOF", "XPF"})
NONE = "–"

# What Sage Intacct writes in fields that staff see as tags; anything else stays.
VALUES = {
    "active": _("Active"),
    "inactive": _("Inactive"),
    # A paper that is posted and not paid: the figures call it open too.
    "posted": _("Open"),
    "paid": _("Paid"),
    "partially paid": _("Part paid"),
    "reversed": _("Reversed"),
    "draft": _("Draft"),
    "balancesheet": _("Balance sheet"),
    "incomestatement": _("Income statement"),
    "debit": _("Debit balance"),
    "credit": _("Credit balance"),
}


@register.filter
def money(amount: Decimal | None, currency: str = "") -> str:
    """Write exact money: €12,480.00, 12 480,00 €; no digit is rounded away."""
    if amount is None:
        return NONE
    plain = _digits(abs(amount), currency)
    sign = "−" if amount < 0 else ""
    if not currency:
        return sign + plain
    symbol = SYMBOLS.get(currency, currency)
    if (get_language() or "en").startswith("fr"):
        return f"{sign}{plain}\u00a0{symbol}"
    gap = "\u00a0" if symbol == currency else ""
    return f"{sign}{symbol}{gap}{plain}"


def _digits(amount: Decimal, currency: str) -> str:
    exponent = amount.as_tuple().exponent
    places = max(0 if currency in WHOLE else 2, -int(exponent))
    text = formats.number_format(amount, decimal_pos=places, force_grouping=True)
    return text.replace("\u00a0", "\u202f")


@register.filter(expects_localtime=True)
def day(value: date | None) -> str:
    """Write a day: 12 Nov 2026, 12 nov. 2026."""
    return formats.date_format(value, _day_pattern()) if value else NONE


def _day_pattern() -> str:
    # Django's M is capitalised in French; its N has the full stops only in English.
    return "j N Y" if (get_language() or "en").startswith("fr") else "j M Y"


@register.filter
def moment(value: datetime | None) -> str:
    """Write a time: 14:02 today, with the day before that."""
    if value is None:
        return NONE
    here, time = timezone.localtime(value), hours.clock(value)
    return time if here.date() == timezone.localdate() else f"{day(here)}, {time}"


@register.filter
def cell(body: figures.Body, column: intacct.Column) -> str:
    """Write one field of a Record as its column wants it."""
    text = body.get(column.field)
    if text in (None, ""):
        return NONE
    if column.kind == "money":
        amount = figures.money(text)
        return str(text) if amount is None else money(amount, figures.currency_of(body))
    if column.kind == "date":
        when = figures.day(text)
        return str(text) if when is None else day(when)
    if column.kind == "tag":
        return str(VALUES.get(str(text).casefold(), text))
    return str(text)
