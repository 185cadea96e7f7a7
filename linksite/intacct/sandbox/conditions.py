"""Filters: which rows a query means, said in XML or in the words of readByQuery."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from .answers import Element, Refusal

Cell: TypeAlias = Callable[[str], str]
Test: TypeAlias = Callable[[Cell], bool]
Comparable: TypeAlias = tuple[int, float, str]

_US = re.compile(r"(\d\d?)/(\d\d?)/(\d{4})(?: (\d\d?):(\d\d):(\d\d))?", re.ASCII)
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d):(\d\d))?", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?", re.ASCII)
_EPOCH = datetime(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Condition:
    """A filter: the test itself, the fields it looks at, where RECORDNO starts."""

    test: Test | None = None
    fields: tuple[str, ...] = ()
    after: int = -1
    is_only_after: bool = field(default=False)


def comparable(text: str) -> Comparable:
    """Return what numbers, instants and words are compared by."""
    if _NUMBER.fullmatch(text):
        return (0, float(text), "")
    if found := _US.fullmatch(text):
        month, day, year = found.group(1, 2, 3)
    elif found := _ISO.fullmatch(text):
        year, month, day = found.group(1, 2, 3)
    else:
        return (2, 0.0, text)
    hour, minute, second = (int(part or 0) for part in found.group(4, 5, 6))
    try:
        # Neither side has a zone: both are in the user's own.
        moment = datetime(int(year), int(month), int(day), hour, minute, second)
    except ValueError:
        return (2, 0.0, text)
    return (1, (moment - _EPOCH).total_seconds(), "")


_COMPARED: dict[str, Callable[[Comparable, Comparable], bool]] = {
    "equalto": lambda one, other: one == other,
    "notequalto": lambda one, other: one != other,
    "greaterthan": lambda one, other: one > other,
    "greaterthanorequalto": lambda one, other: one >= other,
    "lessthan": lambda one, other: one < other,
    "lessthanorequalto": lambda one, other: one <= other,
}


def test(
    operator: str, name: str, values: Iterable[str], *, fold: bool = False
) -> Test:
    """Return the test of one operator on one field; `fold` ignores case."""
    found = [value.casefold() if fold else value for value in values]

    def seen(cell: Cell) -> str:
        return cell(name).casefold() if fold else cell(name)

    keys = [comparable(value) for value in found]
    if operator in _COMPARED:
        compare, key = _COMPARED[operator], keys[0]
        return lambda cell: compare(comparable(seen(cell)), key)
    match operator:
        case "between":
            return lambda cell: keys[0] <= comparable(seen(cell)) <= keys[1]
        case "in":
            return lambda cell: comparable(seen(cell)) in keys
        case "notin":
            return lambda cell: comparable(seen(cell)) not in keys
        case "like":
            pattern = _pattern(found[0])
            return lambda cell: bool(pattern.fullmatch(seen(cell)))
        case "notlike":
            pattern = _pattern(found[0])
            return lambda cell: not pattern.fullmatch(seen(cell))
        case "isnull":
            return lambda cell: not cell(name)
        case "isnotnull":
            return lambda cell: bool(cell(name))
    raise Refusal("client_bug", "XL03000009", "", f"Unknown filter {operator}")


def every(tests: list[Test]) -> Test:
    """Return the test that all of `tests` pass."""
    return lambda cell: all(each(cell) for each in tests)


def some(tests: list[Test]) -> Test:
    """Return the test that one of `tests` passes."""
    return lambda cell: any(each(cell) for each in tests)


def of_filter(element: Element | None, *, fold: bool = False) -> Condition:
    """Return the condition that a `filter` element states."""
    if element is None:
        return Condition()
    top = element[0]
    fields = tuple(each.text or "" for each in element.iter("field"))
    after = max([_after(each) for each in ([top] if top.tag != "and" else top)])
    return Condition(
        _test_of(top, fold), fields, after, after >= 0 and top.tag != "and"
    )


def _after(element: Element) -> int:
    """Return the RECORDNO that rows must be past, -1 if this does not say so."""
    value = element.findtext("value") or ""
    is_start = element.tag == "greaterthan" and element.findtext("field") == "RECORDNO"
    return int(value) if is_start and value.isascii() and value.isdigit() else -1


def _test_of(element: Element, fold: bool) -> Test:
    if element.tag in ("and", "or"):
        tests = [_test_of(each, fold) for each in element]
        return every(tests) if element.tag == "and" else some(tests)
    values = [each.text or "" for each in element.iterfind("value")]
    return test(str(element.tag), element.findtext("field") or "", values, fold=fold)


def _pattern(text: str) -> re.Pattern[str]:
    escaped = re.escape(text).replace("%", ".*").replace("_", ".")
    return re.compile(escaped, re.DOTALL)


# --- readByQuery ------------------------------------------------------------------
_TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:\\.|[^'\\])*')|(?P<sign><=|>=|<>|!=|[=<>(),])"
    r"|(?P<word>[^\s'<>=!(),]+))"
)
_SIGNS = {
    "=": "equalto",
    "!=": "notequalto",
    "<>": "notequalto",
    ">": "greaterthan",
    ">=": "greaterthanorequalto",
    "<": "lessthan",
    "<=": "lessthanorequalto",
}
_STORED = {"T": "active", "F": "inactive"}


def of_words(text: str) -> Condition:
    """Return the condition that the SQL-like text of readByQuery states."""
    if not text.strip():
        return Condition()
    reader = _Words(text)
    found = reader.either()
    reader.end()
    return Condition(found, tuple(reader.fields))


class _Words:
    """Reads the words of a query, one after another."""

    def __init__(self, text: str) -> None:
        self.fields: list[str] = []
        self._tokens: list[str] = []
        text, place = text.strip(), 0
        while place < len(text):
            found = _TOKEN.match(text, place)
            if found is None:
                raise _unreadable(text)
            self._tokens.append(found[0].strip())
            place = found.end()
        self._text = text

    def either(self) -> Test:
        """Read conditions joined by OR."""
        tests = [self._both()]
        while self._has("OR"):
            tests.append(self._both())
        return some(tests)

    def end(self) -> None:
        """Refuse anything that is left over."""
        if self._tokens:
            raise _unreadable(self._text)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._has("AND"):
            tests.append(self._one())
        return every(tests)

    def _one(self) -> Test:
        if self._has("NOT"):
            inner = self._one()
            return lambda cell: not inner(cell)
        if self._has("("):
            inner = self.either()
            self._must(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Test:
        name = self._next()
        self.fields.append(name)
        if self._has("IS"):
            operator = "isnotnull" if self._has("NOT") else "isnull"
            self._must("NULL")
            return test(operator, name, [])
        no = "not" if self._has("NOT") else ""
        if self._has("LIKE"):
            return test(f"{no}like", name, [self._value(name)])
        if self._has("IN"):
            return test(f"{no}in", name, self._values(name))
        sign = self._next()
        if no or sign not in _SIGNS:
            raise _unreadable(self._text)
        return test(_SIGNS[sign], name, [self._value(name)])

    def _values(self, name: str) -> list[str]:
        self._must("(")
        values = [self._value(name)]
        while self._has(","):
            values.append(self._value(name))
        self._must(")")
        return values

    def _value(self, name: str) -> str:
        token = self._next()
        if token.startswith("'"):
            token = re.sub(r"\\(.)", r"\1", token[1:-1])
        # The database's own letters, where `query` wants the words of the screens.
        return _STORED.get(token, token) if name == "STATUS" else token

    def _next(self) -> str:
        if not self._tokens:
            raise _unreadable(self._text)
        return self._tokens.pop(0)

    def _has(self, word: str) -> bool:
        is_next = bool(self._tokens) and self._tokens[0].upper() == word
        if is_next:
            self._tokens.pop(0)
        return is_next

    def _must(self, word: str) -> None:
        if not self._has(word):
            raise _unreadable(self._text)


def _unreadable(text: str) -> Refusal:
    return Refusal(
        "client_bug", "Query Failed", "", f"Invalid query: {text[:100]}", support=True
    )
