"""The functions we may ask the gateway to run: they all read, none writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

Node: TypeAlias = "tuple[str, str | tuple[Node, ...]]"

READING = frozenset({"getAPISession", "readEntityDetails", "query", "get_trialbalance"})

PAGE_SIZE = 1000  # rows; the gateway allows 2,000

# A day before any company of today kept books here: cheap, and always empty.
LONG_PAST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Call:
    """One function of a request: its name and its arguments, in schema order."""

    function: str
    arguments: tuple[Node, ...] = ()

    def __post_init__(self) -> None:
        """Refuse any function that is not one of READING (ValueError)."""
        if self.function not in READING:
            raise ValueError("not a reading function")


def session(entity_id: str | None = None) -> Call:
    """Ask for a session: where the login is, or in an entity ("" = top level)."""
    if entity_id is None:
        return Call("getAPISession")
    return Call("getAPISession", (("locationid", entity_id),))


def entity_details() -> Call:
    """Ask for the entities that the user may enter."""
    return Call("readEntityDetails")


def query(
    name: str, fields: Sequence[str], *, after: str = "", page_size: int = PAGE_SIZE
) -> Call:
    """Ask for a page of an object in the order of RECORDNO, past `after`.

    Paging by key, not by offset: each offset page is a fresh query and rows may
    shift in between. `page_size` is 1 to 2,000 (the gateway's limit).
    """
    arguments: list[Node] = [("object", name), _select(fields)]
    if after:
        past = (("field", "RECORDNO"), ("value", after))
        arguments.append(("filter", (("greaterthan", past),)))
    order = (("field", "RECORDNO"), ("ascending", ""))
    arguments.append(("orderby", (("order", order),)))
    return Call("query", (*arguments, _PRIVATE_TOO, ("pagesize", str(page_size))))


def one_row(name: str) -> Call:
    """Ask for one row of an object: the cheapest question about its permission."""
    fields = _select(["RECORDNO"])
    return Call("query", (("object", name), fields, _PRIVATE_TOO, ("pagesize", "1")))


def trial_balance(start: date, end: date) -> Call:
    """Ask for the trial balance from `start` to `end`, zero balances left out."""
    return Call(
        "get_trialbalance",
        (
            ("startdate", _day(start)),
            ("enddate", _day(end)),
            ("showzerobalances", "false"),
        ),
    )


_PRIVATE_TOO: Node = ("options", (("showprivate", "true"),))


def _select(fields: Sequence[str]) -> Node:
    return ("select", tuple(("field", field) for field in fields))


def _day(day: date) -> tuple[Node, ...]:
    return (
        ("year", f"{day.year:04}"),
        ("month", f"{day.month:02}"),
        ("day", f"{day.day:02}"),
    )
