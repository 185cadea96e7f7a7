"""The Sandbox decides in the gateway's order, and answers every reading function."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from xml.sax.saxutils import escape

import httpx
import pytest
from lxml import etree

from linksite.intacct.endpoints import PATH
from linksite.intacct.sandbox import (
    ATELIER_BRUME,
    COOP_RIVES,
    HARROW_TEXTILES,
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    Sandbox,
)

from .conftest import SAMPLES

Ask = Callable[..., etree._Element]
QUERY = "<query><object>{}</object><select><field>RECORDNO</field></select>{}</query>"


def request(
    *functions: str,
    company: str = COOP_RIVES,
    password: str = SANDBOX_PASSWORD,
    sender: str = SANDBOX_SENDER_ID,
    session: str = "",
    control: str = "<uniqueid>false</uniqueid>",
    operation: str = "",
) -> bytes:
    """Return a request as a client of another make would write it."""
    who = (
        f"<login><userid>{SANDBOX_USER}</userid><companyid>{company}</companyid>"
        f"<password>{password}</password></login>"
    )
    if session:
        who = f"<sessionid>{session}</sessionid>"
    calls = "".join(
        f'<function controlid="c{n}">{each}</function>'
        for n, each in enumerate(functions)
    )
    return (
        f"<request><control><senderid>{sender}</senderid>"
        f"<password>{SANDBOX_SENDER_PASSWORD}</password><controlid>x</controlid>"
        f"{control}</control><operation{operation}><authentication>{who}"
        f"</authentication><content>{calls}</content></operation></request>"
    ).encode()


@pytest.fixture
def post(sandbox: Sandbox) -> Callable[[bytes], httpx.Response]:
    browser = httpx.Client(
        transport=httpx.WSGITransport(app=sandbox), base_url="http://sand"
    )
    return lambda body, **options: browser.post(PATH, content=body, **options)


@pytest.fixture
def ask(post: Any) -> Ask:
    def send(*functions: str, **options: Any) -> etree._Element:
        return etree.fromstring(post(request(*functions, **options)).content)

    return send


def rows(answer: etree._Element, field: str = "RECORDNO") -> list[str]:
    return [each.text or "" for each in answer.iterfind(f".//data/*/{field}")]


def query(name: str, filter_: str = "", more: str = "") -> str:
    inside = f"<filter>{filter_}</filter>" if filter_ else ""
    return QUERY.format(name, inside + more + "<pagesize>2000</pagesize>")


def one(operator: str, field: str, *values: str) -> str:
    told = "".join(f"<value>{escape(value)}</value>" for value in values)
    return f"<{operator}><field>{field}</field>{told}</{operator}>"


# --- the order ----------------------------------------------------------------------
def test_a_schema_error_names_the_line_and_the_element(post: Any) -> None:
    body = request("<query><object>VENDOR</object></query>").replace(b"<op", b"\n\n<op")

    error = etree.fromstring(post(body).content).findtext(".//description2") or ""

    assert error.startswith("XML Parse schema error: Error 1871: Element 'query'")
    assert "Line: 3, column:" in error


def test_what_is_not_well_formed_has_line_and_column(post: Any) -> None:
    answer = etree.fromstring(post(b"<request>\n<a></b></request>").content)

    text = answer.findtext(".//description2") or ""
    assert "Fatal Error 76: Opening and ending tag mismatch: a" in text
    assert "Line: 2, column: " in text


def test_several_schema_errors_are_told_together(post: Any) -> None:
    wrong = '<get_companyprefs application="XX"/>', "<lookup/>"

    answer = etree.fromstring(post(request(*wrong)).content)

    assert len(answer.findall("errormessage/error")) >= 2


def test_an_inactive_sender_is_as_unknown_as_a_company(post: Any) -> None:
    for change in ({"sender": "linksite-inactive"}, {"company": "Nowhere"}):
        response = post(request("<getAPISession/>", **change))

        assert response.status_code == 400
        assert b"GW-0011" in response.content


def test_a_policy_that_is_not_there_is_refused_and_one_that_is_accepted(
    sandbox: Sandbox, ask: Ask
) -> None:
    control = "<policyid>later</policyid>"

    refused = ask("<getAPISession/>", control=control)
    sandbox.policies.add("later")
    accepted = ask("<getAPISession/>", control=control)

    assert "not a valid transport policy" in (refused.findtext(".//description2") or "")
    assert accepted.findtext("acknowledgement/status") == "success"
    assert accepted.find("operation") is None


def test_a_third_request_of_a_company_is_held_then_refused(
    sandbox: Sandbox, ask: Ask
) -> None:
    company = sandbox.companies[COOP_RIVES]
    company.fault, company.delay, sandbox.slots.hold = "slow", 1.0, 0.2
    answers: list[etree._Element] = []
    threads = [
        threading.Thread(target=lambda: answers.append(ask("<getAPISession/>")))
        for _ in range(3)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    texts = [answer.findtext(".//description2") for answer in answers]
    assert texts.count(None) == 2
    assert [text for text in texts if text and "(200024)" in text]


def test_a_session_works_at_its_own_address_only(sandbox: Sandbox, post: Any) -> None:
    sandbox.is_strict = True
    signed_in = etree.fromstring(post(request("<getAPISession/>")).content)
    session = signed_in.findtext(".//sessionid") or ""
    body = request("<readEntityDetails/>", session=session)

    here = etree.fromstring(post(body).content)
    there = etree.fromstring(
        post(body, headers={"Host": "sandbox.intacct.com"}).content
    )

    status = "operation/authentication/status"
    assert (here.findtext(status), there.findtext(status)) == ("failure", "success")


def test_a_session_slides_and_expires(
    sandbox: Sandbox, ask: Ask, time_machine: Any
) -> None:
    session = ask("<getAPISession/>").findtext(".//sessionid") or ""
    (kept,) = sandbox.companies[COOP_RIVES].sessions.values()
    status = "operation/authentication/status"

    kept.expires_at -= timedelta(hours=1, minutes=59)
    before = kept.expires_at
    first = ask("<readEntityDetails/>", session=session).findtext(status)
    moved = kept.expires_at - before
    kept.expires_at -= timedelta(hours=3)
    second = ask("<readEntityDetails/>", session=session).findtext(status)

    assert (first, second) == ("success", "failure")
    assert moved > timedelta(hours=1)


def test_a_unique_function_runs_once(ask: Ask) -> None:
    first, second = (ask("<readEntityDetails/>", control="") for _ in range(2))

    assert first.findtext(".//result/status") == "success"
    assert "already been recorded" in (second.findtext(".//description2") or "")


def test_a_transaction_is_all_or_nothing(ask: Ask) -> None:
    answer = ask(
        query("VENDOR"),
        query("NOTHING"),
        query("CUSTOMER"),
        operation=' transaction="true"',
    )

    results = answer.findall("operation/result")
    numbers = [
        [each.text for each in result.iterfind(".//errorno")] for result in results
    ]
    assert {result.findtext("status") for result in results} == {"aborted"}
    assert numbers == [["XL03000009"], ["Query Failed", "XL03000009"], ["XL03000009"]]
    assert answer.find(".//data") is None


def test_a_module_comes_before_the_right(sandbox: Sandbox, ask: Ask) -> None:
    company = sandbox.companies[COOP_RIVES]
    company.revoke("cash-management.savings-accounts")
    company.modules.discard("CM")

    text = ask(query("SAVINGSACCOUNT")).findtext(".//description2") or ""

    assert text.startswith("Cash management module is not subscribed")


def test_details_of_errors_are_shown_on_request(ask: Ask) -> None:
    control = "<showadditionalerrorinfo>true</showadditionalerrorinfo>"

    plain, detailed = (
        ask(query("APBILL"), company=HARROW_TEXTILES, control=each)
        for each in ("", control)
    )

    assert plain.find(".//additionalinfo") is None
    assert detailed.findtext(".//additionalinfo/category") == "Invalid permission"
    assert [each.tag for each in detailed.find(".//additionalinfo")] == [
        "errorid", "category", "target", "description", "cdescription", "correction",
    ]  # fmt: skip


def test_whitespace_and_gzip_are_as_asked(post: Any) -> None:
    spaced = post(request("<getAPISession/>"), headers={"Accept-Encoding": "identity"})
    control = "<includewhitespace>false</includewhitespace>"
    tight = post(request("<getAPISession/>", control=control))

    assert b"\n  <control>" in spaced.content
    assert b"\n  <control>" not in tight.content
    assert tight.headers["Content-Encoding"] == "gzip"


@pytest.mark.parametrize(
    ("fault", "status"),
    [("throttled", 429), ("gave-up", 524), ("blocked", 403), ("unsigned", 401)],
)
def test_a_request_may_ask_for_a_fault(post: Any, fault: str, status: int) -> None:
    response = post(request("<getAPISession/>"), headers={"X-Sandbox-Fault": fault})

    assert response.status_code == status


@pytest.mark.parametrize(
    ("fault", "text"), [("busy", "(200024)"), ("off-line", "Temporarily Off-line")]
)
def test_a_fault_may_be_said_in_the_answer(
    sandbox: Sandbox, ask: Ask, fault: str, text: str
) -> None:
    sandbox.fault = fault

    assert text in (ask("<getAPISession/>").findtext(".//description2") or "")


# --- what is in view ------------------------------------------------------------------
def test_private_entities_show_at_the_top_on_request(
    sandbox: Sandbox, ask: Ask
) -> None:
    sandbox.companies[ATELIER_BRUME].private = frozenset({"300"})
    private = "<options><showprivate>true</showprivate></options>"

    some = rows(ask(query("ARINVOICE"), company=ATELIER_BRUME))
    every = rows(ask(query("ARINVOICE", more=private), company=ATELIER_BRUME))

    assert 0 < len(some) < len(every) == 420


# --- filters --------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("filter_", "expected"),
    [
        (one("equalto", "VENDORID", "F0002"), {2}),
        (one("notequalto", "VENDORID", "F0002"), {1, *range(3, 21)}),
        (one("lessthan", "RECORDNO", "4003"), {1, 2}),
        (one("lessthanorequalto", "RECORDNO", "4003"), {1, 2, 3}),
        (one("greaterthan", "RECORDNO", "4019"), {20}),
        (one("greaterthanorequalto", "RECORDNO", "4019"), {19, 20}),
        (one("between", "RECORDNO", "4002", "4003"), {2, 3}),
        (one("in", "VENDORID", "F0001", "F0009"), {1, 9}),
        (one("notin", "VENDORID", *(f"F{n:04}" for n in range(2, 21))), {1}),
        (one("like", "VENDORID", "F000_"), set(range(1, 10))),
        (one("like", "VENDORID", "%5"), {5, 15}),
        (one("notlike", "VENDORID", "F00%"), set()),
        (one("isnull", "PARENTID"), set(range(1, 21))),
        (one("isnotnull", "PARENTID"), set()),
        (
            f"<and>{one('greaterthan', 'RECORDNO', '4002')}<or>"
            f"{one('equalto', 'VENDORID', 'F0001')}"
            f"{one('equalto', 'VENDORID', 'F0003')}</or></and>",
            {3},
        ),
    ],
)
def test_every_operator_filters(ask: Ask, filter_: str, expected: set[int]) -> None:
    found = rows(ask(query("VENDOR", filter_)))

    assert {int(each) - 4000 for each in found} == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("", 20),
        ("VENDORID = 'F0002'", 1),
        ("VENDORID != 'F0002' AND RECORDNO < 4005", 3),
        ("VENDORID in ('F0001','F0009') OR VENDORID like '%5'", 4),
        ("NOT (RECORDNO >= 4003)", 2),
        ("PARENTID IS NULL and VENDORID not in ('F0001')", 19),
        ("VENDORID not like 'F000%'", 11),
        ("NAME = 'O\\'Nobody'", 0),
        ("STATUS = 'T' or STATUS = 'F'", 20),
    ],
)
def test_the_words_of_read_by_query_filter(ask: Ask, words: str, expected: int) -> None:
    asked = f"<readByQuery><object>VENDOR</object><query>{escape(words)}</query>"

    data = ask(f"{asked}<pagesize>100</pagesize></readByQuery>").find(".//data")

    assert data is not None and data.get("totalcount") == str(expected)


@pytest.mark.parametrize("words", ["VENDORID =", "= 'x'", "(A = 'b'", "A ~ 'b'", "'"])
def test_unreadable_words_are_refused(ask: Ask, words: str) -> None:
    asked = f"<readByQuery><object>VENDOR</object><query>{words}</query></readByQuery>"

    assert ask(asked).findtext(".//result/status") == "failure"


def test_read_more_goes_on_to_the_end(ask: Ask) -> None:
    asked = "<readByQuery><object>vendor</object><query/><fields>RECORDNO</fields>"
    session = ask("<getAPISession/>").findtext(".//sessionid") or ""
    first = ask(f"{asked}<pagesize>8</pagesize></readByQuery>", session=session)
    result_id = first.find(".//data").get("resultId")
    more = f"<readMore><resultId>{result_id}</resultId></readMore>"

    pages = [first, *(ask(more, session=session) for _ in range(2))]
    elsewhere = ask(more)

    assert [len(rows(page)) for page in pages] == [8, 8, 4]
    assert pages[-1].find(".//data").get("numremaining") == "0"
    assert elsewhere.findtext(".//errorno") == "readMore failed"


def test_order_offset_and_sums(ask: Ask) -> None:
    order = "<orderby><order><field>RECORDNO</field><descending/></order></orderby>"
    top = QUERY.format("VENDOR", f"{order}<pagesize>2</pagesize><offset>1</offset>")
    summed = (
        "<query><object>ARINVOICE</object><select><field>STATE</field>"
        "<count>RECORDNO</count><sum>TOTALDUE</sum></select></query>"
    )

    assert rows(ask(top)) == ["4019", "4018"]
    assert sum(map(int, rows(ask(summed), "COUNT.RECORDNO"))) == 90


# --- changes --------------------------------------------------------------------------
def test_what_changed_since_is_found_by_whenmodified(
    sandbox: Sandbox, ask: Ask
) -> None:
    company = sandbox.companies[COOP_RIVES]
    since = one("greaterthanorequalto", "WHENMODIFIED", "2026-03-03 00:00:00")

    before = rows(ask(query("ARINVOICE", since)))
    company.change("ARINVOICE", 3005, STATE="Paid")
    added = company.add("ARINVOICE", RECORDID="FAC-NEW")

    assert before == []
    assert rows(ask(query("ARINVOICE", since))) == ["3005", str(added)]


def test_what_was_deleted_is_gone_and_in_the_audit_history(
    sandbox: Sandbox, ask: Ask
) -> None:
    sandbox.companies[COOP_RIVES].delete("ARINVOICE", 3005)
    deletions = (
        "<query><object>AUDITHISTORY</object><select><field>OBJECTKEY</field></select>"
        f"<filter><and>{one('equalto', 'OBJECTTYPE', 'arinvoice')}"
        f"{one('equalto', 'ACCESSMODE', 'D')}</and></filter></query>"
    )

    assert "3005" not in rows(ask(query("ARINVOICE")))
    assert rows(ask(deletions), "OBJECTKEY") == ["3005"]


# --- other functions ---
@pytest.mark.parametrize(
    ("call", "path", "text"),
    [
        ('<get_companyprefs application="GEN"/>', ".//prefvalue", COOP_RIVES),
        ("<lookup><object>VENDOR</object></lookup>", ".//Field/ID", "RECORDNO"),
        ("<inspect><object>VENDOR</object></inspect>", ".//Field", "RECORDNO"),
        ("<read><object>VENDOR</object><keys>4002,1</keys></read>", ".//VENDORID",
         "F0002"),
        ("<readByName><object>VENDOR</object><keys>F0002</keys></readByName>",
         ".//RECORDNO", "4002"),
        (f"<readUserFormatting><userId>{SANDBOX_USER}</userId></readUserFormatting>",
         ".//dateformat", "/mdY"),
        ("<readByQuery><object>GLACCOUNTBALANCE</object><query>PERIOD = 'Month Ended "
         "March 2026'</query></readByQuery>", ".//ACCOUNTNO", "101000"),
        ("<readByQuery><object>GLACCOUNTBALANCE</object><query/></readByQuery>",
         ".//errorno", "Query Failed"),
        (query("GLACCOUNTBALANCE"), ".//errorno", "PL04000005"),
        ("<getUserPermissions><userId>other</userId></getUserPermissions>",
         ".//errorno", "PL04000005"),
        ("<readByQuery><object>VENDOR</object><query/><fields>X</fields></readByQuery>",
         ".//errorno", "Invalid fields list X"),
    ],
)  # fmt: skip
def test_the_other_reading_functions(ask: Ask, call: str, path: str, text: str) -> None:
    assert ask(call).findtext(path) == text


def test_every_sample_of_a_control_failure_is_echoed_alike(post: Any) -> None:
    sample = etree.parse(SAMPLES / "schema.xml").getroot()
    answer = etree.fromstring(post(request("<create/>")).content)

    told = [[each.tag for each in root.find("control")] for root in (answer, sample)]
    assert told[0] == told[1]
