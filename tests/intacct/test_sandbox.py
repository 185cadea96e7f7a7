"""The Sandbox is a faithful gateway, believable, and safe to leave running."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from lxml import etree, html

from linksite.intacct import DATASETS, PERMISSIONS, Login, Sender, Session, calls, wire
from linksite.intacct.calls import Call
from linksite.intacct.endpoints import PATH
from linksite.intacct.sandbox import (
    ATELIER_BRUME,
    COOP_RIVES,
    HARROW_TEXTILES,
    PAPETERIES_LAC,
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    Sandbox,
)

from .conftest import SAMPLES, TODAY, Connect

SENDER = Sender(SANDBOX_SENDER_ID, SANDBOX_SENDER_PASSWORD)
Browser = httpx.Client


def make_login(company_id: str = COOP_RIVES, password: str = SANDBOX_PASSWORD) -> Login:
    return Login(company_id, SANDBOX_USER, password)


@pytest.fixture
def browser(sandbox: Sandbox) -> Browser:
    return Browser(transport=httpx.WSGITransport(app=sandbox), base_url="http://sand")


def ask(
    browser: Browser, *asked: Call, sender: Sender = SENDER, who: Any = None
) -> httpx.Response:
    """Ask as the client does, but for the details of errors."""
    body = wire.build(sender, who or make_login(), asked).body
    more = b"<showadditionalerrorinfo>true<", b"<showadditionalerrorinfo>false<"
    return browser.post(PATH, content=body.replace(*more))


def answer_of(response: httpx.Response) -> etree._Element:
    return etree.fromstring(response.content)


def shape(element: etree._Element, path: str = "") -> set[str]:
    """Return the paths of all elements, with the names of their attributes."""
    attributes = ",".join(sorted(element.attrib))
    here = f"{path}/{element.tag}[{attributes}]"
    return {here}.union(*(shape(child, here) for child in element))


# The Sandbox's own answers against the samples, which are shaped as documented.
@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("wrong-sender", {"sender": Sender("nobody", "x")}),
        ("unknown-company", {"who": make_login("Nowhere")}),
        ("wrong-login", {"who": make_login(password="wrong")}),
        ("sender-not-authorised", {"who": make_login(PAPETERIES_LAC)}),
        (
            "session-invalid",
            {"who": Session("gone", "https://api.intacct.com", "", None)},
        ),
        ("permission-missing", {"who": make_login(HARROW_TEXTILES)}),
        ("object-unknown", {"call": calls.one_row("ARINVOYCE")}),
        ("field-unknown", {"call": calls.query("APBILL", ["TOTALDEW"])}),
        ("session-failed", {"call": calls.session("900")}),
    ],
)
def test_a_refusal_has_the_shape_of_its_sample(
    browser: Browser, name: str, changes: dict[str, Any]
) -> None:
    call = changes.pop("call", calls.one_row("APBILL"))
    sample = etree.parse(SAMPLES / f"{name}.xml").getroot()

    answer = answer_of(ask(browser, call, **changes))

    assert shape(answer) == shape(sample)
    number = ".//errorno"
    assert answer.findtext(number) == sample.findtext(number)


@pytest.mark.parametrize("dataset", DATASETS, ids=lambda dataset: dataset.slug)
def test_rows_have_the_shape_of_their_sample(browser: Browser, dataset: Any) -> None:
    for source in dataset.sources:
        name = source.object or source.function
        sample = etree.parse(SAMPLES / f"rows-{name.lower()}.xml").getroot()
        call = calls.query(name, source.fields)
        if source.function != "query":
            call = calls.trial_balance(TODAY.replace(month=1), TODAY)

        assert shape(answer_of(ask(browser, call))) == shape(sample)


def test_an_answer_says_it_is_text_xml_in_the_gateways_odd_way(
    browser: Browser,
) -> None:
    response = ask(browser, calls.session())

    assert response.headers["Content-Type"] == 'text/xml; encoding="UTF-8"'
    assert answer_of(response).findtext(".//endpoint") == (
        "https://sandbox.intacct.com/ia/xml/xmlgw.phtml"
    )


def test_a_get_of_the_gateway_is_refused_in_xml(browser: Browser) -> None:
    response = browser.get(PATH)

    assert response.status_code == 401
    assert answer_of(response).findtext(".//errorno") == "XMLGW_JPP0002"


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"hello",
        b"<request>",
        b"<request/>",
        b"<!DOCTYPE request><request/>",
        b"<request><operation><content><function/></content></operation></request>",
    ],
)
def test_what_is_no_request_is_a_schema_error(browser: Browser, body: bytes) -> None:
    answer = answer_of(browser.post(PATH, content=body))

    assert answer.findtext("control/status") == "failure"
    assert answer.findtext(".//errorno") == "XL03000003"


def test_five_wrong_passwords_lock_the_user_out_until_unlocked(
    sandbox: Sandbox, browser: Browser
) -> None:
    wrong, right = make_login(password="wrong"), make_login()
    status = "operation/authentication/status"

    for _ in range(5):
        ask(browser, calls.session(), who=wrong)
    locked = answer_of(ask(browser, calls.session(), who=right)).findtext(status)
    sandbox.companies[COOP_RIVES].unlock()
    unlocked = answer_of(ask(browser, calls.session(), who=right)).findtext(status)

    assert (locked, unlocked) == ("failure", "success")


def test_a_sender_works_once_it_is_authorised(
    sandbox: Sandbox, connect: Connect
) -> None:
    sandbox.companies[PAPETERIES_LAC].authorise_sender(SANDBOX_SENDER_ID)

    assert connect(PAPETERIES_LAC).sign_in()


def test_a_revoked_permission_is_missing(sandbox: Sandbox, connect: Connect) -> None:
    sandbox.companies[COOP_RIVES].revoke("accounts-payable.vendors")

    found = connect(COOP_RIVES).probe(PERMISSIONS)

    assert [k for k, check in found.items() if check.state == "missing"] == [
        "accounts-payable.vendors"
    ]


@pytest.mark.parametrize(
    ("function", "path", "text"),
    [
        ("<getFinancialSetup/>", ".//multiEntityShared", "false"),
        ("<get_applications/>", ".//application", "CO"),
        ("<get_list object='company_info'/>", ".//name", "Coopérative des Rives"),
        ("<getUserPermissions/>", ".//policyName", "Accounts"),
        ("<readEntityDetails/>", ".//result/status", "success"),
    ],
)
def test_the_functions_about_the_company_answer(
    browser: Browser, function: str, path: str, text: str
) -> None:
    body = wire.build(SENDER, make_login(), [calls.entity_details()]).body
    body = body.replace(b"<readEntityDetails></readEntityDetails>", function.encode())
    body = body.replace(b"<readEntityDetails/>", function.encode())

    answer = etree.fromstring(browser.post(PATH, content=body).content)

    assert answer.findtext(path) == text


def test_the_log_holds_every_post_and_no_secret(
    sandbox: Sandbox, connect: Connect
) -> None:
    connect(HARROW_TEXTILES).probe(PERMISSIONS)

    assert [call.outcome for call in sandbox.log] == ["ok", "permission_missing"]
    assert sandbox.posts(HARROW_TEXTILES) == 2
    assert sandbox.most_at_once(HARROW_TEXTILES) == 1
    for secret in (SANDBOX_PASSWORD, SANDBOX_SENDER_PASSWORD):
        assert secret not in repr(sandbox.log)


def test_reset_puts_everything_back(sandbox: Sandbox, connect: Connect) -> None:
    connect().sign_in()
    sandbox.companies[ATELIER_BRUME].revoke("accounts-payable.bills")
    sandbox.fault = "down"

    sandbox.reset()

    assert (sandbox.log, sandbox.fault) == ([], None)
    assert len(sandbox.companies[ATELIER_BRUME].granted) == len(PERMISSIONS)


def test_the_books_are_the_same_for_the_same_day() -> None:
    books = [Sandbox(today=TODAY).companies[COOP_RIVES].books for _ in range(2)]

    assert books[0].tables == books[1].tables


@pytest.mark.parametrize("company_id", [ATELIER_BRUME, COOP_RIVES, HARROW_TEXTILES])
def test_the_trial_balance_balances_in_every_entity(
    sandbox: Sandbox, company_id: str
) -> None:
    company = sandbox.companies[company_id]
    for entity_id in ("", *(entity.id for entity in company.entities)):
        sums: dict[str, Decimal] = defaultdict(Decimal)
        for row in company.books.trial_balance(entity_id):
            amounts = {k: Decimal(v) for k, v in row.items() if k != "glaccountno"}
            for name, amount in amounts.items():
                sums[name] += amount
            movement = amounts["debits"] - amounts["credits"]
            assert amounts["endbalance"] == amounts["startbalance"] + movement
        assert sums["debits"] == sums["credits"] > 0
        assert sums["startbalance"] == sums["endbalance"] == 0


@pytest.mark.parametrize(
    ("table", "party", "key"),
    [("ARINVOICE", "CUSTOMER", "CUSTOMERID"), ("APBILL", "VENDOR", "VENDORID")],
)
def test_what_parties_owe_is_what_their_papers_leave_due(
    sandbox: Sandbox, table: str, party: str, key: str
) -> None:
    tables = sandbox.companies[ATELIER_BRUME].books.tables
    due: dict[str, Decimal] = defaultdict(Decimal)
    for row in tables[table]:
        total, paid = Decimal(row["TOTALENTERED"]), Decimal(row["TOTALPAID"])
        assert Decimal(row["TOTALDUE"]) == total - paid >= 0
        due[row[key]] += total - paid

    assert all(Decimal(row["TOTALDUE"]) == due[row[key]] for row in tables[party])


def test_invoices_are_paid_part_paid_open_and_late(sandbox: Sandbox) -> None:
    rows = sandbox.companies[ATELIER_BRUME].books.tables["ARINVOICE"]
    late = [
        row
        for row in rows
        if row["STATE"] != "Paid"
        and datetime.strptime(row["WHENDUE"], "%m/%d/%Y").date() < TODAY
    ]

    assert {row["STATE"] for row in rows} == {"Paid", "Partially Paid", "Posted"}
    assert 0 < len(late) < len(rows) / 4


def test_every_field_that_is_read_is_in_the_books(sandbox: Sandbox) -> None:
    tables = sandbox.companies[ATELIER_BRUME].books.tables
    for dataset in DATASETS:
        for source in dataset.sources:
            if source.object:
                assert set(source.fields) == set(tables[source.object][0])


def test_the_front_page_says_what_to_type(browser: Browser) -> None:
    page = html.fromstring(browser.get("/").content)
    text = page.text_content()

    for word in (ATELIER_BRUME, PAPETERIES_LAC, SANDBOX_USER, SANDBOX_PASSWORD):
        assert word in text
    assert "Sandbox: nothing here is real" in text


@pytest.mark.parametrize("path", ["/", f"/companies/{COOP_RIVES}/", "/nowhere"])
def test_every_page_is_well_made_and_strict(browser: Browser, path: str) -> None:
    response = browser.get(path)
    page = html.fromstring(response.content)
    labelled = set(page.xpath("//label/@for"))

    assert page.get("lang") == "en"
    assert len(page.xpath("//h1")) == len(page.xpath("//main")) == 1
    assert not page.xpath("//script | //style | //@style")
    assert labelled == set(page.xpath("//form//*[self::input or self::select]/@id"))
    assert response.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_the_boxes_show_and_set_the_permissions(
    sandbox: Sandbox, browser: Browser
) -> None:
    path, company = f"/companies/{HARROW_TEXTILES}/", sandbox.companies[HARROW_TEXTILES]
    page = html.fromstring(browser.get(path).content)
    shown = set(page.xpath("//input[@name='permission'][@checked]/@value"))
    form = {"change": "permissions", "permission": ["accounts-payable.bills"]}

    response = browser.post(path, data=form)

    assert len(shown) == 6
    assert (response.status_code, response.headers["Location"]) == (303, path)
    assert company.granted == {"accounts-payable.bills"}


def test_a_sender_is_authorised_and_removed_by_hand(
    sandbox: Sandbox, browser: Browser
) -> None:
    path, company = f"/companies/{PAPETERIES_LAC}/", sandbox.companies[PAPETERIES_LAC]

    browser.post(path, data={"change": "senders", "authorise": " <b>x</b> "})
    page = browser.get(path).text
    browser.post(path, data={"change": "senders", "dismiss": "<b>x</b>"})

    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "<b>" not in page
    assert company.senders == set()


def test_faults_locks_and_sessions_are_changed_by_hand(
    sandbox: Sandbox, browser: Browser, connect: Connect
) -> None:
    path, company = f"/companies/{COOP_RIVES}/", sandbox.companies[COOP_RIVES]
    connect(COOP_RIVES).sign_in()
    company.failures = 5

    browser.post(path, data={"change": "fault", "fault": "down"})
    browser.post(path, data={"change": "unlock"})
    browser.post(path, data={"change": "expire"})

    assert (company.fault, company.is_locked, company.sessions) == ("down", False, {})


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/sandbox.css", 200),
        ("HEAD", "/", 200),
        ("POST", "/", 404),
        ("PUT", "/", 405),
        ("GET", "/companies/Nowhere/", 404),
        ("GET", f"/companies/{COOP_RIVES}", 404),
        ("POST", f"/companies/{COOP_RIVES}/", 400),
    ],
)
def test_other_requests_get_a_plain_status(
    browser: Browser, method: str, path: str, status: int
) -> None:
    assert browser.request(method, path).status_code == status


def test_a_form_of_another_site_is_refused(browser: Browser) -> None:
    response = browser.post(
        f"/companies/{COOP_RIVES}/",
        data={"change": "fault", "fault": "down"},
        headers={"Origin": "https://evil.example"},
    )

    assert response.status_code == 403
