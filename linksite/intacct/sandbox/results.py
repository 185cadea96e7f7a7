"""The functions of one request: each for itself, or all of them or none."""

from datetime import date

from .answers import (
    INVALID_SESSION,
    ROLLED_BACK,
    Element,
    Refusal,
    errors,
    make,
    texts,
)
from .desk import Desk
from .functions import run
from .visits import Visit, new_session


def run_all(visit: Visit, url: str, today: date) -> list[Element]:
    """Return the results of a request's functions, in their order."""
    functions = visit.request.findall("operation/content/function")
    operation = visit.request.find("operation")
    together = operation is not None and operation.get("transaction") == "true"
    done: list[Element | Refusal] = []
    for function in functions:
        done.append(_run(function, visit, url, today))
        if together and isinstance(done[-1], Refusal):
            return _rolled_back(functions, done, visit)
    _remember(functions, done, visit)
    return [_result(*each, visit) for each in zip(functions, done, strict=True)]


def _run(function: Element, visit: Visit, url: str, today: date) -> Element | Refusal:
    """Return the data of one function, or why it was refused."""
    call, company, session = function[0], visit.company, visit.session
    try:
        if company is None or session is None:
            raise Refusal(*INVALID_SESSION)
        if _key(function, visit) in company.recorded:
            raise _repeated(function.get("controlid", ""))
        if call.tag == "getAPISession":
            return new_session(visit, call, url)
        return run(Desk(company, session, visit.user_id, today), call)
    except Refusal as refusal:
        if visit.outcome == "ok":
            visit.outcome = refusal.outcome
        return refusal


def _result(function: Element, done: Element | Refusal, visit: Visit) -> Element:
    call, controlid = str(function[0].tag), function.get("controlid", "")
    head = {"function": call, "controlid": controlid}
    if isinstance(done, Refusal):
        told = errors(done, detailed=visit.is_detailed)
        return make("result", *texts({"status": "failure", **head}), told)
    return make("result", *texts({"status": "success", **head}), done)


def _rolled_back(
    functions: list[Element], done: list[Element | Refusal], visit: Visit
) -> list[Element]:
    """Return every result as aborted; the last one of `done` says why."""
    back, last = Refusal(*ROLLED_BACK), done[-1]
    results = []
    for number, function in enumerate(functions, start=1):
        why = (last,) if number == len(done) and isinstance(last, Refusal) else ()
        head = {
            "status": "aborted",
            "function": str(function[0].tag),
            "controlid": function.get("controlid", ""),
        }
        told = errors(*why, back, detailed=visit.is_detailed)
        results.append(make("result", *texts(head), told))
    return results


def _key(function: Element, visit: Visit) -> str:
    """Return what a unique function is remembered by; "" if it need not be."""
    if not visit.flag("uniqueid", "true"):
        return ""
    return f"{visit.control['senderid']}/{function.get('controlid', '')}"


def _remember(
    functions: list[Element], done: list[Element | Refusal], visit: Visit
) -> None:
    """Note the unique functions that succeeded: they do not run again."""
    for function, result in zip(functions, done, strict=True):
        key = _key(function, visit)
        if key and visit.company and not isinstance(result, Refusal):
            visit.company.recorded.add(key)


def _repeated(controlid: str) -> Refusal:
    text = (
        "A successful transaction has already been recorded with the control id "
        f"{controlid}"
    )
    return Refusal("idempotent_repeat", "XL03000009", "", text)
