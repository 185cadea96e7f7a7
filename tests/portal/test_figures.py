"""Exact figures out of bodies, and how they are written."""

from datetime import date
from decimal import Decimal

import pytest
from django.utils import translation

from linksite import intacct
from portal import figures
from portal.templatetags import portal

TODAY = date(2026, 11, 22)


def paper(due: str = "0", when: str = "11/22/2026", currency: str = "EUR", **more):
    return {"TOTALDUE": due, "WHENDUE": when, "BASECURR": currency, **more}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("12480.00", "12480.00"),
        ("-0.10", "-0.10"),
        ("1,234.50", "1234.50"),
        (" 7 ", "7"),
        ("123456789012345678901234567890.12", "123456789012345678901234567890.12"),
        ("", None),
        (None, None),
        ("NaN", None),
        ("Infinity", None),
        ("abc", None),
    ],
)
def test_money(text, amount):
    assert figures.money(text) == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("11/18/2026", date(2026, 11, 18)),
        ("11/18/2026 14:02:03", date(2026, 11, 18)),
        ("02/30/2026", None),
        ("18/11/2026", None),
        ("", None),
        (None, None),
    ],
)
def test_day(text, expected):
    assert figures.day(text) == expected


def test_sums_are_exact_and_never_cross_currencies():
    sums = figures.owed([paper("0.10"), paper("0.20"), paper("5", currency="USD")])
    assert sums["EUR"].amount == Decimal("0.30")
    assert sums["EUR"].count == 2
    assert sums["USD"].amount == 5
    assert figures.owed([paper("0"), paper("x"), {}]) == {}


@pytest.mark.parametrize(
    ("due", "bar"),
    [
        ("11/23/2026", 0),
        ("11/22/2026", 0),
        ("11/21/2026", 1),
        ("10/23/2026", 1),
        ("10/22/2026", 2),
        ("09/23/2026", 2),
        ("09/22/2026", 3),
        ("08/24/2026", 3),
        ("08/23/2026", 4),
        ("", 0),
    ],
)
def test_ages(due, bar):
    (bars,) = figures.ages([paper("10", due)], TODAY).values()
    assert [age.amount for age in bars] == [10 * (n == bar) for n in range(5)]
    assert bars[bar].width == "100.0"


def test_a_negative_age_has_no_bar():
    (bars,) = figures.ages([paper("-5"), paper("8", "01/01/2026")], TODAY).values()
    assert [age.width for age in bars] == ["0", "0", "0", "0", "100.0"]


def test_bank_is_the_ledgers_balance_once():
    accounts = [
        {"GLACCOUNTNO": "512", "CURRENCY": "USD"},
        {"GLACCOUNTNO": "512", "CURRENCY": "USD"},
        {"GLACCOUNTNO": "999", "CURRENCY": "USD"},
    ]
    balances = [{"glaccountno": "512", "endbalance": "100.25"}]
    bank = figures.in_the_bank(accounts, balances, "EUR")
    assert bank["EUR"].amount == Decimal("100.25")
    assert bank["EUR"].count == 2
    assert list(figures.in_the_bank(accounts, balances)) == ["USD"]
    assert figures.in_the_bank(accounts, []) == {}


def test_a_column_is_summed_exactly_and_without_what_is_no_number():
    rows = [{"a": "0.10", "b": "1,000.00"}, {"a": "0.20", "b": None}, {"a": "soon"}]
    assert figures.sums(rows, ["a", "b"]) == {"a": "0.30", "b": "1000.00"}
    assert figures.sums([], ["a"]) == {"a": "0"}


def test_latest_and_totals():
    papers = figures.latest(
        [
            paper("0", RECORDNO="1", WHENCREATED="01/01/2026", TOTALENTERED="10"),
            paper(
                "4",
                "11/13/2026",
                RECORDNO="9",
                WHENCREATED="11/01/2026",
                TOTALENTERED="10",
            ),
            paper("10", RECORDNO="10", WHENCREATED="11/01/2026", TOTALENTERED="10"),
            paper("0", RECORDNO="3", WHENCREATED="", TOTALENTERED="-6"),
        ],
        TODAY,
        3,
    )
    assert [(p.number, p.state, p.days_late) for p in papers] == [
        ("10", "open", 0),
        ("9", "part", 9),
        ("1", "paid", 0),
    ]
    assert figures.totals(papers) == [("EUR", Decimal(30), Decimal(14))]


def test_blocks_per_currency():
    blocks = figures.blocks(
        [paper("1", currency="USD"), paper("1"), paper("2")],
        [paper("7")],
        [],
        [],
        TODAY,
    )
    assert [block.currency for block in blocks] == ["EUR", "USD"]
    assert (blocks[0].suppliers.amount, blocks[1].suppliers.amount) == (7, 0)


@pytest.mark.parametrize(
    ("language", "amount", "currency", "text"),
    [
        ("en", "12480", "EUR", "€12,480.00"),
        ("fr", "12480", "EUR", "12\u202f480,00\u00a0€"),
        ("en", "-640", "EUR", "−€640.00"),
        ("fr", "-640.5", "USD", "−640,50\u00a0$"),
        ("en", "1.005", "CHF", "CHF\u00a01.005"),
        ("en", "1200", "JPY", "JPY\u00a01,200"),
        ("en", "1234567.89", "", "1,234,567.89"),
    ],
)
def test_money_is_written_exactly(language, amount, currency, text):
    with translation.override(language):
        assert portal.money(Decimal(amount), currency) == text


def test_cells():
    def cell(kind: str, text: str | None) -> str:
        return portal.cell({"X": text}, intacct.Column("X", "X", kind))

    with translation.override("en"):
        assert cell("text", "a") == "a"
        assert cell("text", None) == cell("money", "") == "–"
        assert cell("money", "1.5") == "1.50"
        assert cell("money", "soon") == "soon"
        assert cell("date", "11/18/2026") == "18 Nov 2026"
        assert cell("date", "never") == "never"
