"""Figures out of Record bodies: exact sums, ages and the latest papers; no queries.

Bodies hold what the gateway gave: money as decimal text, dates as MM/DD/YYYY.
Amounts are the base currency's; each currency has its own figures, never one sum.
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Body = Mapping[str, str | None]

ZERO = Decimal(0)

# The last day of each age in days past due; None is without end.
AGES: tuple[tuple[int | None, str | Promise, bool], ...] = (
    (0, _("Not yet due"), False),
    (30, _("1 to 30 days"), False),
    (60, _("31 to 60 days"), False),
    (90, _("61 to 90 days"), True),
    (None, _("Over 90 days"), True),
)


def money(text: str | None) -> Decimal | None:
    """Return exact money; None for what is no number."""
    try:
        amount = Decimal((text or "").strip().replace(",", ""))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None


def day(text: str | None) -> date | None:
    """Return the day of a gateway's date or time; None for what is no date."""
    try:
        return datetime.strptime((text or "").strip()[:10], "%m/%d/%Y").date()
    except ValueError:
        return None


@dataclass(slots=True)
class Owed:
    """What is open in one currency: the sum, and over how many papers."""

    amount: Decimal = ZERO
    count: int = 0


@dataclass(frozen=True, slots=True)
class Age:
    """One bar: what is owed since when, as a share of the longest bar."""

    label: str | Promise
    is_late: bool
    amount: Decimal
    width: str


@dataclass(frozen=True, slots=True)
class Paper:
    """An invoice as the table of latest invoices shows it."""

    number: str
    party: str
    issued: date | None
    due: date | None
    state: str
    days_late: int
    amount: Decimal | None
    owed: Decimal | None
    currency: str


@dataclass(slots=True)
class Block:
    """The figures of one currency."""

    currency: str
    customers: Owed = field(default_factory=Owed)
    suppliers: Owed = field(default_factory=Owed)
    bank: Owed | None = None
    ages: list[Age] = field(default_factory=list)


def currency_of(body: Body) -> str:
    """Return the currency of a paper's base amounts; "" when it is not told."""
    return body.get("BASECURR") or body.get("CURRENCY") or ""


def owed(bodies: Iterable[Body]) -> dict[str, Owed]:
    """Return what is still open, by currency."""
    sums: dict[str, Owed] = defaultdict(Owed)
    for body in bodies:
        amount = money(body.get("TOTALDUE"))
        if amount:
            one = sums[currency_of(body)]
            one.amount += amount
            one.count += 1
    return dict(sums)


def ages(bodies: Iterable[Body], today: date) -> dict[str, list[Age]]:
    """Return what is still open by days past due, by currency."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO] * len(AGES))
    for body in bodies:
        amount = money(body.get("TOTALDUE"))
        if amount:
            due = day(body.get("WHENDUE"))
            late = (today - due).days if due else 0
            sums[currency_of(body)][_age(late)] += amount
    return {currency: _bars(amounts) for currency, amounts in sums.items()}


def _age(days_late: int) -> int:
    return next(
        index
        for index, (last, _label, _late) in enumerate(AGES)
        if last is None or days_late <= last
    )


def _bars(amounts: list[Decimal]) -> list[Age]:
    longest = max(max(amounts), ZERO)
    return [
        Age(label, is_late, amount, _width(amount, longest))
        for (_last, label, is_late), amount in zip(AGES, amounts, strict=True)
    ]


def _width(amount: Decimal, longest: Decimal) -> str:
    """Return an SVG width of 100 at most; a negative amount has no bar."""
    if amount <= 0 or not longest:
        return "0"
    return f"{amount * 100 / longest:.1f}"


def in_the_bank(
    accounts: Iterable[Body], balances: Iterable[Body], base: str = ""
) -> dict[str, Owed]:
    """Return the ledger balance of the bank accounts, by currency.

    Sage Intacct keeps no balance on a bank account: it is that of its ledger
    account, in the `base` currency (when unknown, the bank account's), and counts
    once however many bank accounts share it.
    """
    ending = {
        body.get("glaccountno"): money(body.get("endbalance")) for body in balances
    }
    sums: dict[str, Owed] = {}
    seen: set[str | None] = set()
    for body in accounts:
        ledger = body.get("GLACCOUNTNO")
        amount = ending.get(ledger)
        if amount is None:
            continue
        one = sums.setdefault(base or currency_of(body), Owed())
        one.count += 1
        if ledger not in seen:
            one.amount += amount
        seen.add(ledger)
    return sums


def latest(bodies: Iterable[Body], today: date, count: int) -> list[Paper]:
    """Return the papers issued last, newest first."""
    newest = heapq.nlargest(count, bodies, key=_issued)
    return [_paper(body, today) for body in newest]


def _issued(body: Body) -> tuple[date, int]:
    number = body.get("RECORDNO") or ""
    issued = day(body.get("WHENCREATED")) or date.min
    return issued, int(number) if number.isdecimal() else 0


def _paper(body: Body, today: date) -> Paper:
    due, still = day(body.get("WHENDUE")), money(body.get("TOTALDUE"))
    late = (today - due).days if due and still and still > 0 else 0
    return Paper(
        number=body.get("RECORDID") or body.get("RECORDNO") or "",
        party=body.get("CUSTOMERNAME") or body.get("VENDORNAME") or "",
        issued=day(body.get("WHENCREATED")),
        due=due,
        state=_state(body, still),
        days_late=max(late, 0),
        amount=money(body.get("TOTALENTERED")),
        owed=still,
        currency=currency_of(body),
    )


def _state(body: Body, still: Decimal | None) -> str:
    """Return credit, paid, part, open, or "" when the amounts do not tell."""
    total = money(body.get("TOTALENTERED"))
    if total is None or still is None:
        return ""
    if total < 0:
        return "credit"
    if still == 0:
        return "paid"
    return "part" if still < total else "open"


def sums(bodies: Iterable[Body], fields: Sequence[str]) -> Body:
    """Return the exact sum of each field, as text like what was summed."""
    found = dict.fromkeys(fields, ZERO)
    for body in bodies:
        for name in fields:
            found[name] += money(body.get(name)) or ZERO
    return {name: f"{amount:f}" for name, amount in found.items()}


def totals(papers: list[Paper]) -> list[tuple[str, Decimal, Decimal]]:
    """Return (currency, amount, still owed) of the papers, one row per currency."""
    sums: dict[str, list[Decimal]] = defaultdict(lambda: [ZERO, ZERO])
    for paper in papers:
        sums[paper.currency][0] += paper.amount or ZERO
        sums[paper.currency][1] += paper.owed or ZERO
    return [(currency, amount, still) for currency, (amount, still) in sums.items()]


def blocks(
    invoices: list[Body],
    bills: list[Body],
    accounts: Iterable[Body],
    balances: Iterable[Body],
    today: date,
) -> list[Block]:
    """Return one Block per currency, the one with most invoices first."""
    customers, suppliers = owed(invoices), owed(bills)
    bases = {body.get("BASECURR") or "" for body in (*invoices, *bills)}
    base = bases.pop() if len(bases) == 1 else ""
    bank, by_age = in_the_bank(accounts, balances, base), ages(invoices, today)
    nothing = Owed()
    currencies = sorted(
        {*customers, *suppliers, *bank},
        key=lambda name: (-customers.get(name, nothing).count, name),
    )
    return [
        Block(
            name,
            customers.get(name, nothing),
            suppliers.get(name, nothing),
            bank.get(name),
            by_age.get(name, []),
        )
        for name in currencies
    ]
