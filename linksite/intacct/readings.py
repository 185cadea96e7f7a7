"""What results mean: sessions, entities, checks and pages."""

from collections.abc import Collection
from typing import TypeAlias

from .endpoints import is_allowed
from .errors import PermissionMissing
from .outcomes import malformed
from .types import GRANTED, MISSING, UNCHECKED, Check, Entity, Page, Session
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


def check(result: Result) -> Check:
    """Return what the result of a probing function says about its permission."""
    failure = result.error
    if failure is None:
        return Check(GRANTED, "ok", "", "")
    state = MISSING if isinstance(failure, PermissionMissing) else UNCHECKED
    return Check(state, failure.outcome, failure.text, failure.support_id)


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
