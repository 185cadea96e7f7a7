"""What the Sandbox answers to each function, in the gateway's own shapes."""

from collections.abc import Callable
from datetime import date, timedelta

from . import reading
from .answers import Element, Refusal, make, record
from .desk import Desk
from .policies import MODULES, POLICIES, WANTED

_BALANCE = "general-ledger.trial-balance"
_DATE_PARTS = ("year", "month", "day")
_HIDDEN = frozenset({"AD"})  # No code of get_applications.


def run(desk: Desk, call: Element) -> Element:
    """Return the `data` that a function answers; Refusal if it fails."""
    return _FUNCTIONS[str(call.tag)](desk, call)


def _trial_balance(desk: Desk, call: Element) -> Element:
    """Answer `get_trialbalance`; before the books were opened it is empty."""
    desk.must_have(_BALANCE, WANTED[_BALANCE], "GET_TRIALBALANCE", "TRIALBALANCE")
    rows = desk.company.books.trial_balance(desk.entity_id)
    if call.find("enddate") is not None and _end(call) < desk.today - timedelta(900):
        rows = []
    return make("data", *(record("trialbalance", row) for row in rows))


def _end(call: Element) -> date:
    year, month, day = (int(call.findtext(f"enddate/{p}") or 0) for p in _DATE_PARTS)
    try:
        return date(year, month, day)
    except ValueError:
        raise Refusal(
            "business_rule", "BL03000018", "Illegal format for date", support=True
        ) from None


def _entity_details(desk: Desk, call: Element) -> Element:
    """Answer `readEntityDetails`: the entities the user may enter."""
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
        for number, entity in enumerate(desk.company.open_to(desk.user_id), start=1)
    ]
    return make("data", *(record("entity", row) for row in rows))


def _applications(desk: Desk, call: Element) -> Element:
    codes = [code for code in MODULES if code in desk.company.modules - _HIDDEN]
    return make("data", *(make("application", code) for code in codes))


def _company_prefs(desk: Desk, call: Element) -> Element:
    """Answer `get_companyprefs` of one application."""
    shared = "true" if desk.company.entities else "false"
    known = {
        "GEN": {"TITLE": desk.company.id, "NAME": desk.company.title},
        "ME": {"MULTIENTITYSHARED": shared},
        "GL": {"BASECURR": desk.company.country.currency, "FIRSTFISCALMONTH": "1"},
    }
    application = call.get("application", "")
    rows = (
        {"application": application, "preference": name, "prefvalue": value}
        for name, value in known.get(application, {}).items()
    )
    return make("data", *(record("companypref", row) for row in rows))


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
    return make("data", record("financialSetup", row))


def _user_permissions(desk: Desk, call: Element) -> Element:
    """Answer `getUserPermissions`: what a user effectively has, module by module."""
    user_id = call.findtext("userId") or desk.user_id
    if user_id != desk.user_id:
        policy = "administration.users"
        desk.must_have(policy, {"List", "View"}, "GETUSERPERMISSIONS", "USERINFO")
    user, company = desk.company.users.get(user_id), desk.company
    modules: dict[str, list[Element]] = {}
    for each in POLICIES:
        rights = company.rights(user, each.key) if user else set()
        if rights and not company.lacks(each.code):
            words = "|".join(right for right in each.rights if right in rights)
            row = {"policyName": each.name, "rights": words}
            modules.setdefault(each.module, []).append(record("policy", row))
    subscriptions = (
        make(
            "appSubscription",
            make("applicationName", module),
            make("policies", *policies),
        )
        for module, policies in modules.items()
    )
    return make("data", make("permissions", *subscriptions))


def _user_formatting(desk: Desk, call: Element) -> Element:
    """Answer `readUserFormatting`: how the user's screens write dates and times."""
    user_id = call.findtext("userId") or ""
    if user_id not in desk.company.users:
        text = f"User {user_id} not found"
        raise Refusal("business_rule", "BL01001973", "", text, support=True)
    row = {
        "recordno": str(list(desk.company.users).index(user_id) + 1),
        "locale": "en_US",
        "dateformat": "/mdY",
        "gmtoffset": "+00:00",
        "clock": "24",
    }
    return make("data", record("userformatting", row))


def _get_list(desk: Desk, call: Element) -> Element:
    """Answer `get_list` of company_info, the only list that is asked for."""
    row = {"title": desk.company.id, "name": desk.company.title}
    return make("data", record("company_info", row))


_FUNCTIONS: dict[str, Callable[[Desk, Element], Element]] = {
    "query": reading.query,
    "readByQuery": reading.read_by_query,
    "readMore": reading.read_more,
    "read": reading.read,
    "readByName": reading.read,
    "lookup": reading.lookup,
    "inspect": reading.inspect,
    "get_trialbalance": _trial_balance,
    "readEntityDetails": _entity_details,
    "get_applications": _applications,
    "get_companyprefs": _company_prefs,
    "getFinancialSetup": _financial_setup,
    "getUserPermissions": _user_permissions,
    "readUserFormatting": _user_formatting,
    "get_list": _get_list,
}
