"""Believable books of an imaginary company, the same ones for the same seed."""

import random
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property, lru_cache

from ..types import Entity
from .chart import ACCOUNTS
from .names import Country
from .papers import DAYS_TO_PAY, Kind, Papers
from .tables import Listed, Row, Table, clock, owner, us_day

TOP = Entity("", "", "")
CENT = Decimal("0.01")
CHECKING = ("512100", "512200", "512300")
SAVINGS = ("514100",)
CAPITAL = "101000"
DEBTORS, CREDITORS = "411000", "401000"
RECEIVABLE = Kind("CUSTOMER", "C", "FAC", "INV")
PAYABLE = Kind("VENDOR", "F", "FA", "IA")


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


@lru_cache(maxsize=64)
def make_books(
    seed: str, country: Country, size: Size, entities: tuple[Entity, ...], today: date
) -> "Books":
    """Return the books of a company as they stand on the evening of `today`.

    The same question gets the same books: nobody may write in them. They are
    written when they are first opened, object by object.
    """
    return Books(seed, country, size, entities, today)


class Books:
    """The rows of every object by its name, and the ledger's movements."""

    def __init__(
        self,
        seed: str,
        country: Country,
        size: Size,
        entities: Sequence[Entity],
        today: date,
    ) -> None:
        self._seed, self._country, self._size = seed, country, size
        self._entities = tuple(entities) or (TOP,)
        self._today = today
        self.tables: Mapping[str, Table] = _Shelf(
            {
                "GLACCOUNT": self._accounts,
                "CUSTOMER": lambda: self._customers,
                "ARINVOICE": lambda: self._invoices,
                "VENDOR": lambda: self._suppliers,
                "APBILL": lambda: self._bills,
                "CHECKINGACCOUNT": lambda: self._banks("CHK", CHECKING),
                "SAVINGSACCOUNT": lambda: self._banks("SAV", SAVINGS),
            }
        )

    @cached_property
    def postings(self) -> tuple[Posting, ...]:
        """The movements, by pairs: every entity's books balance by themselves."""
        chance = self._chance("ledger")
        return tuple(
            posting
            for number, entity in enumerate(self._entities)
            for posting in self._ledger(chance, number, entity)
        )

    def trial_balance(self, entity_id: str = "") -> list[Row]:
        """Return one row per account: of an entity, or of all at top level."""
        mine = [p for p in self.postings if entity_id in ("", p.entity_id)]
        accounts = sorted({posting.account for posting in mine})
        return [
            _balance(account, [p for p in mine if p.account == account])
            for account in accounts
        ]

    def _chance(self, part: str) -> random.Random:
        return random.Random(f"{self._seed}/{part}")  # noqa: S311 - not a secret

    def _accounts(self) -> Table:
        chance = self._chance("accounts")
        return Listed([self._account(chance, each) for each in ACCOUNTS], first=1001)

    def _account(self, chance: random.Random, account: tuple[str, str, str]) -> Row:
        number, french, english = account
        is_balance_sheet = number[0] < "6"
        return {
            "ACCOUNTNO": number,
            "TITLE": french if self._country.is_french else english,
            "ACCOUNTTYPE": "balancesheet" if is_balance_sheet else "incomestatement",
            "NORMALBALANCE": "credit" if number[0] in "17" else "debit",
            "CATEGORY": "",
            "STATUS": "active",
            **self._dates(chance, self._today - timedelta(days=900)),
            **owner(TOP),
        }

    @cached_property
    def _known_customers(self) -> list[Row]:
        return self._parties(RECEIVABLE, self._size.customers)

    @cached_property
    def _known_suppliers(self) -> list[Row]:
        return self._parties(PAYABLE, self._size.suppliers)

    @cached_property
    def _invoices(self) -> Papers:
        return self._papers(RECEIVABLE, self._known_customers, self._size.invoices)

    @cached_property
    def _bills(self) -> Papers:
        return self._papers(PAYABLE, self._known_suppliers, self._size.bills)

    @cached_property
    def _customers(self) -> Table:
        return _owing(self._known_customers, self._invoices, first=2001)

    @cached_property
    def _suppliers(self) -> Table:
        return _owing(self._known_suppliers, self._bills, first=4001)

    def _papers(self, kind: Kind, parties: list[Row], count: int) -> Papers:
        return Papers(
            self._chance(kind.party + " papers"),
            kind,
            self._country,
            parties,
            self._entities,
            self._today,
            count,
        )

    def _parties(self, kind: Kind, count: int) -> list[Row]:
        chance = self._chance(kind.party)
        names = self._country.companies(chance, count)
        return [
            self._party(chance, kind.party, f"{kind.letter}{number:04}", name)
            for number, name in enumerate(names, start=1)
        ]

    def _party(self, chance: random.Random, kind: str, party_id: str, name: str) -> Row:
        city, zip_code = chance.choice(self._country.cities)
        person = self._country.person(chance)
        domain = "".join(c for c in name.casefold() if c.isascii() and c.isalnum())
        return {
            f"{kind}ID": party_id,
            "NAME": name,
            "STATUS": "active" if chance.random() < 0.94 else "inactive",
            "CURRENCY": self._country.currency,
            "TOTALDUE": "0.00",
            "TERMNAME": chance.choice(tuple(DAYS_TO_PAY)),
            "TAXID": f"{self._country.code}{chance.randrange(10**11):011}",
            "PARENTID": "",
            ("CUSTTYPE" if kind == "CUSTOMER" else "VENDTYPE"): "",
            **({"CREDITLIMIT": "25000.00"} if kind == "CUSTOMER" else {}),
            "DISPLAYCONTACT.CONTACTNAME": person,
            "DISPLAYCONTACT.EMAIL1": f"contact@{domain or 'company'}.example",
            "DISPLAYCONTACT.PHONE1": "",
            "DISPLAYCONTACT.MAILADDRESS.ADDRESS1": self._country.street(chance),
            "DISPLAYCONTACT.MAILADDRESS.CITY": city,
            "DISPLAYCONTACT.MAILADDRESS.ZIP": zip_code,
            "DISPLAYCONTACT.MAILADDRESS.COUNTRY": self._country.name,
            **self._dates(
                chance, self._today - timedelta(days=chance.randint(60, 800))
            ),
            **owner(TOP),
        }

    def _banks(self, prefix: str, ledger: Sequence[str]) -> Table:
        chance = self._chance(prefix)
        rows = [
            {
                "BANKACCOUNTID": f"{prefix}-{number:02}",
                "BANKACCOUNTNO": f"{chance.randrange(10**11):011}",
                "BANKNAME": chance.choice(self._country.banks),
                "STATUS": "active",
                "CURRENCY": self._country.currency,
                "GLACCOUNTNO": account,
                "LOCATIONID": "",
                **self._dates(chance, self._today - timedelta(days=700)),
                **owner(TOP),
            }
            for number, account in enumerate(ledger, start=1)
        ]
        return Listed(rows, first=6001 if prefix == "CHK" else 7001)

    def _ledger(
        self, chance: random.Random, place: int, entity: Entity
    ) -> list[Posting]:
        numbers = [number for number, *_ in ACCOUNTS]
        opening = dict.fromkeys(numbers, Decimal("0.00"))
        debits, credits = opening.copy(), opening.copy()
        for number in numbers * 3:
            other = chance.choice([each for each in numbers if each != number])
            amount = Decimal(chance.randint(5_000, 4_000_000)) * CENT
            debits[number] += amount
            credits[other] += amount
            if number[0] < "6" and other[0] < "6":
                opening[number] += amount * 2
                opening[other] -= amount * 2
        for number, wanted in self._closings(chance, place).items():
            closing = opening[number] + debits[number] - credits[number]
            opening[number] += wanted - closing
            opening[CAPITAL] -= wanted - closing
        return [
            Posting(n, entity.id, opening[n], debits[n], credits[n]) for n in numbers
        ]

    def _closings(self, chance: random.Random, place: int) -> dict[str, Decimal]:
        """Return the balances that must come out: what is owed, and in the bank."""
        banks = {
            # A business that is asked for its books has money in the bank.
            number: Decimal(chance.randint(1_500_000, 9_000_000)) * CENT
            for number in (*CHECKING, *SAVINGS)
        }
        return banks | {
            DEBTORS: Decimal(self._invoices.due_in(place)) * CENT,
            CREDITORS: -Decimal(self._bills.due_in(place)) * CENT,
        }

    def _dates(self, chance: random.Random, created: date) -> Row:
        modified = min(self._today, created + timedelta(chance.randint(0, 40)))
        seconds = chance.randrange(480 * 60, 1080 * 60)
        return {
            "WHENCREATED": f"{us_day(created)} 08:00:00",
            "WHENMODIFIED": f"{us_day(modified)} {clock(seconds)}",
        }


class _Shelf(Mapping[str, Table]):
    """Tables that are written when they are first taken from the shelf."""

    def __init__(self, writers: dict[str, Callable[[], Table]]) -> None:
        self._writers = writers
        self._written: dict[str, Table] = {}
        self._lock = threading.RLock()

    def __getitem__(self, name: str) -> Table:
        with self._lock:
            if name not in self._written:
                self._written[name] = self._writers[name]()
            return self._written[name]

    def __contains__(self, name: object) -> bool:
        return name in self._writers

    def __iter__(self) -> Iterator[str]:
        return iter(self._writers)

    def __len__(self) -> int:
        return len(self._writers)


def _owing(parties: list[Row], papers: Papers, first: int) -> Table:
    """Return the parties, each with the sum of what its papers leave due."""
    rows = [
        row | {"TOTALDUE": f"{Decimal(due) * CENT:.2f}"}
        for row, due in zip(parties, papers.dues(), strict=True)
    ]
    return Listed(rows, first)


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
