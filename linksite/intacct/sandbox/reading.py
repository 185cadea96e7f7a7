"""The functions that read objects: query, readByQuery, readMore, read, lookup."""

import re
import secrets
from collections.abc import Iterable, Sequence
from decimal import Decimal

from .answers import Element, Refusal, make, record
from .companies import Cursor
from .conditions import comparable, of_filter, of_words
from .desk import Desk
from .policies import OBJECTS, Kind
from .tables import Edited, Row

_PERIOD = re.compile(r"\bPERIOD\s*=\s*'((?:\\.|[^'\\])*)'")


def query(desk: Desk, call: Element) -> Element:
    """Answer `query`: the right first, then the fields, then the rows."""
    name = call.findtext("object") or ""
    kind = desk.opened(name, "QUERY")
    if name == "GLACCOUNTBALANCE":
        raise _impossible("QUERY", name)
    select = call.find("select")
    asked = [] if select is None else [(str(e.tag), e.text or "") for e in select]
    fold = call.findtext("options/caseinsensitive") == "true"
    condition = of_filter(call.find("filter"), fold=fold)
    orders = [_order(each) for each in call.iterfind("orderby/order")]
    _check_fields(
        kind,
        [*(f for _, f in asked), *condition.fields, *(f for f, _ in orders)],
        name,
    )
    table = desk.table(name)
    private = call.findtext("options/showprivate") == "true"
    places = _sorted(table, desk.found(table, condition, private), orders)
    rows: Sequence[Row] = _Rows(table, places, [field for _, field in asked])
    if any(tag != "field" for tag, _ in asked):
        rows = _summed(table, places, asked)
    size = int(call.findtext("pagesize") or 100)
    offset = int(call.findtext("offset") or 0)
    shown = rows[offset : offset + size]
    left = max(0, len(rows) - offset - len(shown))
    data = make(
        "data",
        listtype=name,
        totalcount=str(len(rows)),
        offset=str(offset),
        count=str(len(shown)),
        numremaining=str(left),
    )
    data.extend(record(name, row) for row in shown)
    return data


def read_by_query(desk: Desk, call: Element) -> Element:
    """Answer `readByQuery` with the first page, and a name for the rest."""
    name = call.findtext("object") or ""
    kind = desk.opened(name, "READ_BY_QUERY")
    if name.upper() == "AUDITHISTORY":
        raise _impossible("READ_BY_QUERY", name)
    words = call.findtext("query") or ""
    condition = of_words(words)
    fields = _listed(kind, call.findtext("fields"), condition.fields)
    period = _PERIOD.search(words)
    table = desk.table(name.upper(), period[1] if period else "")
    places = desk.found(table, condition, private=False)
    size = int(call.findtext("pagesize") or 100)
    cursor = Cursor(name, fields, table, places, size, len(places))
    result_id = ""
    if len(places) > size:
        result_id = secrets.token_urlsafe(18)
        desk.session.cursors[result_id] = cursor
    return _next_page(cursor, result_id)


def read_more(desk: Desk, call: Element) -> Element:
    """Answer `readMore`, for as long as the session keeps the rows."""
    cursors = desk.session.cursors
    result_id = call.findtext("resultId") or ""
    if wanted := call.findtext("object"):
        mine = [key for key, each in cursors.items() if each.name == wanted]
        result_id = mine[-1] if mine else ""
    cursor = cursors.get(result_id)
    if cursor is None:
        text = f"Attempt to readMore with an invalid or expired resultId: {result_id}"
        raise Refusal("result_set_expired", "readMore failed", "", text)
    desk.opened(cursor.name, "READ_MORE")
    return _next_page(cursor, result_id)


def read(desk: Desk, call: Element) -> Element:
    """Answer `read` and `readByName`; keys that are not there are left out."""
    name, by_name = call.findtext("object") or "", call.tag == "readByName"
    kind = desk.opened(name, "READ_BY_NAME" if by_name else "READ")
    fields = _listed(kind, call.findtext("fields"), ())
    keys = {key.strip() for key in (call.findtext("keys") or "").split(",")}
    table, field = desk.table(name.upper()), kind.id if by_name else "RECORDNO"
    condition = of_words(f"{field} in ({', '.join(map(_quoted, keys))})")
    places = desk.found(table, condition, private=True)
    rows = _Rows(table, places, fields)[:100]
    data = make("data", listtype=name.upper(), count=str(len(rows)))
    data.extend(record(name.upper(), row) for row in rows)
    return data


def lookup(desk: Desk, call: Element) -> Element:
    """Answer `lookup`: the fields of an object, whatever the user's rights."""
    name, kind = _described(call)
    fields = (
        record(
            "Field",
            {
                "ID": field,
                "LABEL": field.replace(".", " ").title(),
                "DESCRIPTION": "",
                "REQUIRED": "false",
                "READONLY": "false",
                "DATATYPE": "TEXT",
                "ISCUSTOM": "false",
            },
        )
        for field in kind.fields
    )
    type_ = make("Type", make("Fields", *fields), make("Relationships"))
    type_.set("Name", name)
    type_.set("DocumentType", "")
    return make("data", type_, listtype="All", count="1")


def inspect(desk: Desk, call: Element) -> Element:
    """Answer `inspect`: the names of the fields, whatever the user's rights."""
    name, kind = _described(call)
    type_ = make("Type", make("Fields", *(make("Field", f) for f in kind.fields)))
    type_.set("Name", name)
    return make("data", type_, listtype="All", count="1")


def _impossible(operation: str, name: str) -> Refusal:
    text = f"API operation '{operation}' cannot be performed on objects of type {name}"
    return Refusal("object_unavailable", "PL04000005", "", text, support=True)


def _described(call: Element) -> tuple[str, Kind]:
    name = (call.findtext("object") or "").upper()
    if name not in OBJECTS:
        text = f"Object definition {name} not found"
        raise Refusal("object_unavailable", "Query Failed", "", text, support=True)
    return name, OBJECTS[name]


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _next_page(cursor: Cursor, result_id: str) -> Element:
    """Return the next rows of a cursor, and leave it with the others."""
    size, name = cursor.page_size, cursor.name.lower()
    shown, cursor.places = cursor.places[:size], cursor.places[size:]
    data = make(
        "data",
        listtype=name,
        count=str(len(shown)),
        totalcount=str(cursor.total),
        numremaining=str(len(cursor.places)),
        resultId=result_id,
    )
    rows = _Rows(cursor.table, shown, cursor.fields)
    data.extend(record(name, row) for row in rows[:])
    return data


class _Rows(Sequence[Row]):
    """Rows at some places of a table, cut to some fields when they are taken."""

    def __init__(
        self, table: Edited, places: Sequence[int], fields: Iterable[str]
    ) -> None:
        self._table, self._places, self._fields = table, places, tuple(fields)

    def __len__(self) -> int:
        return len(self._places)

    def __getitem__(self, index):  # type: ignore[no-untyped-def]
        if isinstance(index, slice):
            return [self._row(place) for place in self._places[index]]
        return self._row(self._places[index])

    def _row(self, place: int) -> Row:
        row = self._table.row(place)
        return {field: row.get(field, "") for field in self._fields}


def _order(element: Element) -> tuple[str, bool]:
    """Return the field of an `order`, and whether it goes down."""
    return element.findtext("field") or "", element.find("descending") is not None


def _sorted(
    table: Edited, places: Sequence[int], orders: list[tuple[str, bool]]
) -> Sequence[int]:
    if orders and orders[0] == ("RECORDNO", False):
        return places  # In that order already, and no two are the same.
    for field, is_down in reversed(orders):
        keys = {place: comparable(table.cell(place, field)) for place in places}
        places = sorted(places, key=keys.__getitem__, reverse=is_down)
    return places


def _summed(
    table: Edited, places: Sequence[int], asked: list[tuple[str, str]]
) -> list[Row]:
    """Return one row for each group of equal plain fields, with the sums asked for."""
    plain = [field for tag, field in asked if tag == "field"]
    groups: dict[tuple[str, ...], list[int]] = {}
    for place in places:
        key = tuple(table.cell(place, field) for field in plain)
        groups.setdefault(key, []).append(place)
    if not plain:
        groups.setdefault((), [])
    return [
        dict(zip(plain, key, strict=True))
        | {
            f"{tag.upper()}.{field}": _sum(tag, [table.cell(at, field) for at in each])
            for tag, field in asked
            if tag != "field"
        }
        for key, each in groups.items()
    ]


def _sum(tag: str, values: list[str]) -> str:
    found = [value for value in values if value]
    if tag == "count":
        return str(len(found))
    if not found:
        return ""
    if tag in ("min", "max"):
        return (min if tag == "min" else max)(found, key=comparable)
    try:
        total = sum(map(Decimal, found), Decimal())
    except ArithmeticError:
        return ""
    return str(
        total if tag == "sum" else (total / len(found)).quantize(Decimal("0.01"))
    )


def _check_fields(kind: Kind, fields: Iterable[str], name: str) -> None:
    unknown = [field for field in fields if field not in kind.fields]
    if unknown:
        text = f"Field {unknown[0]} does not exist in object {name}"
        raise Refusal("field_unknown", "XL03000010", "", text, support=True)


def _listed(kind: Kind, text: str | None, others: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that a comma list names; all of them for `*`."""
    named = [each.strip() for each in (text or "*").split(",") if each.strip()]
    fields = list(kind.fields) if named == ["*"] else named
    unknown = [field for field in (*fields, *others) if field not in kind.fields]
    if unknown:
        raise Refusal("field_unknown", f"Invalid fields list {unknown[0]}", "", "")
    return tuple(fields)
