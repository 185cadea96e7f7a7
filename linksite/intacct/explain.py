"""What an answer means by itself, without the request that it answers.

The client is stricter: it also knows what it asked, and takes nothing from an
answer that leaves out a part of the envelope. Here whoever reads a stored answer
gets the meaning of what stands in it, by the same table of outcomes.
"""

import csv
import io
import json
import re
from contextlib import suppress
from dataclasses import dataclass, field

from .bodies import refusal
from .errors import IntacctError
from .outcomes import AUTHENTICATION, CONTROL, RESULT, classify, malformed, readable
from .trees import Element, tree
from .wire import faults

SUCCESS, FAILURE, ABORTED = "success", "failure", "aborted"


@dataclass(frozen=True, slots=True)
class Told:
    """One error as the gateway wrote it, without ids and secrets."""

    number: str
    text: str
    support_id: str


@dataclass(frozen=True, slots=True)
class Part:
    """What one function answered: `rows` are those that came with it."""

    status: str
    outcome: str
    function: str = ""
    object: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a whole answer means; `outcome` is one of outcomes.OUTCOMES."""

    outcome: str
    errors: tuple[Told, ...] = ()
    results: tuple[Part, ...] = field(default=())


def explain(body: bytes, *, status: int = 200, content_type: str = "") -> Explanation:
    """Return what `body` means, which came with an HTTP status and a type."""
    count = _bare_rows(body, content_type) if 200 <= status < 300 else None
    if count is not None:
        outcome = "ok" if count else "ok_empty"
        return Explanation(outcome, (), (Part(SUCCESS, outcome, rows=count),))
    try:
        failure = refusal(status, body)
        return _turned_away(failure, body) if failure else _explain(tree(body))
    except IntacctError as error:
        return _refused(error)


def _turned_away(failure: IntacctError, body: bytes) -> Explanation:
    """The status decides; what the gateway itself says about it is kept."""
    with suppress(IntacctError):
        if told := _told(tree(body)):
            return Explanation(failure.outcome, told)
    return _refused(failure)


def _refused(failure: IntacctError) -> Explanation:
    told = (failure.number, failure.text, failure.support_id)
    return Explanation(failure.outcome, (Told(*told),) if any(told) else ())


def _explain(root: Element) -> Explanation:
    """Go down the levels and stop at the first that failed."""
    told = _told(root)
    operation = root.find("operation")
    results = [] if operation is None else operation.findall("result")
    failure = _above(root, operation, results)
    if failure is not None:
        return Explanation(failure.outcome, told or _refused(failure).errors)
    if not results:
        return Explanation("async_ack", told)
    parts = tuple(_part(result) for result in results)
    return Explanation(_together(parts), told, parts)


def _above(
    root: Element, operation: Element | None, results: list[Element]
) -> IntacctError | None:
    """Return what failed above the results, or None.

    A level that says nothing is passed only for the sake of results below it.
    """
    accepted = root.findtext("acknowledgement/status")
    control = root.findtext("control/status")
    if accepted not in (None, SUCCESS) or control not in (None, SUCCESS):
        return classify(CONTROL, faults(root))
    if operation is None:
        return None if accepted else malformed("no operation")
    if control is None and not results:
        return malformed("no control status")
    signed_in = operation.findtext("authentication/status")
    found = faults(operation)
    if signed_in != SUCCESS and not (signed_in is None and results):
        inside = operation.find("authentication")
        if inside is not None:
            found = found or faults(inside)
        if signed_in is None and not found:
            return malformed("no authentication")
        return classify(AUTHENTICATION, found)
    if not results:
        return classify(RESULT, found) if found else malformed("no result")
    return None


def _part(result: Element) -> Part:
    """Read one result; only the word success is success."""
    status, function = result.findtext("status"), result.findtext("function") or ""
    data = result.find("data")
    rows = 0 if data is None else len(data)
    if status == SUCCESS:
        outcome = "ok_empty" if data is not None and not rows else "ok"
        return Part(status, outcome, function, _object(result), rows)
    failure = classify(RESULT, faults(result), function=function)
    about = _object(result) or _named(failure.text)
    return Part(status or "", failure.outcome, function, about, rows)


def _together(parts: tuple[Part, ...]) -> str:
    """Return the outcome of all functions of an answer."""
    outcomes = [part.outcome for part in parts]
    if len(parts) > 1 and any(part.status == ABORTED for part in parts):
        return "rolled_back"
    if set(outcomes) <= {"ok", "ok_empty"}:
        return "ok" if "ok" in outcomes else "ok_empty"
    return outcomes[0] if len(set(outcomes)) == 1 else "mixed"


# Where an answer names its object, and where an error does.
_OBJECT = re.compile(r"objects of type ([\w.]+)|[Oo]bject definition ([\w.]+)")


def _object(result: Element) -> str:
    data, old = result.find("data"), result.findtext("listtype")
    return old or ("" if data is None else data.get("listtype") or "")


def _named(text: str) -> str:
    found = _OBJECT.search(text)
    return (found[1] or found[2]) if found else ""


def _told(root: Element) -> tuple[Told, ...]:
    """Read every error of an answer, in the order sent."""
    parents = (message.getparent() for message in root.iter("errormessage"))
    return tuple(
        Told(*readable(fault))
        for parent in parents
        if parent is not None
        for fault in faults(parent)
    )


_FIELD_NAMES = re.compile(r"[A-Z][A-Z0-9_.]*")


def _bare_rows(body: bytes, content_type: str) -> int | None:
    """Count rows that came without an envelope (json, csv); None if they are not."""
    try:
        text = body.decode("utf-8-sig").strip()
    except UnicodeDecodeError:
        return None
    if text.startswith("["):
        return _json_rows(text)
    is_csv = "csv" in content_type or "," in text.partition("\n")[0]
    return _csv_rows(text) if is_csv else None


def _json_rows(text: str) -> int | None:
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return len(rows) if all(isinstance(row, dict) for row in rows) else None


def _csv_rows(text: str) -> int | None:
    """Count the lines below the names; each has a value for every name."""
    try:
        names, *rows = csv.reader(io.StringIO(text), strict=True)
    except (ValueError, csv.Error):
        return None
    is_table = all(_FIELD_NAMES.fullmatch(name) for name in names)
    return len(rows) if is_table and all(len(r) == len(names) for r in rows) else None
