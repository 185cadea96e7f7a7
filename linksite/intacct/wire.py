"""Requests to bytes, bytes to results or errors; it neither sends nor waits."""

import logging
import re
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from .calls import Call, Node
from .errors import IntacctError, Unsendable
from .outcomes import AUTHENTICATION, CONTROL, RESULT, Fault, classify, malformed
from .pages import Row
from .trees import Element, tree
from .types import Login, Sender, Session

logger = logging.getLogger(__name__)

# https://www.w3.org/TR/xml/#charsets
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Request:
    """A request ready to be sent, and what its answer must echo."""

    body: bytes = field(repr=False)
    controlid: str
    functions: tuple[str, ...]
    by_login: bool
    hide: tuple[str, ...] = field(repr=False)
    company_id: str = ""

    @property
    def are_rows(self) -> bool:
        """Whether the data of the first function are rows, with their number."""
        return self.functions[0] in _COUNTED


@dataclass(frozen=True, slots=True)
class Result:
    """What one function answered: rows, or the error it failed with.

    `count` is the number of rows as the gateway says it, `total` the number the
    query matches, `remaining` those after this page; None when not said. `result_id`
    is the gateway's own bookmark, if it keeps one.
    """

    rows: list[Row] = field(default_factory=list, repr=False)
    count: int | None = None
    total: int | None = None
    remaining: int | None = None
    error: IntacctError | None = None
    result_id: str = ""

    def checked(self) -> "Result":
        """Return itself; raise its error if it has one (any IntacctError)."""
        if self.error is not None:
            raise self.error
        return self


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer: one result per function, and when the session ends."""

    results: tuple[Result, ...]
    expires_at: datetime | None


def build(
    sender: Sender, who: Login | Session, calls: Sequence[Call], *, company_id: str = ""
) -> Request:
    """Return the request that runs `calls` in order as `who`.

    An answer about a company other than `company_id` will be refused. Raises
    Unsendable if a value holds a character that XML 1.0 cannot carry.
    """
    controlid = secrets.token_hex(8)
    root = etree.Element("request")
    _grow(root, ("control", _control(sender, controlid)))
    operation = etree.SubElement(root, "operation", transaction="false")
    _grow(operation, ("authentication", _authentication(who)))
    content = etree.SubElement(operation, "content")
    for number, call in enumerate(calls, start=1):
        function = etree.SubElement(content, "function", controlid=str(number))
        _grow(function, (call.function, call.arguments))
        function[0].attrib.update(call.attributes)
    return Request(
        etree.tostring(root, xml_declaration=True, encoding="UTF-8"),
        controlid,
        tuple(call.function for call in calls),
        isinstance(who, Login),
        (sender.password, _secret_of(who)),
        company_id,
    )


def parse(body: bytes, request: Request, taken: Sequence[Row] = ()) -> Reply:
    """Return the reply to `request` that `body` holds.

    `taken` are the rows that were taken out of it before: the first ones of the
    first result (see pages.py).
    Every level must say `success` literally; a function that failed carries its
    error in its Result. Raises IntacctError when a level above failed, and
    GatewayUnavailable (malformed_response) when the answer is cut, is not about
    our request, or breaks the protocol in any other way.
    """
    root = tree(body, sum(len(row) + 1 for row in taken))
    _check_control(root, request)
    operation = root.find("operation")
    if operation is None:
        raise malformed("no operation")
    expires_at = _check_authentication(operation, request)
    results = operation.findall("result")
    failed = operation.find("errormessage")
    if failed is not None and not results:
        raise classify(RESULT, faults(operation), hide=request.hide)
    if len(results) != len(request.functions):
        raise malformed("not one result for each function")
    return Reply(
        tuple(
            _result(found, n, request, () if n else taken)
            for n, found in enumerate(results)
        ),
        expires_at,
    )


def _control(sender: Sender, controlid: str) -> tuple[Node, ...]:
    return (
        ("senderid", sender.sender_id),
        ("password", sender.password),
        ("controlid", controlid),
        ("uniqueid", "false"),
        ("dtdversion", "3.0"),
        ("includewhitespace", "false"),
        ("showadditionalerrorinfo", "true"),
    )


def _authentication(who: Login | Session) -> tuple[Node, ...]:
    if isinstance(who, Session):
        return (("sessionid", who.session_id),)
    login = (
        ("userid", who.user_id),
        ("companyid", who.company_id),
        ("password", who.password),
    )
    return (("login", login),)


def _secret_of(who: Login | Session) -> str:
    return who.session_id if isinstance(who, Session) else who.password


def _grow(parent: etree._Element, node: Node) -> None:
    """Add a node and all that stands below it to `parent`."""
    name, inside = node
    element = etree.SubElement(parent, name)
    if not isinstance(inside, str):
        for child in inside:
            _grow(element, child)
    elif _NOT_XML.search(inside):
        raise Unsendable(f"{name} holds a character that XML cannot carry")
    else:
        element.text = inside


def _check_control(root: etree._Element, request: Request) -> None:
    """Go on only if the gateway accepted the request and echoes its id."""
    status = root.findtext("control/status")
    echo = root.findtext("control/controlid")
    if status is None:
        raise malformed("no control status")
    # A refusal may come before the gateway has read our id, and leaves it out.
    if echo != request.controlid and (status == "success" or echo):
        raise malformed("an answer to another request")
    if status != "success":
        raise classify(
            CONTROL, faults(root), by_login=request.by_login, hide=request.hide
        )


def _check_authentication(
    operation: etree._Element, request: Request
) -> datetime | None:
    """Go on only if the user is signed in; return when the session ends."""
    signed_in = operation.find("authentication")
    if signed_in is None and operation.find("errormessage") is None:
        raise malformed("no authentication")
    if signed_in is not None and signed_in.findtext("status") == "success":
        _check_company(signed_in.findtext("companyid"), request.company_id)
        return _instant(signed_in.findtext("sessiontimeout"))
    found = faults(operation)
    if not found and signed_in is not None:
        found = faults(signed_in)
    raise classify(AUTHENTICATION, found, by_login=request.by_login, hide=request.hide)


def _check_company(told: str | None, ours: str) -> None:
    """Refuse an answer about another company: its rows must never become ours."""
    # A console's company may be given as "console|company|entity".
    names = {ours, *ours.split("|")}
    if told and ours and told.casefold() not in {name.casefold() for name in names}:
        logger.error("An answer about another company than asked was refused")
        raise malformed("an answer about another company")


def _instant(text: str | None) -> datetime | None:
    """Read an ISO 8601 instant with offset; None when there is none."""
    try:
        instant = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return instant if instant.tzinfo else None


def _result(
    found: etree._Element, position: int, request: Request, taken: Sequence[Row]
) -> Result:
    """Read one result: matched by its position first, then by its id."""
    if (found.findtext("controlid") or str(position + 1)) != str(position + 1):
        raise malformed("results out of order")
    if found.findtext("status") != "success":
        function = request.functions[position]
        failure = classify(RESULT, faults(found), function=function, hide=request.hide)
        return Result(error=failure)
    data = found.find("data")
    if data is None:
        raise malformed("a result without data")
    function = request.functions[position]
    reader = _NESTED.get(function)
    result = reader(data) if reader else _rows(data, taken)
    if result.count != len(result.rows) and (
        result.count is not None or function in _COUNTED
    ):
        raise malformed("rows are missing")
    return result


def _rows(data: etree._Element, taken: Sequence[Row]) -> Result:
    """Read the rows of a result; every one is flat and names a field once."""
    rows = list(taken)
    for element in data:
        row: Row = {}
        for value in element:
            if len(value) or value.tag in row:
                raise malformed("a row that is not flat")
            row[str(value.tag)] = value.text or None
        rows.append(row)
    names = ("count", "totalcount", "numremaining")
    count, total, remaining = (_number(data.get(name)) for name in names)
    return Result(rows, count, total, remaining, result_id=data.get("resultId") or "")


def _words(data: Element) -> Result:
    """Read a list of bare words: one row for each, named as its element."""
    return Result([{str(element.tag): element.text or None} for element in data])


def _policies(data: Element) -> Result:
    """Read the permissions of a user: one row for each policy of each module."""
    return Result(
        [
            {
                "applicationName": subscription.findtext("applicationName"),
                "policyName": policy.findtext("policyName"),
                "rights": policy.findtext("rights"),
            }
            for subscription in data.iterfind("permissions/appSubscription")
            for policy in subscription.iterfind("policies/policy")
        ]
    )


# Answers that are not flat rows, and those that must say how many rows they hold.
_NESTED: dict[str, Callable[[Element], Result]] = {
    "get_applications": _words,
    "getUserPermissions": _policies,
}
_COUNTED = frozenset({"query", "readByQuery", "readMore"})


def _number(text: str | None) -> int | None:
    """Read a count; None when it is absent, an error when it is no number."""
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise malformed("a count that is no number")
    return int(text)


def faults(parent: Element) -> tuple[Fault, ...]:
    """Read the errors that stand directly below `parent`."""
    return tuple(
        Fault(
            tuple(filter(None, (error.findtext(path) for path in _NUMBERS))),
            tuple(filter(None, (error.findtext(path) for path in _TEXTS))),
        )
        for error in parent.iterfind("errormessage/error")
    )


_NUMBERS = ("errorno", "additionalinfo/errorid", "additionalinfo/category")
_TEXTS = ("description", "description2", "correction")
