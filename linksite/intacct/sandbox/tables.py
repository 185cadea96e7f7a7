"""Rows in the order of their RECORDNO, and the way their values are written."""

from collections.abc import Sequence
from datetime import date
from typing import TypeAlias, overload

from ..types import Entity

Row: TypeAlias = dict[str, str]


class Table(Sequence[Row]):
    """The rows of one object; row number `i` has the RECORDNO `first` + `i`."""

    first: int

    def row(self, index: int) -> Row:
        """Return one row."""
        raise NotImplementedError

    def cell(self, index: int, field: str) -> str:
        """Return one value of one row, without writing the rest of it."""
        return self.row(index).get(field, "")

    @overload
    def __getitem__(self, index: int) -> Row: ...
    @overload
    def __getitem__(self, index: slice) -> list[Row]: ...
    def __getitem__(self, index: int | slice) -> Row | list[Row]:
        if isinstance(index, slice):
            return [self.row(i) for i in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self.row(index % len(self))


class Listed(Table):
    """A table whose rows are all written already."""

    def __init__(self, rows: list[Row], first: int = 1) -> None:
        self.first = first
        self._rows = [
            row | {"RECORDNO": str(number)} for number, row in enumerate(rows, first)
        ]

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Row:
        """Return one row."""
        return self._rows[index]


def owner(entity: Entity) -> Row:
    """Return the fields that name the entity a row belongs to."""
    return {"MEGAENTITYID": entity.id, "MEGAENTITYNAME": entity.name}


def us_day(day: date) -> str:
    """Return a day as the gateway writes it."""
    return f"{day.month:02}/{day.day:02}/{day.year}"


def clock(seconds: int) -> str:
    """Return the time of day, `seconds` after midnight."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


class Edited(Table):
    """A table with what was changed in it since: rows edited, deleted, added."""

    def __init__(self, base: Table, edits: dict[int, Row | None]) -> None:
        self.first, self._base, self._edits = base.first, base, edits
        self._added = sum(number >= base.first + len(base) for number in edits)

    def __len__(self) -> int:
        return len(self._base) + self._added

    @property
    def is_edited(self) -> bool:
        """Say whether anything was changed."""
        return bool(self._edits)

    def is_there(self, index: int) -> bool:
        """Say whether a row has not been deleted."""
        return self._edits.get(self.first + index, {}) is not None

    def row(self, index: int) -> Row:
        """Return one row as it stands now."""
        edit = self._edits.get(self.first + index) or {}
        return edit if index >= len(self._base) else self._base.row(index) | edit

    def cell(self, index: int, field: str) -> str:
        """Return one value of one row as it stands now."""
        if not self._edits or self.first + index not in self._edits:
            return self._base.cell(index, field)
        return self.row(index).get(field, "")
