"""Believable books of an imaginary company, the same ones for the same seed."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from .chart import ACCOUNTS
from .names import Country
from .types import Entity

Row: TypeAlias = dict[str, str]

TOP = Entity("", "", "")
_DAYS_TO_PAY = {"Net 30": 30, "Net 45": 45, "Net 60": 60}
CENT = Decimal("0.01")
CHECKING = ("512100", "512200", "512300")
SAVINGS = ("514100",)
CAPITAL = "101000"


@dataclass(frozen=True, slots=True)
class Size:
    """How many rows the books of a company have."""

    customers: int
    invoices: int
    suppliers: int
    bills: int


@dataclass(frozen=True, slots=True)
class Posting:
    """The movement of one account in one entity: opening, debits and credits."""

    account: str
    entity_id: str
    opening: Decimal
    debits: Decimal
    credits: Decimal


@dataclass(frozen=True, slots=True)
class Books:
    """The rows of every object by its name, and the ledger's movements."""

    tables: dict[str, list[Row]]
    postings: tuple[Posting, ...]

    def trial_balance(self, entity_id: str = "") -> list[Row]:
        """Return one row per account: of an entity, or of all at top level."""
        mine = [p for p in self.postings if entity_id in ("", p.entity_id)]
        accounts = sorted({posting.account for posting in mine})
        return [
            _balance(account, [p for p in mine if p.account == account])
            for account in accounts
        ]


@lru_cache(maxsize=32)
def make_books(
    seed: str, country: Country, size: Size, entities: tuple[Entity, ...], today: date
) -> Books:
    """Return the books of a company as they stand on the evening of `today`.

    The same question gets the same books: nobody may write in them.
    """
    return _Writer(seed, country, entities, today).write(size)


class _Writer:
    """Writes books from one stream of chance."""

    def __init__(
        self, seed: str, country: Country, entities: Sequence[Entity], today: date
    ) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - not a secret
        self._country = country
        self._entities = tuple(entities) or (TOP,)
        self._today = today

    def write(self, size: Size) -> Books:
        """Write every object; a party's TOTALDUE is the sum of its papers'."""
        customers = self._parties("CUSTOMER", "C", size.customers)
        suppliers = self._parties("VENDOR", "F", size.suppliers)
        tables = {
            "GLACCOUNT": [self._account(each) for each in ACCOUNTS],
            "CUSTOMER": customers,
            "ARINVOICE": self._papers("CUSTOMER", customers, size.invoices),
            "VENDOR": suppliers,
            "APBILL": self._papers("VENDOR", suppliers, size.bills),
            "CHECKINGACCOUNT": self._banks("CHK", CHECKING),
            "SAVINGSACCOUNT": self._banks("SAV", SAVINGS),
        }
        for number, table in enumerate(tables.values(), start=1):
            _number(table, first=number * 1000 + 1)
        _add_dues(customers, tables["ARINVOICE"], "CUSTOMERID")
        _add_dues(suppliers, tables["APBILL"], "VENDORID")
        return Books(tables, self._postings())

    def _account(self, account: tuple[str, str, str]) -> Row:
        number, french, english = account
        is_balance_sheet = number[0] < "6"
        return {
            "ACCOUNTNO": number,
            "TITLE": french if self._country.is_french else english,
            "ACCOUNTTYPE": "balancesheet" if is_balance_sheet else "incomestatement",
            "NORMALBALANCE": "credit" if number[0] in "17" else "debit",
            "CATEGORY": "",
            "STATUS": "active",
            **self._dates(self._today - timedelta(days=900)),
            **_owner(TOP),
        }

    def _parties(self, kind: str, letter: str, count: int) -> list[Row]:
        names = self._country.companies(self._chance, count)
        return [
            self._party(kind, f"{letter}{number:04}", name)
            for number, name in enumerate(names, start=1)
        ]

    def _party(self, kind: str, party_id: str, name: str) -> Row:
        city, zip_code = self._chance.choice(self._country.cities)
        person = self._country.person(self._chance)
        domain = "".join(c for c in name.casefold() if c.isascii() and c.isalnum())
        return {
            f"{kind}ID": party_id,
            "NAME": name,
            "STATUS": "active" if self._chance.random() < 0.94 else "inactive",
            "CURRENCY": self._country.currency,
            "TOTALDUE": "0.00",
            "TERMNAME": self._chance.choice(tuple(_DAYS_TO_PAY)),
            "TAXID": f"{self._country.code}{self._chance.randrange(10**11):011}",
            "PARENTID": "",
            ("CUSTTYPE" if kind == "CUSTOMER" else "VENDTYPE"): "",
            **({"CREDITLIMIT": "25000.00"} if kind == "CUSTOMER" else {}),
            "DISPLAYCONTACT.CONTACTNAME": person,
            "DISPLAYCONTACT.EMAIL1": f"contact@{domain}.example",
            "DISPLAYCONTACT.PHONE1": "",
            "DISPLAYCONTACT.MAILADDRESS.ADDRESS1": self._country.street(self._chance),
            "DISPLAYCONTACT.MAILADDRESS.CITY": city,
            "DISPLAYCONTACT.MAILADDRESS.ZIP": zip_code,
            "DISPLAYCONTACT.MAILADDRESS.COUNTRY": self._country.name,
            **self._dates(self._today - timedelta(days=self._chance.randint(60, 800))),
            **_owner(TOP),
        }

    def _papers(self, kind: str, parties: list[Row], count: int) -> list[Row]:
        """Write invoices or bills, oldest first."""
        ages = sorted(
            (self._chance.randint(0, 360) for _ in range(count)), reverse=True
        )
        return [
            self._paper(kind, self._chance.choice(parties), age, number)
            for number, age in enumerate(ages, start=1)
        ]

    def _paper(self, kind: str, party: Row, age: int, number: int) -> Row:
        created = self._today - timedelta(days=age)
        due = created + timedelta(days=_DAYS_TO_PAY[party["TERMNAME"]])
        total = Decimal(self._chance.randint(4_000, 1_250_000)) * CENT
        paid = self._paid(total, due)
        is_paid = paid == total
        prefix = "FAC" if self._country.is_french else "INV"
        name = prefix if kind == "CUSTOMER" else prefix[0] + "A"
        settled = min(due + timedelta(days=self._chance.randint(-9, 9)), self._today)
        return {
            f"{kind}ID": party[f"{kind}ID"],
            f"{kind}NAME": party["NAME"],
            "RECORDID": f"{name}-{created.year}-{number:05}",
            "DOCNUMBER": "",
            "DESCRIPTION": self._chance.choice(self._country.things),
            "WHENPOSTED": _day(created),
            "WHENDUE": _day(due),
            "WHENPAID": _day(max(settled, created)) if is_paid else "",
            "CURRENCY": self._country.currency,
            "BASECURR": self._country.currency,
            **_amounts(total, paid),
            "STATE": "Paid" if is_paid else "Partially Paid" if paid else "Posted",
            "TERMNAME": party["TERMNAME"],
            **self._dates(created),
            "WHENCREATED": _day(created),
            **_owner(self._chance.choice(self._entities)),
        }

    def _paid(self, total: Decimal, due: date) -> Decimal:
        """Most of what is due has been paid, some of it in part."""
        late = (self._today - due).days
        luck = self._chance.random()
        if luck < (0.92 if late > 30 else 0.75 if late > 0 else 0.15):
            return total
        if luck > 0.95:
            return (total / 2).quantize(CENT)
        return Decimal("0.00")

    def _banks(self, prefix: str, ledger: Sequence[str]) -> list[Row]:
        return [
            {
                "BANKACCOUNTID": f"{prefix}-{number:02}",
                "BANKACCOUNTNO": f"{self._chance.randrange(10**11):011}",
                "BANKNAME": self._chance.choice(self._country.banks),
                "STATUS": "active",
                "CURRENCY": self._country.currency,
                "GLACCOUNTNO": account,
                "LOCATIONID": "",
                **self._dates(self._today - timedelta(days=700)),
                **_owner(TOP),
            }
            for number, account in enumerate(ledger, start=1)
        ]

    def _postings(self) -> tuple[Posting, ...]:
        """Post by pairs, so that every entity's books balance by themselves."""
        return tuple(
            posting for entity in self._entities for posting in self._ledger(entity)
        )

    def _ledger(self, entity: Entity) -> list[Posting]:
        numbers = [number for number, *_ in ACCOUNTS]
        opening = dict.fromkeys(numbers, Decimal("0.00"))
        debits, credits = opening.copy(), opening.copy()
        for number in numbers * 3:
            other = self._chance.choice([each for each in numbers if each != number])
            amount = Decimal(self._chance.randint(5_000, 4_000_000)) * CENT
            debits[number] += amount
            credits[other] += amount
            if number[0] < "6" and other[0] < "6":
                opening[number] += amount * 2
                opening[other] -= amount * 2
        for number in (*CHECKING, *SAVINGS):
            # A business that is asked for its books has money in the bank.
            closing = opening[number] + debits[number] - credits[number]
            wanted = Decimal(self._chance.randint(1_500_000, 9_000_000)) * CENT
            opening[number] += wanted - closing
            opening[CAPITAL] -= wanted - closing
        return [
            Posting(n, entity.id, opening[n], debits[n], credits[n]) for n in numbers
        ]

    def _dates(self, created: date) -> Row:
        modified = min(self._today, created + timedelta(self._chance.randint(0, 40)))
        minute = self._chance.randrange(480, 1080)
        clock = f"{minute // 60:02}:{minute % 60:02}:{self._chance.randrange(60):02}"
        return {
            "WHENCREATED": f"{_day(created)} 08:00:00",
            "WHENMODIFIED": f"{_day(modified)} {clock}",
        }


def _amounts(total: Decimal, paid: Decimal) -> Row:
    """Return the totals in the base currency and in the paper's own."""
    totals = {"TOTALENTERED": total, "TOTALPAID": paid, "TOTALDUE": total - paid}
    base = {name: f"{amount:.2f}" for name, amount in totals.items()}
    return base | {f"TRX_{name}": amount for name, amount in base.items()}


def _add_dues(parties: list[Row], papers: list[Row], key: str) -> None:
    """Give every party the sum of what its papers still leave due."""
    dues = {party[key]: Decimal("0.00") for party in parties}
    for paper in papers:
        dues[paper[key]] += Decimal(paper["TOTALDUE"])
    for party in parties:
        party["TOTALDUE"] = f"{dues[party[key]]:.2f}"


def _number(table: list[Row], first: int) -> None:
    """Give every row its RECORDNO, in order."""
    for recordno, row in enumerate(table, start=first):
        row["RECORDNO"] = str(recordno)


def _owner(entity: Entity) -> Row:
    return {"MEGAENTITYID": entity.id, "MEGAENTITYNAME": entity.name}


def _day(day: date) -> str:
    return day.strftime("%m/%d/%Y")


def _balance(account: str, postings: list[Posting]) -> Row:
    opening = sum((p.opening for p in postings), Decimal())
    debits = sum((p.debits for p in postings), Decimal())
    credits = sum((p.credits for p in postings), Decimal())
    return {
        "glaccountno": account,
        "startbalance": f"{opening:.2f}",
        "debits": f"{debits:.2f}",
        "credits": f"{credits:.2f}",
        "endbalance": f"{opening + debits - credits:.2f}",
    }
