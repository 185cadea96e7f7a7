"""What else the client reads, and what it does when an answer is too much."""

import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from lxml import etree

from linksite.intacct import (
    BY_SLUG,
    MISSING,
    PERMISSION_BY_KEY,
    PERMISSIONS,
    UNCHECKED,
    Check,
    Checks,
    Client,
    CompanyInfo,
    Formatting,
    GatewayUnavailable,
    Login,
    Pace,
    Page,
    PermissionMissing,
    RequestRefused,
    Right,
    Sender,
    SignInRefused,
    all_missing,
    least_privilege,
    readings,
    trees,
)
from linksite.intacct.endpoints import PATH
from linksite.intacct.outcomes import error
from linksite.intacct.sandbox import (
    ATELIER_BRUME,
    HARROW_TEXTILES,
    SANDBOX_USER,
    Sandbox,
)
from linksite.intacct.wire import Reply, Result

from .conftest import Connect, make_client

INVOICES = BY_SLUG["invoices"].sources[0]
ACCOUNTS = BY_SLUG["accounts"].sources[0]
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENDPOINT = "https://p1.intacct.com" + PATH

Tell = Callable[[str, etree._Element], str]


def scripted(tell: Tell, **options: Any) -> tuple[Client, list[etree._Element]]:
    """Return a client, and the calls it made; `tell` gives the inside of a result."""
    asked: list[etree._Element] = []

    def answer(request: httpx.Request) -> httpx.Response:
        root = etree.fromstring(request.content)
        results = ""
        for function in root.iterfind("operation/content/function"):
            call = function[0]
            if call.tag == "getAPISession":
                inside = (
                    f"<data><api><sessionid>s</sessionid><endpoint>{ENDPOINT}"
                    "</endpoint><locationid/></api></data>"
                )
            else:
                asked.append(call)
                inside = tell(str(call.tag), call)
            is_bad = "<errormessage>" in inside
            results += (
                f"<result><status>{'failure' if is_bad else 'success'}</status>"
                f"<function>{call.tag}</function>"
                f"<controlid>{function.get('controlid')}</controlid>{inside}</result>"
            )
        body = (
            "<response><control><status>success</status>"
            f"<controlid>{root.findtext('control/controlid')}</controlid></control>"
            "<operation><authentication><status>success</status>"
            f"<companyid>BoisClair</companyid></authentication>{results}"
            "</operation></response>"
        )
        return httpx.Response(200, stream=httpx.ByteStream(body.encode()))

    client = Client(
        Sender("linksite", "Sender-Pass"),
        Login("BoisClair", "lecteur", "User-Pass"),
        transport=httpx.MockTransport(answer),
        **options,
    )
    return client, asked


def refusal(number: str, text: str) -> str:
    return (
        f"<errormessage><error><errorno>{number}</errorno>"
        f"<description2>{text}</description2></error></errormessage>"
    )


FORBIDDEN = refusal("PL04000005", "You do not have permission for this")
NO_REASON = refusal("DL02000001", "There was an error processing the request.")
FORMATTING = (
    "<data><userformatting><recordno>48</recordno><locale>fr_FR</locale><dateformat>"
    "/dmY</dateformat><gmtoffset>{}</gmtoffset><clock>24</clock></userformatting></data>"
)
EMPTY = '<data listtype="ARINVOICE" totalcount="0" count="0" numremaining="0"/>'


def test_company_modules_and_rights_are_read(connect: Connect) -> None:
    client = connect()

    assert client.company().id == ATELIER_BRUME
    assert {"GL", "AR", "AP", "CM"} <= client.applications()
    assert Right("Accounts Payable", "Bills", ("List", "View")) in (
        client.own_rights() or ()
    )


def test_rights_that_may_not_be_seen_are_no_failure() -> None:
    client, _ = scripted(lambda name, call: FORBIDDEN)

    assert client.own_rights() is None


def test_a_company_tells_its_name() -> None:
    row = "<data><company_info><title>BoisClair</title><name>Bois Clair</name>"
    client, asked = scripted(lambda name, call: f"{row}</company_info></data>")

    assert client.company() == CompanyInfo("BoisClair", "Bois Clair")
    assert asked[0].get("object") == "company_info"


@pytest.mark.parametrize(
    ("offset", "hours"), [("+09:30", 9.5), ("-07:00", -7), ("+00:00", 0)]
)
def test_the_clock_of_the_user_is_read_once(offset: str, hours: float) -> None:
    client, asked = scripted(lambda name, call: FORMATTING.format(offset))

    assert client.formatting() == Formatting(
        "fr_FR", "/dmY", timedelta(hours=hours), "24"
    )
    assert client.formatting().clock == "24"
    assert [call.findtext("userId") for call in asked] == ["lecteur"]


@pytest.mark.parametrize("offset", ["", "9", "+9:30", "GMT", "+15:00", "+02:99"])
def test_a_clock_we_cannot_read_is_said_to_be(offset: str) -> None:
    client, _ = scripted(lambda name, call: FORMATTING.format(offset))

    with pytest.raises(GatewayUnavailable, match="clock"):
        client.formatting()


# --- a window of time ---------------------------------------------------------


def window_of(call: etree._Element) -> list[tuple[str, str, str]]:
    return [
        (str(each.tag), each.findtext("field") or "", each.findtext("value") or "")
        for each in call.iterfind("filter/and/*")
    ]


def test_rows_modified_since_are_asked_for_in_the_users_time() -> None:
    client, asked = scripted(
        lambda name, call: FORMATTING.format("-07:00") if "User" in name else EMPTY
    )

    client.read(INVOICES, after="41", since=NOON - timedelta(hours=2), until=NOON)

    assert window_of(asked[-1]) == [
        ("greaterthan", "RECORDNO", "41"),
        ("greaterthanorequalto", "WHENMODIFIED", "03/02/2026 03:00:00"),
        ("lessthanorequalto", "WHENMODIFIED", "03/02/2026 05:00:00"),
    ]
    assert asked[-1].findtext("orderby/order/field") == "RECORDNO"


def test_an_unknown_clock_widens_the_window_and_loses_nothing() -> None:
    client, asked = scripted(lambda name, call: FORBIDDEN if "User" in name else EMPTY)

    client.read(INVOICES, since=NOON, until=NOON)

    assert [value for _, _, value in window_of(asked[-1])] == [
        "03/02/2026 00:00:00",
        "03/03/2026 02:00:00",
    ]


def test_a_window_reads_each_changed_row_once_over_many_pages(
    sandbox: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, seen = connect(), []
    monkeypatch.setattr(
        client, "formatting", lambda: Formatting("", "", timedelta(), "")
    )
    company = sandbox.companies[ATELIER_BRUME]
    first = company.table("ARINVOICE").first
    instant = {"WHENMODIFIED": "03/02/2026 11:00:00"}
    changed = dict.fromkeys(range(first + 100, first + 350), instant)
    company.edits.setdefault("ARINVOICE", {}).update(changed)
    after, is_last = "", False

    while not is_last:
        page = client.read(
            INVOICES,
            after=after,
            page_size=60,
            since=NOON - timedelta(hours=2),
            until=NOON,
        )
        seen += [row["RECORDNO"] for row in page.rows]
        after, is_last = page.cursor, page.is_last

    assert len(seen) == len(set(seen)) >= 250
    assert set(seen) >= set(map(str, changed))


# --- result sets --------------------------------------------------------------


def set_of(total: int, *, lie: int = 0) -> Tell:
    """Answer readByQuery and readMore for `total` rows, 100 at a time."""
    given = 0

    def tell(name: str, call: etree._Element) -> str:
        nonlocal given
        rows = range(given, min(total, given + 100))
        given += len(rows)
        inside = "".join(f"<x><RECORDNO>{n}</RECORDNO></x>" for n in rows)
        return (
            f'<data listtype="x" count="{len(rows)}" totalcount="{total}" '
            f'numremaining="{total - given + lie}" resultId="R@1">{inside}</data>'
        )

    return tell


def test_a_result_set_is_read_to_its_end_page_by_page() -> None:
    client, asked = scripted(set_of(250))

    pages = list(client.read_by_query("GLACCOUNTBALANCE", "PERIOD = 'X'"))

    assert [len(page.rows) for page in pages] == [100, 100, 50]
    assert [call.tag for call in asked] == ["readByQuery", "readMore", "readMore"]
    assert asked[1].findtext("resultId") == "R@1"


def test_a_long_result_set_takes_no_more_memory_than_its_pages() -> None:
    client, _ = scripted(set_of(20_000))
    tracemalloc.start()

    read = sum(len(page.rows) for page in client.read_by_query("X", ""))

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert read == 20_000
    assert peak < 2_000_000


def test_a_result_set_that_does_not_get_shorter_is_stopped() -> None:
    before = Page([], 150, "R", is_last=False)
    same = Result([{"A": "1"}] * 100, 100, 250, 150, result_id="R")

    with pytest.raises(GatewayUnavailable, match="does not go on"):
        readings.result_set(Reply((same,), None), before)


def test_a_result_set_that_expired_says_so() -> None:
    tell = set_of(250)
    client, _ = scripted(
        lambda name, call: (
            tell(name, call)
            if name == "readByQuery"
            else refusal(
                "readMore failed", "Attempt to readMore with an expired resultId"
            )
        )
    )

    with pytest.raises(RequestRefused) as caught:
        list(client.read_by_query("GLACCOUNTBALANCE", ""))

    assert caught.value.outcome == "result_set_expired"


# --- too much, too slow, too often --------------------------------------------


def page_of(call: etree._Element, most: int) -> str:
    size = int(call.findtext("pagesize") or 0)
    if size > most:
        return f"<data>{'<x/>' * 30_001}</data>"
    inside = "".join(f"<x><RECORDNO>{n}</RECORDNO></x>" for n in range(1, size + 1))
    return f'<data count="{size}" totalcount="{size}" numremaining="0">{inside}</data>'


def test_a_page_that_is_too_big_is_halved_and_that_is_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trees, "MAX_ELEMENTS", 30_000)
    sizes: dict[str, int] = {}
    client, asked = scripted(lambda n, call: page_of(call, 250), page_sizes=sizes)

    client.read(INVOICES)
    client.read(INVOICES)

    wanted = [call.findtext("pagesize") for call in asked]
    assert wanted == ["1000", "500", "250", "250"]
    assert sizes == {"ARINVOICE": 250}


def test_the_smallest_page_is_fifty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "MAX_ELEMENTS", 30_000)
    client, asked = scripted(lambda n, call: page_of(call, 10))

    with pytest.raises(GatewayUnavailable):
        client.read(INVOICES, page_size=110)

    assert [call.findtext("pagesize") for call in asked] == ["110", "55", "50"]


def failing(sandbox: Sandbox, *statuses: str) -> Any:
    """Return the Sandbox, whose answers after the sign-in have these statuses."""
    left = ["", *statuses]

    def app(environ: Any, start_response: Any) -> Any:
        status = left.pop(0) if left else ""
        if not status:
            return sandbox(environ, start_response)
        environ["wsgi.input"].read()
        start_response(status, [])
        return [b""]

    return app


def test_524_waits_long_and_halves_the_page(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    app, sizes = failing(sandbox, "524 X", "524 X"), {}
    pace = Pace(longest=70)

    with make_client(
        app, ATELIER_BRUME, pace=pace, budget=1000, page_sizes=sizes
    ) as client:
        page = client.read(INVOICES, page_size=400)

    assert waits == [60, 60]
    assert len(page.rows) == 100
    assert sizes == {"ARINVOICE": 100}


def test_524_tells_a_caller_who_cannot_wait_so_long(sandbox: Sandbox) -> None:
    sizes: dict[str, int] = {}

    with (
        make_client(
            failing(sandbox, "524 X"), ATELIER_BRUME, page_sizes=sizes
        ) as client,
        pytest.raises(GatewayUnavailable) as caught,
    ):
        client.read(INVOICES)

    assert caught.value.retry_after == 60
    assert sizes == {"ARINVOICE": 500}


def test_too_many_operations_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    busy = refusal("X", "There are too many operations running for this company")
    told = [busy, busy, EMPTY]
    client, asked = scripted(lambda name, call: told.pop(0))

    assert client.read(INVOICES).rows == []
    assert len(asked) == 3


def test_pauses_are_random_and_grow(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    monkeypatch.setattr(
        "random.uniform", lambda low, high: asked.append(high) or high / 2
    )
    with (
        make_client(failing(sandbox, *["502 X"] * 9), ATELIER_BRUME) as client,
        pytest.raises(GatewayUnavailable),
    ):
        client.read(INVOICES)

    assert asked == [2, 4, 8, 16, 20]


def test_a_header_of_sages_own_is_honoured(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)
    left = [sandbox, None, sandbox]

    def app(environ: Any, start_response: Any) -> Any:
        door = left.pop(0)
        if door is not None:
            return door(environ, start_response)
        environ["wsgi.input"].read()
        start_response("429 X", [("X-IA-Throttle-Limit-RetryAfter", "7")])
        return [b""]

    with make_client(app, ATELIER_BRUME) as client:
        client.read(ACCOUNTS)

    assert waits == [7]


def test_every_post_that_left_is_counted(sandbox: Sandbox) -> None:
    counted: list[tuple[str, ...]] = []

    with make_client(
        failing(sandbox, "404 X"), ATELIER_BRUME, count=counted.append
    ) as client:
        with pytest.raises(GatewayUnavailable):
            client.read(ACCOUNTS)
        client.probe(PERMISSIONS)

    assert [len(functions) for functions in counted] == [1, 1, 9]
    assert counted[:2] == [("getAPISession",), ("query",)]
    assert client.posts == 3


def test_a_refused_login_is_not_sent_again(connect: Connect, sandbox: Sandbox) -> None:
    client = connect(password="wrong")

    for _ in range(5):
        with pytest.raises(SignInRefused):
            client.read(ACCOUNTS)

    assert sandbox.posts(ATELIER_BRUME) == 1


# --- probes -------------------------------------------------------------------

BILLS = PERMISSION_BY_KEY["accounts-payable.bills"]


@pytest.mark.parametrize(
    ("outcome", "subscribed", "state", "found"),
    [
        ("permission_missing", {"AP"}, MISSING, "permission_missing"),
        ("permission_missing", {"GL"}, MISSING, "object_unavailable"),
        ("permission_missing", None, MISSING, "permission_missing"),
        ("object_unavailable", {"GL"}, MISSING, "object_unavailable"),
        ("object_unavailable", {"AP"}, UNCHECKED, "object_unavailable"),
        ("object_unavailable", None, MISSING, "object_unavailable"),
        ("throttled", {"AP"}, UNCHECKED, "throttled"),
        ("field_unknown", {"AP"}, UNCHECKED, "field_unknown"),
        ("unknown_error", set(), UNCHECKED, "unknown_error"),
    ],
)
def test_a_module_that_is_not_there_is_not_a_right_that_is_missing(
    outcome: str, subscribed: set[str] | None, state: str, found: str
) -> None:
    check = readings.check(Result(error=error(outcome)), BILLS, subscribed)

    assert (check.state, check.outcome) == (state, found)


def test_modules_that_cannot_be_listed_do_not_stop_a_probe() -> None:
    client, _ = scripted(lambda name, call: FORBIDDEN if name != "query" else EMPTY)

    found = client.probe(PERMISSIONS)

    assert found["accounts-payable.bills"].state == "granted"
    assert found["general-ledger.trial-balance"].state == MISSING
    assert not found.is_everything_missing


@pytest.mark.parametrize(
    ("again", "state"),
    [(EMPTY, "granted"), (FORBIDDEN, MISSING), (NO_REASON, "unchecked")],
)
def test_a_failure_without_a_reason_is_asked_about_once_more_alone(
    again: str, state: str
) -> None:
    about_bills = 0

    def answer(name: str, call: etree._Element) -> str:
        nonlocal about_bills
        if call.findtext("object") != "APBILL":
            return EMPTY
        about_bills += 1
        return NO_REASON if about_bills == 1 else again

    client, _ = scripted(answer)

    found = client.probe(PERMISSIONS)

    assert found["accounts-payable.bills"].state == state
    assert (about_bills, client.posts) == (2, 3)


def test_everything_missing_is_one_mistake(sandbox: Sandbox, connect: Connect) -> None:
    for permission in PERMISSIONS:
        sandbox.companies[HARROW_TEXTILES].revoke(permission.key)

    assert connect(HARROW_TEXTILES).probe(PERMISSIONS).is_everything_missing


def test_modules_not_subscribed_say_nothing_about_the_role() -> None:
    missing = Check(MISSING, "permission_missing", "", "")
    absent = Check(MISSING, "object_unavailable", "", "")

    assert Checks({"a": missing, "b": missing, "c": absent}).is_everything_missing
    assert not Checks({"a": absent, "b": absent}).is_everything_missing
    assert not all_missing([])


def test_the_least_privilege_is_that_of_the_datasets() -> None:
    asked = [each for rows in least_privilege().values() for each in rows]

    assert set(asked) == set(PERMISSIONS)
    assert len(asked) == len(PERMISSIONS)
    assert all(
        each.module == module
        for module, rows in least_privilege().items()
        for each in rows
    )


def test_a_missing_right_is_still_an_error_to_a_reader() -> None:
    client, _ = scripted(lambda name, call: FORBIDDEN)

    with pytest.raises(PermissionMissing):
        client.read(INVOICES)


def test_the_user_is_the_one_that_signs_in(sandbox: Sandbox, connect: Connect) -> None:
    connect().own_rights()

    assert sandbox.log[-1].user_id == SANDBOX_USER
