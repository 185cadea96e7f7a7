"""The functions we may ask the gateway to run: they all read, none writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from typing import TypeAlias

Node: TypeAlias = "tuple[str, str | tuple[Node, ...]]"

READING = frozenset(
    {
        "getAPISession",
        "get_applications",
        "get_list",
        "get_trialbalance",
        "getUserPermissions",
        "query",
        "readByQuery",
        "readEntityDetails",
        "readMore",
        "readUserFormatting",
    }
)

PAGE_SIZE = 1000  # rows; the gateway allows 2,000

# A day before any company of today kept books here: cheap, and always empty.
LONG_PAST = date(1990, 1, 1)


@dataclass(frozen=True, slots=True)
class Call:
    """One function of a request: its name and its arguments, in schema order."""

    function: str
    arguments: tuple[Node, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        """Refuse any function that is not one of READING (ValueError)."""
        if self.function not in READING:
            raise ValueError("not a reading function")


@dataclass(frozen=True, slots=True)
class Window:
    """When rows must have been modified, as texts in the user's own time."""

    since: str
    until: str = ""

    @classmethod
    def at(cls, since: datetime, until: datetime | None, offset: timedelta) -> "Window":
        """Return the window between two instants, the user's clock at `offset`."""
        return cls(_clock(since, offset), _clock(until, offset) if until else "")

    @classmethod
    def anywhere(cls, since: datetime, until: datetime | None) -> "Window":
        """Return one that holds the instants wherever on earth the user's clock is."""
        first = _clock(since, timedelta(hours=-12))
        return cls(first, _clock(until, timedelta(hours=14)) if until else "")


def _clock(instant: datetime, offset: timedelta) -> str:
    if instant.tzinfo is None:
        raise ValueError("an instant without a zone")
    return f"{instant.astimezone(timezone(offset)):%m/%d/%Y %H:%M:%S}"


def session(entity_id: str | None = None) -> Call:
    """Ask for a session: where the login is, or in an entity ("" = top level)."""
    if entity_id is None:
        return Call("getAPISession")
    return Call("getAPISession", (("locationid", entity_id),))


def entity_details() -> Call:
    """Ask for the entities that the user may enter."""
    return Call("readEntityDetails")


def applications() -> Call:
    """Ask for the modules that the company has subscribed."""
    return Call("get_applications")


def company_info() -> Call:
    """Ask for the company's ID and legal name."""
    return Call("get_list", attributes=(("object", "company_info"),))


def user_permissions(user_id: str) -> Call:
    """Ask for the rights of a user, by the user ID of its login."""
    return Call("getUserPermissions", (("userId", user_id),))


def user_formatting(user_id: str) -> Call:
    """Ask how a user's dates are written, and how far its clock is from UTC."""
    return Call("readUserFormatting", (("userId", user_id),))


def read_by_query(name: str, where: str, fields: str, page_size: int) -> Call:
    """Ask for the first page of an object that `query` cannot read.

    `where` is in the gateway's own language; in its texts ' is written \\'.
    """
    return Call(
        "readByQuery",
        (
            ("object", name),
            ("query", where),
            ("fields", fields),
            ("pagesize", str(page_size)),
        ),
    )


def read_more(result_id: str) -> Call:
    """Ask for the page after one of `read_by_query`."""
    return Call("readMore", (("resultId", result_id),))


def query(
    name: str,
    fields: Sequence[str],
    *,
    after: str = "",
    page_size: int = PAGE_SIZE,
    window: Window | None = None,
) -> Call:
    """Ask for a page of an object in the order of RECORDNO, past `after`.

    Paging by key, not by offset: each offset page is a fresh query and rows may
    shift in between. `page_size` is 1 to 2,000 (the gateway's limit); with a
    `window`, only rows modified in it.
    """
    arguments: list[Node] = [("object", name), _select(fields)]
    conditions = _conditions(after, window)
    if conditions:
        both = ("and", conditions) if len(conditions) > 1 else conditions[0]
        arguments.append(("filter", (both,)))
    order = (("field", "RECORDNO"), ("ascending", ""))
    arguments.append(("orderby", (("order", order),)))
    return Call("query", (*arguments, _PRIVATE_TOO, ("pagesize", str(page_size))))


def _conditions(after: str, window: Window | None) -> tuple[Node, ...]:
    asked = [("greaterthan", "RECORDNO", after)]
    if window is not None:
        asked.append(("greaterthanorequalto", "WHENMODIFIED", window.since))
        asked.append(("lessthanorequalto", "WHENMODIFIED", window.until))
    return tuple(
        (operator, (("field", field), ("value", value)))
        for operator, field, value in asked
        if value
    )


def one_row(name: str) -> Call:
    """Ask for one row of an object: the cheapest question about its permission."""
    fields = _select(["RECORDNO"])
    return Call("query", (("object", name), fields, _PRIVATE_TOO, ("pagesize", "1")))


def newest(name: str, dated: str) -> Call:
    """Ask for the row with the latest `dated`, which also tells how many there are."""
    order = (("field", dated), ("descending", ""))
    return Call(
        "query",
        (
            ("object", name),
            _select(["RECORDNO", dated]),
            ("orderby", (("order", order),)),
            _PRIVATE_TOO,
            ("pagesize", "1"),
        ),
    )


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
