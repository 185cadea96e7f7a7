"""What the Sandbox answers to each function, in the gateway's own shapes."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeAlias

from .books import Row
from .datasets import DATASETS, PERMISSIONS, Permission
from .sandbox_answers import Element, Refusal, make
from .sandbox_companies import SandboxCompany

MAX_PAGE = 2000


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a function runs: in a company, at an entity ("" = top level)."""

    company: SandboxCompany
    entity_id: str
    user_id: str
    today: date

    def run(self, call: Element) -> Element:
        """Return the `data` that a function answers; Refusal if it fails."""
        name = str(call.tag)
        if name not in _FUNCTIONS:
            raise Refusal("client_bug", "XL03000009", "", f"Unknown function {name}")
        return _FUNCTIONS[name](self, call)

    def must_have(self, permission: Permission, operation: str, on: str) -> None:
        """Refuse unless the user has the permission."""
        if permission.key not in self.company.granted:
            text = (
                "You do not have permission for API operation "
                f"{operation} on objects of type {on}"
            )
            raise Refusal("permission_missing", "PL04000005", "", text, support=True)

    def sees(self, row: Row) -> bool:
        """Say whether a row is in view: all at top level; own and shared below."""
        return self.entity_id in ("", row["MEGAENTITYID"]) or not row["MEGAENTITYID"]


_ENTITY_FIELDS = frozenset(("RECORDNO", "LOCATIONID", "NAME", "CURRENCY", "STATUS"))
_FIELDS: dict[str, frozenset[str]] = {
    source.object: frozenset(source.fields)
    for dataset in DATASETS
    for source in dataset.sources
    if source.object
} | {"LOCATIONENTITY": _ENTITY_FIELDS}
_RIGHTS: dict[str, Permission] = {
    source.object or source.function: source.permission
    for dataset in DATASETS
    for source in dataset.sources
}


def _query(desk: Desk, call: Element) -> Element:
    """Answer `query`: the right first, then the fields, then the rows."""
    name = call.findtext("object") or ""
    table = _table(desk, name)
    if name in _RIGHTS:
        desk.must_have(_RIGHTS[name], "QUERY", name)
    fields = [field.text or "" for field in call.iterfind("select/field")]
    _check_fields(name, [*fields, *(f.text or "" for f in call.iterfind(".//field"))])
    rows = [row for row in table if _fits(row, call.find("filter"))]
    for field in reversed([f.text or "" for f in call.iterfind("orderby/order/field")]):
        rows.sort(key=lambda row: _comparable(row.get(field, "")))
    size = int(call.findtext("pagesize") or 100)
    offset = int(call.findtext("offset") or 0)
    if not 1 <= size <= MAX_PAGE:
        raise Refusal("client_bug", "XL03000009", "", "Invalid page size")
    return _list(name, fields, rows, offset, size)


def _table(desk: Desk, name: str) -> list[Row]:
    """Return the rows of an object that are in view."""
    if name == "LOCATIONENTITY" and desk.company.entities:
        return _location_entities(desk)
    if name not in desk.company.books.tables:
        text = f"Object definition {name} not found"
        raise Refusal("object_unavailable", "Query Failed", "", text, support=True)
    return [row for row in desk.company.books.tables[name] if desk.sees(row)]


def _location_entities(desk: Desk) -> list[Row]:
    return [
        {
            "RECORDNO": str(number),
            "LOCATIONID": entity.id,
            "NAME": entity.name,
            "CURRENCY": entity.currency,
            "STATUS": "active",
        }
        for number, entity in enumerate(desk.company.entities, start=1)
    ]


def _check_fields(name: str, fields: list[str]) -> None:
    unknown = [field for field in fields if field not in _FIELDS[name]]
    if unknown:
        text = f"Field {unknown[0]} does not exist in object {name}"
        raise Refusal("field_unknown", "XL03000010", "", text, support=True)


def _fits(row: Row, condition: Element | None) -> bool:
    """Say whether a row fits a filter: comparisons, and `and` of them."""
    if condition is None:
        return True
    if condition.tag in ("filter", "and"):
        return all(_fits(row, each) for each in condition)
    field, value = condition.findtext("field") or "", condition.findtext("value") or ""
    compare = _COMPARISONS.get(str(condition.tag))
    if compare is None:
        raise Refusal("client_bug", "XL03000009", "", "Unknown filter")
    return compare(_comparable(row.get(field, "")), _comparable(value))


Comparable: TypeAlias = tuple[int, float, str]
_COMPARISONS: dict[str, Callable[[Comparable, Comparable], bool]] = {
    "equalto": lambda one, other: one == other,
    "greaterthan": lambda one, other: one > other,
    "greaterthanorequalto": lambda one, other: one >= other,
    "lessthan": lambda one, other: one < other,
    "lessthanorequalto": lambda one, other: one <= other,
}


def _comparable(text: str) -> Comparable:
    """Return what numbers, instants and words are compared by."""
    for shape in ("%m/%d/%Y %H:%M:%S", "%m/%d/%Y"):
        try:
            # Neither side has a zone: both are in the user's own.
            moment = datetime.strptime(text, shape)  # noqa: DTZ007,RUF100
        except ValueError:
            continue
        return (1, (moment - datetime(1970, 1, 1)).total_seconds(), "")
    try:
        return (0, float(text), "")
    except ValueError:
        return (2, 0.0, text)


def _list(
    name: str, fields: list[str], rows: list[Row], offset: int, size: int
) -> Element:
    shown = rows[offset : offset + size]
    data = make(
        "data",
        listtype=name,
        totalcount=str(len(rows)),
        offset=str(offset),
        count=str(len(shown)),
        numremaining=str(max(0, len(rows) - offset - len(shown))),
    )
    for row in shown:
        data.append(make(name, *(make(field, row.get(field, "")) for field in fields)))
    return data


def _trial_balance(desk: Desk, call: Element) -> Element:
    """Answer `get_trialbalance`; before the books were opened it is empty."""
    desk.must_have(_RIGHTS["get_trialbalance"], "GET_TRIALBALANCE", "TRIALBALANCE")
    end = date(*(int(call.findtext(f"enddate/{p}") or 0) for p in _DATE_PARTS))
    rows = desk.company.books.trial_balance(desk.entity_id)
    if end < desk.today - timedelta(days=900):
        rows = []
    return make("data", *(_record("trialbalance", row) for row in rows))


_DATE_PARTS = ("year", "month", "day")


def _record(tag: str, row: Row) -> Element:
    return make(tag, *(make(name, value) for name, value in row.items()))


def _entity_details(desk: Desk, call: Element) -> Element:
    """Answer `readEntityDetails`; without entities there is nothing to list."""
    rows = [
        {
            "id": entity.id,
            "name": entity.name,
            "recordno": str(number),
            "currency": entity.currency,
            "firstfiscalmonth": "1",
            "firstfiscaltaxmonth": "1",
            "weekstart": "1",
        }
        for number, entity in enumerate(desk.company.entities, start=1)
    ]
    return make("data", *(_record("entity", row) for row in rows))


def _applications(desk: Desk, call: Element) -> Element:
    codes = ("CO", "GL", "AR", "AP", "CM", *(("ME",) if desk.company.entities else ()))
    return make("data", *(make("application", code) for code in codes))


def _financial_setup(desk: Desk, call: Element) -> Element:
    row = {
        "baseCurrency": desk.company.country.currency,
        "defaultBook": "ACCRUAL",
        "firstFiscalMonth": "1",
        "multiBaseCurrency": "false",
        "multiBook": "false",
        "multiCurrency": "false",
        "multiEntityShared": "true" if desk.company.entities else "false",
    }
    return make("data", _record("financialSetup", row))


def _user_permissions(desk: Desk, call: Element) -> Element:
    """Answer `getUserPermissions`: what is granted, module by module."""
    modules: dict[str, list[Element]] = {}
    for permission in PERMISSIONS:
        if permission.key in desk.company.granted:
            policy = {
                "policyName": permission.name,
                "rights": "|".join(permission.rights),
            }
            modules.setdefault(permission.module, []).append(_record("policy", policy))
    subscriptions = (
        make(
            "appSubscription",
            make("applicationName", module),
            make("policies", *policies),
        )
        for module, policies in modules.items()
    )
    return make("data", make("permissions", *subscriptions))


def _get_list(desk: Desk, call: Element) -> Element:
    """Answer `get_list` of company_info, the only list that is asked for."""
    if call.get("object") != "company_info":
        raise Refusal("object_unavailable", "XL03000009", "", "Object not found")
    row = {"title": desk.company.id, "name": desk.company.title}
    return make("data", _record("company_info", row))


_FUNCTIONS: dict[str, Callable[[Desk, Element], Element]] = {
    "query": _query,
    "get_trialbalance": _trial_balance,
    "readEntityDetails": _entity_details,
    "get_applications": _applications,
    "getFinancialSetup": _financial_setup,
    "getUserPermissions": _user_permissions,
    "get_list": _get_list,
}
