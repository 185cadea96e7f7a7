"""Invoices and bills, a hundred thousand or more, written only as they are read."""

import random
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ..types import Entity
from .names import Country
from .tables import Row, Table, clock, owner, us_day

DAYS_TO_PAY = {"Net 30": 30, "Net 45": 45, "Net 60": 60}
OLDEST = 360  # days


@dataclass(frozen=True, slots=True)
class Kind:
    """What invoices and bills differ in: the party's object, and the prefixes."""

    party: str
    letter: str
    french: str
    english: str


class Papers(Table):
    """Invoices or bills, oldest first; what is kept of each are a few numbers."""

    def __init__(
        self,
        chance: random.Random,
        kind: Kind,
        country: Country,
        parties: list[Row],
        entities: Sequence[Entity],
        today: date,
        count: int,
    ) -> None:
        self.first = 3001 if kind.party == "CUSTOMER" else 5001
        self._kind, self._country = kind, country
        self._parties, self._entities = parties, entities
        self._dates = [us_day(today - timedelta(days=d)) for d in range(OLDEST + 1)]
        self._due = [us_day(today + timedelta(days=d)) for d in range(-OLDEST, 61)]
        self._years = [(today - timedelta(days=d)).year for d in range(OLDEST + 1)]
        ages = sorted((_upto(chance, OLDEST) for _ in range(count)), reverse=True)
        self._age = array("H", ages)
        self._party = array("L", (_below(chance, parties) for _ in range(count)))
        self._owner = array("B", (_below(chance, entities) for _ in range(count)))
        self._thing = array("B", (_below(chance, country.things) for _ in range(count)))
        self._second = array("L", (28800 + _upto(chance, 35999) for _ in range(count)))
        self._total, self._paid, self._touched = array("q"), array("q"), array("H")
        for index in range(count):
            self._settle(chance, index)

    def __len__(self) -> int:
        return len(self._age)

    def dues(self) -> list[int]:
        """Return what each party owes, or is owed, in cents."""
        dues = [0] * len(self._parties)
        for party, total, paid in zip(
            self._party, self._total, self._paid, strict=True
        ):
            dues[party] += total - paid
        return dues

    def due_in(self, place: int) -> int:
        """Return what is due in the entity at `place` in the list, in cents."""
        columns = zip(self._owner, self._total, self._paid, strict=True)
        return sum(total - paid for owned, total, paid in columns if owned == place)

    def cell(self, index: int, field: str) -> str:
        """Return one value of one row, the common ones without the rest of it."""
        match field:
            case "RECORDNO":
                return str(self.first + index)
            case "MEGAENTITYID":
                return self._entities[self._owner[index]].id
            case "WHENMODIFIED":
                return self._modified(index)
            case "WHENCREATED":
                return self._dates[self._age[index]]
            case "STATE":
                return self._state(index)
        return self.row(index).get(field, "")

    def row(self, index: int) -> Row:
        """Return one row."""
        party, kind = self._parties[self._party[index]], self._kind
        age, total, paid = self._age[index], self._total[index], self._paid[index]
        created, currency = self._dates[age], self._country.currency
        prefix = kind.french if self._country.is_french else kind.english
        due = self._due[OLDEST - age + DAYS_TO_PAY[party["TERMNAME"]]]
        return {
            "RECORDNO": str(self.first + index),
            f"{kind.party}ID": party[f"{kind.party}ID"],
            f"{kind.party}NAME": party["NAME"],
            "RECORDID": f"{prefix}-{self._years[age]}-{index + 1:05}",
            "DOCNUMBER": "",
            "DESCRIPTION": self._country.things[self._thing[index]],
            "WHENPOSTED": created,
            "WHENDUE": due,
            "WHENPAID": self._dates[self._touched[index]] if paid == total else "",
            "CURRENCY": currency,
            "BASECURR": currency,
            **_amounts(total, paid),
            "STATE": self._state(index),
            "TERMNAME": party["TERMNAME"],
            "WHENCREATED": created,
            "WHENMODIFIED": self._modified(index),
            **owner(self._entities[self._owner[index]]),
        }

    def _settle(self, chance: random.Random, index: int) -> None:
        """Most of what is due has been paid by now, some of it in part."""
        age = self._age[index]
        terms = self._parties[self._party[index]]["TERMNAME"]
        late = age - DAYS_TO_PAY[terms]
        total = 4_000 + _upto(chance, 1_246_000)
        luck, paid = chance.random(), 0
        if luck < (0.92 if late > 30 else 0.75 if late > 0 else 0.15):
            paid = total
        elif luck > 0.95:
            paid = total // 2
        days = late + 9 - _upto(chance, 18) if paid else age - _upto(chance, 10)
        self._total.append(total)
        self._paid.append(paid)
        self._touched.append(min(age, max(0, days)))

    def _state(self, index: int) -> str:
        paid = self._paid[index]
        if paid == self._total[index]:
            return "Paid"
        return "Partially Paid" if paid else "Posted"

    def _modified(self, index: int) -> str:
        return f"{self._dates[self._touched[index]]} {clock(self._second[index])}"


def _upto(chance: random.Random, most: int) -> int:
    return int(chance.random() * (most + 1))


def _below(chance: random.Random, things: Sequence[object]) -> int:
    return int(chance.random() * len(things))


def _amounts(total: int, paid: int) -> Row:
    """Return the totals in the base currency and in the paper's own."""
    cents = {"TOTALENTERED": total, "TOTALPAID": paid, "TOTALDUE": total - paid}
    base = {name: f"{each // 100}.{each % 100:02}" for name, each in cents.items()}
    return base | {f"TRX_{name}": amount for name, amount in base.items()}
