"""What results mean: sessions, entities, checks and pages."""

import re
from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import TypeAlias

from .datasets import MODULE_CODES, Dataset, Permission
from .endpoints import is_allowed
from .errors import PermissionMissing
from .outcomes import malformed
from .types import (
    GRANTED,
    MISSING,
    UNCHECKED,
    Check,
    CompanyInfo,
    Entity,
    Formatting,
    Overview,
    Page,
    Right,
    Session,
)
from .wire import Reply, Result

Row: TypeAlias = dict[str, str | None]


def session(reply: Reply, test_hosts: Collection[str]) -> Session:
    """Return the session that getAPISession answered.

    Raises its error, or GatewayUnavailable if the session is to be used at an
    address that is not Sage's: it is then sent nowhere.
    """
    rows = reply.results[0].checked().rows
    row = rows[0] if rows else {}
    session_id, endpoint = row.get("sessionid"), row.get("endpoint")
    if not session_id or not endpoint:
        raise malformed("no session")
    if not is_allowed(endpoint, test_hosts):
        raise malformed("the session's endpoint is not Sage Intacct's")
    entity_id = row.get("locationid") or ""
    return Session(session_id, endpoint, entity_id, reply.expires_at)


def entities(reply: Reply) -> list[Entity]:
    """Return the entities that readEntityDetails answered; raises its error."""
    return [entity(row) for row in reply.results[0].checked().rows]


def entity(row: Row) -> Entity:
    """Return the entity of a row, as readEntityDetails or the object spells it."""
    named = {name.lower(): value or "" for name, value in row.items()}
    found = named.get("locationid") or named.get("id", "")
    if not found:
        raise malformed("an entity without id")
    return Entity(found, named.get("name", ""), named.get("currency", ""))


def company(result: Result) -> CompanyInfo:
    """Return the company that get_list told of; raises its error."""
    rows = result.checked().rows
    row = rows[0] if rows else {}
    return CompanyInfo(row.get("title") or "", row.get("name") or "")


def applications(result: Result) -> frozenset[str]:
    """Return the codes of the modules that get_applications listed."""
    rows = result.checked().rows
    return frozenset(code for row in rows for code in row.values() if code)


def rights(reply: Reply) -> tuple[Right, ...]:
    """Return what getUserPermissions says of a user."""
    return tuple(
        Right(
            row.get("applicationName") or "",
            row.get("policyName") or "",
            tuple(filter(None, (row.get("rights") or "").split("|"))),
        )
        for row in reply.results[0].checked().rows
    )


_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)", re.ASCII)


def formatting(reply: Reply) -> Formatting:
    """Return what readUserFormatting says; an unknown offset is an error."""
    rows = reply.results[0].checked().rows
    row = {name: value or "" for name, value in rows[0].items()} if rows else {}
    found = _OFFSET.fullmatch(row.get("gmtoffset", ""))
    if found is None:
        raise malformed("a clock that we cannot read")
    distance = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if distance > timedelta(hours=14):
        raise malformed("a clock that is on no map")
    return Formatting(
        row.get("locale", ""),
        row.get("dateformat", ""),
        -distance if found[1] == "-" else distance,
        row.get("clock", ""),
    )


def check(
    result: Result, permission: Permission, subscribed: Collection[str] | None
) -> Check:
    """Return what the result of a probing function says about its permission.

    `subscribed` are the modules of the company, None when they are not known: a
    right of a module that is not there cannot be granted, and an object that is
    not there although its module is says nothing about rights.
    """
    failure = result.error
    if failure is None:
        return Check(GRANTED, "ok", "", "")
    outcome = failure.outcome
    state = MISSING if isinstance(failure, PermissionMissing) else UNCHECKED
    code = MODULE_CODES.get(permission.module)
    if subscribed and code and state == MISSING:
        is_there = code in subscribed
        if not is_there:
            outcome = "object_unavailable"
        elif outcome == "object_unavailable":
            state = UNCHECKED
    return Check(state, outcome, failure.text, failure.support_id)


def overview(reply: Reply, datasets: Sequence[Dataset]) -> Overview:
    """Return what the results say of a company and, in order, of its `datasets`."""
    about, *results = reply.results
    told = company(about) if about.error is None else None
    counts: dict[str, int] = {}
    latest: dict[str, str] = {}
    for dataset, result in zip(datasets, results, strict=True):
        if result.error is None and result.total is not None:
            counts[dataset.slug] = result.total
            row = result.rows[0] if result.rows else {}
            latest[dataset.slug] = row.get(dataset.dated) or ""
    return Overview(told, counts, latest)


def page(reply: Reply, after: str, page_size: int) -> Page:
    """Return the page of a query for `page_size` rows past the cursor `after`.

    Raises GatewayUnavailable if the rows do not go up from there: paging would
    lose rows, or never end.
    """
    result = reply.results[0].checked()
    last = int(after or -1)
    for row in result.rows:
        last = _past(last, row.get("RECORDNO"))
    cursor = str(last) if result.rows else after
    has_more = len(result.rows) >= page_size
    if result.remaining is not None:
        has_more = result.remaining > 0
    if has_more and not result.rows:
        raise malformed("no rows, and more to come")
    return Page(result.rows, result.total, cursor, is_last=not has_more)


def result_set(reply: Reply, before: Page | None) -> Page:
    """Return the page of a result set; its cursor is the gateway's bookmark.

    Raises GatewayUnavailable if the set does not get shorter by what was read.
    """
    result = reply.results[0].checked()
    has_more = bool(result.remaining)
    left = None if before is None else before.total
    if left is not None and result.remaining != left - len(result.rows):
        raise malformed("a result set that does not go on")
    if has_more and not (result.rows and result.result_id):
        raise malformed("no rows or no bookmark, and more to come")
    return Page(result.rows, result.remaining, result.result_id, is_last=not has_more)


def whole(reply: Reply) -> Page:
    """Return the one page of a function that cannot be paged; raises its error."""
    rows = reply.results[0].checked().rows
    return Page(rows, len(rows), "", is_last=True)


def _past(last: int, recordno: str | None) -> int:
    """Return a row's number; it must be a number above `last`."""
    text = recordno or ""
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        raise malformed("a row without number")
    if int(text) <= last:
        raise malformed("rows out of order")
    return int(text)
