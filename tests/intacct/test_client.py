"""Conversations with the Sandbox, in memory and over real sockets."""

import gzip
import io
import socket
import threading
import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pytest

from linksite.intacct import (
    BY_SLUG,
    DATASETS,
    PERMISSIONS,
    EntityRefused,
    GatewayUnavailable,
    IntacctError,
    PermissionMissing,
    RequestRefused,
    SenderRefused,
    Session,
    SetupIncomplete,
    SignInRefused,
)
from linksite.intacct.endpoints import PATH, is_allowed, is_public
from linksite.intacct.patience import retry_after
from linksite.intacct.sandbox import (
    COOP_RIVES,
    HARROW_TEXTILES,
    PAPETERIES_LAC,
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_PASSWORD,
    Sandbox,
)

from .conftest import TODAY, Connect, make_client

ACCOUNTS = BY_SLUG["accounts"].sources[0]
INVOICES = BY_SLUG["invoices"].sources[0]
BILLS = BY_SLUG["bills"].sources[0]
TRIAL_BALANCE = BY_SLUG["trial-balance"].sources[0]


def make_app(*headers: tuple[str, str], status: str = "200 OK", body: bytes) -> Any:
    """Return an app that always answers the same."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        environ["wsgi.input"].read()
        start_response(status, list(headers))
        return [body]

    return app


@contextmanager
def answering(talk: Callable[[socket.socket], None]) -> Iterator[str]:
    """Listen on a socket and treat the first caller as `talk` says."""
    server = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        caller, _ = server.accept()
        with caller:
            talk(caller)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"127.0.0.1:{server.getsockname()[1]}"
    thread.join(5)
    server.close()


def test_signing_in_is_one_post_and_gives_a_session(connect: Connect) -> None:
    client = connect()

    session = client.sign_in()

    assert client.posts == 1
    assert session.entity_id == ""
    assert session.expires_at is not None
    assert session.expires_at > datetime.now(UTC)


@pytest.mark.parametrize(
    ("changes", "error", "outcome"),
    [
        ({"password": "wrong"}, SignInRefused, "bad_login"),
        ({"sender_password": "wrong"}, SenderRefused, "bad_partner_credential"),
        ({"sender_id": "nobody"}, SenderRefused, "bad_partner_credential"),
        (
            {"company_id": "Nowhere"},
            SignInRefused,
            "company_unknown_or_sender_inactive",
        ),
        ({"company_id": PAPETERIES_LAC}, SetupIncomplete, "sender_not_authorised"),
    ],
)
def test_a_refused_sign_in_says_who_must_act_and_is_not_repeated(
    connect: Connect, changes: dict[str, str], error: type[IntacctError], outcome: str
) -> None:
    client = connect(**changes)

    with pytest.raises(error) as caught:
        client.sign_in()

    assert caught.value.outcome == outcome
    assert client.posts == 1


def test_no_secret_stands_in_an_error(connect: Connect) -> None:
    with pytest.raises(SignInRefused) as caught:
        connect(password="Wrong-Pass-1").sign_in()

    told = repr(caught.value) + str(caught.value) + repr(vars(caught.value))
    for secret in ("Wrong-Pass-1", SANDBOX_PASSWORD, SANDBOX_SENDER_PASSWORD):
        assert secret not in told


@pytest.mark.parametrize("password", ["  two  spaces ", "a&b<c>'\"", "é😀\t", "]]>"])
def test_a_password_arrives_exactly_as_typed(
    sandbox: Sandbox, connect: Connect, password: str
) -> None:
    sandbox.companies[COOP_RIVES].set_password("alderfinch_ws", password)

    assert connect(COOP_RIVES, password=password).sign_in()


def test_the_entities_are_those_the_user_may_enter(connect: Connect) -> None:
    found = [(entity.id, entity.name) for entity in connect().entities()]

    assert found == [("100", "Paris"), ("200", "Lyon"), ("300", "Lille")]


def test_a_single_entity_company_has_no_entities(connect: Connect) -> None:
    assert connect(COOP_RIVES).entities() == []


def changing(sandbox: Sandbox, changes: dict[bytes, bytes]) -> Any:
    """Return the Sandbox behind a door that changes what it is asked."""

    def app(environ: Any, start_response: Any) -> Any:
        body = environ["wsgi.input"].read()
        for old, new in changes.items():
            body = body.replace(old, new)
        changed = {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        return sandbox(environ | changed, start_response)

    return app


@pytest.mark.parametrize(
    ("company_id", "entities"), [(HARROW_TEXTILES, ["10", "20"]), (COOP_RIVES, [])]
)
def test_the_entities_are_read_as_objects_if_they_are_not_told(
    sandbox: Sandbox, company_id: str, entities: list[str]
) -> None:
    app = changing(sandbox, {b"readEntityDetails": b"unheardOf"})

    with make_client(app, company_id) as client:
        assert [entity.id for entity in client.entities()] == entities


def test_entities_that_may_not_be_listed_are_not_taken_for_none(
    sandbox: Sandbox,
) -> None:
    changes = {b"readEntityDetails": b"unheardOf", b"LOCATIONENTITY": b"APBILL"}

    with (
        make_client(changing(sandbox, changes), HARROW_TEXTILES) as client,
        pytest.raises(PermissionMissing),
    ):
        client.entities()


def test_a_probe_in_an_entity_takes_four_posts(
    sandbox: Sandbox, connect: Connect
) -> None:
    client = connect()

    client.sign_in()
    top = client.probe(PERMISSIONS)
    client.enter("200")
    inside = client.probe(PERMISSIONS)

    assert client.posts == sandbox.posts("AtelierBrume") == 4
    assert {c.state for c in (*top.values(), *inside.values())} == {"granted"}
    assert len(sandbox.log[-1].functions) == 1 + len(PERMISSIONS)


def test_a_probe_names_exactly_what_is_missing(connect: Connect) -> None:
    found = connect(HARROW_TEXTILES).probe(PERMISSIONS)
    missing = {key: check for key, check in found.items() if check.state != "granted"}

    assert set(missing) == {"accounts-payable.bills", "general-ledger.trial-balance"}
    assert {check.state for check in missing.values()} == {"missing"}
    assert all(check.support_id for check in missing.values())


def test_a_granted_permission_is_seen_by_the_next_probe(
    sandbox: Sandbox, connect: Connect
) -> None:
    sandbox.companies[HARROW_TEXTILES].grant("accounts-payable.bills")

    found = connect(HARROW_TEXTILES).probe(PERMISSIONS)

    assert found["accounts-payable.bills"].state == "granted"


def test_an_entity_that_is_not_there_is_refused(connect: Connect) -> None:
    with pytest.raises(EntityRefused):
        connect().enter("999")


def test_in_an_entity_one_sees_its_own_rows_and_the_shared_ones(
    connect: Connect,
) -> None:
    client = connect()
    client.enter("200")

    invoices, accounts = client.read(INVOICES), client.read(ACCOUNTS)

    assert {row["MEGAENTITYID"] for row in invoices.rows} == {"200"}
    assert len(accounts.rows) == 60


def test_pages_follow_one_another_without_loss(connect: Connect) -> None:
    client, keys, cursor, is_last = connect(), [], "", False

    while not is_last:
        page = client.read(INVOICES, after=cursor, page_size=100)
        keys += [row["RECORDNO"] for row in page.rows]
        cursor, is_last = page.cursor, page.is_last

    assert len(keys) == len(set(keys)) == 420
    assert client.posts == 6
    assert (page.total, len(page.rows)) == (20, 20)


def test_everything_of_the_happy_company_is_about_a_thousand_rows(
    connect: Connect,
) -> None:
    client = connect()
    sources = [source for dataset in DATASETS for source in dataset.sources]

    pages = [client.read(source, as_of=TODAY) for source in sources]

    assert sum(len(page.rows) for page in pages) == 1014
    assert all(page.is_last for page in pages)


def test_the_trial_balance_is_one_page(connect: Connect) -> None:
    page = connect().read(TRIAL_BALANCE, as_of=TODAY)

    assert (len(page.rows), page.total, page.is_last) == (60, 60, True)


def test_reading_without_the_right_is_a_missing_permission(connect: Connect) -> None:
    with pytest.raises(PermissionMissing) as caught:
        connect(HARROW_TEXTILES).read(BILLS)

    assert caught.value.number == "PL04000005"


def test_an_expired_session_is_renewed_once_and_in_its_entity(
    sandbox: Sandbox, connect: Connect
) -> None:
    client = connect()
    client.enter("200")
    sandbox.companies["AtelierBrume"].expire_sessions()

    page = client.read(INVOICES)

    assert {row["MEGAENTITYID"] for row in page.rows} == {"200"}
    assert client.posts == 6  # sign in, enter, refused; sign in, enter, read


def test_a_session_of_an_earlier_conversation_goes_on(connect: Connect) -> None:
    session = connect().enter("200")
    client = connect()

    client.session = session
    client.enter("200")
    client.read(ACCOUNTS)

    assert client.posts == 1


def test_a_session_of_elsewhere_is_sent_nowhere(connect: Connect) -> None:
    client = connect()
    client.session = Session("id", "https://evil.example" + PATH, "", None)

    with pytest.raises(RequestRefused):
        client.read(ACCOUNTS)

    assert client.posts == 0


def test_a_password_changed_meanwhile_is_tried_once(
    sandbox: Sandbox, connect: Connect
) -> None:
    client = connect()
    client.sign_in()
    sandbox.companies["AtelierBrume"].expire_sessions()
    sandbox.companies["AtelierBrume"].set_password("alderfinch_ws", "new")

    with pytest.raises(SignInRefused):
        client.read(INVOICES)

    assert client.posts == 3


def test_every_post_takes_its_turn(sandbox: Sandbox) -> None:
    lock, company = threading.Lock(), sandbox.companies[COOP_RIVES]
    company.fault, company.delay = "slow", 0.05

    def talk() -> None:
        with make_client(sandbox, COOP_RIVES, turn=lambda: lock) as client:
            client.probe(PERMISSIONS)

    threads = [threading.Thread(target=talk) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sandbox.posts(COOP_RIVES) == 6
    assert sandbox.most_at_once(COOP_RIVES) == 1


def test_without_turns_the_sandbox_sees_several_at_once(sandbox: Sandbox) -> None:
    company = sandbox.companies[COOP_RIVES]
    company.fault, company.delay = "slow", 0.3
    clients = [make_client(sandbox, COOP_RIVES) for _ in range(3)]

    threads = [threading.Thread(target=client.sign_in) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sandbox.most_at_once(COOP_RIVES) == 3


@pytest.mark.parametrize("fault", ["down", "nonsense", "empty", "cut", "slow"])
def test_a_broken_gateway_is_unavailable_within_the_budget(
    sandbox: Sandbox, connect: Connect, fault: str
) -> None:
    company = sandbox.companies[COOP_RIVES]
    company.fault, company.delay = fault, 0.4
    started = time.monotonic()

    with pytest.raises(GatewayUnavailable):
        connect(COOP_RIVES, budget=0.3).probe(PERMISSIONS)

    assert time.monotonic() - started < 1.3
    assert sandbox.posts(COOP_RIVES) == 1


def test_a_read_is_tried_six_times_when_the_gateway_is_down(
    sandbox: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    client = connect(COOP_RIVES)
    client.sign_in()
    sandbox.companies[COOP_RIVES].fault = "down"

    with pytest.raises(GatewayUnavailable):
        client.read(ACCOUNTS)

    assert client.posts == 1 + 6


def test_a_gateway_that_recovers_costs_the_caller_nothing(
    sandbox: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = sandbox.companies[COOP_RIVES]
    client = connect(COOP_RIVES)
    client.sign_in()
    company.fault = "down"
    monkeypatch.setattr(time, "sleep", lambda s: setattr(company, "fault", None))

    assert len(client.read(ACCOUNTS).rows) == 60


def test_retry_after_is_told_when_it_does_not_fit(connect: Connect) -> None:
    app = make_app(("Retry-After", "300"), status="429 Too Many Requests", body=b"")

    with (
        make_client(app, COOP_RIVES) as client,
        pytest.raises(GatewayUnavailable) as caught,
    ):
        client.sign_in()

    assert (caught.value.outcome, caught.value.retry_after) == ("throttled", 300)


def test_a_pause_longer_than_the_budget_is_not_waited_for(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = make_app(("Retry-After", "300"), status="429 Busy", body=b"")
    waits: list[float] = []
    monkeypatch.setattr(time, "sleep", waits.append)

    with make_client(lambda *a: apps.pop(0)(*a), COOP_RIVES) as client:
        apps = [sandbox, busy]
        with pytest.raises(GatewayUnavailable):
            client.read(ACCOUNTS)

    assert waits == []


@pytest.mark.parametrize(
    ("header", "seconds"),
    [("30", 30), (" 5 ", 5), (None, None), ("soon", None), ("-1", None), ("²", None)],
)
def test_retry_after_is_read_as_seconds(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after(header) == seconds


def test_retry_after_may_be_a_date() -> None:
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT") == 0


BAD_URLS = [
    "",
    "http://api.intacct.com/ia/xml/xmlgw.phtml",
    "ftp://api.intacct.com/ia/xml/xmlgw.phtml",
    "https://intacct.com/ia/xml/xmlgw.phtml",
    "https://evilintacct.com/ia/xml/xmlgw.phtml",
    "https://api.intacct.com.evil.example/ia/xml/xmlgw.phtml",
    "https://evil.example/.intacct.com/ia/xml/xmlgw.phtml",
    "https://api.intacct.com:22/ia/xml/xmlgw.phtml",
    "https://api.intacct.com:443/ia/xml/xmlgw.phtml",
    "https://user@api.intacct.com/ia/xml/xmlgw.phtml",
    "https://evil.example@api.intacct.com/ia/xml/xmlgw.phtml",
    "https://api.intacct.com/ia/xml/xmlgw.phtml?x=1",
    "https://api.intacct.com/ia/xml/xmlgw.phtml#x",
    "https://api.intacct.com/ia/xml/xmlgw.phtml\n",
    "https://api.intacct.com/ia/xml/../xml/xmlgw.phtml",
    "https://api.intacct.com/ia/xml/other.phtml",
    "https://api.intacct.com./ia/xml/xmlgw.phtml",
    "https://.intacct.com/ia/xml/xmlgw.phtml",
    "https://-a.intacct.com/ia/xml/xmlgw.phtml",
    "https://аpi.intacct.com/ia/xml/xmlgw.phtml",
    "https://api.intacct.com\\@evil.example/ia/xml/xmlgw.phtml",
    "https://127.0.0.1/ia/xml/xmlgw.phtml",
    "http://169.254.169.254/ia/xml/xmlgw.phtml",
    "https://api\u3002intacct.com/ia/xml/xmlgw.phtml",
]


@pytest.mark.parametrize("url", BAD_URLS)
def test_a_bad_endpoint_gets_neither_password_nor_session(
    sandbox: Sandbox, connect: Connect, url: str
) -> None:
    with pytest.raises(RequestRefused):
        connect(COOP_RIVES, endpoint=url)
    sandbox.url = url

    with pytest.raises(GatewayUnavailable):
        connect(COOP_RIVES).read(ACCOUNTS)

    assert sandbox.posts(COOP_RIVES) == 1


@pytest.mark.parametrize("host", ["api", "p1", "na12", "a.b.c"])
def test_a_gateway_of_sage_is_allowed(host: str) -> None:
    assert is_allowed(f"https://{host}.intacct.com{PATH}")


def test_a_test_host_is_allowed_only_as_named() -> None:
    assert is_allowed(f"http://127.0.0.1:8001{PATH}", {"127.0.0.1:8001"})
    assert not is_allowed(f"http://127.0.0.1:8002{PATH}", {"127.0.0.1:8001"})
    assert not is_allowed("http://127.0.0.1:8001/", {"127.0.0.1:8001"})


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.0.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104 an address to refuse, not to bind
        "224.0.0.1",
        "::1",
        "fe80::1",
        "fc00::1",
        "::ffff:10.0.0.1",
        "nonsense",
    ],
)
def test_an_address_of_our_own_network_is_not_public(address: str) -> None:
    assert not is_public(address)


def test_a_public_address_is_public() -> None:
    assert is_public("93.184.216.34") and is_public("2606:2800:220:1::1")


def test_a_gateway_name_that_leads_home_gets_no_byte(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    heard: list[bytes] = []
    dial = socket.create_connection

    with answering(lambda caller: heard.append(caller.recv(99))) as host:
        port = int(host.split(":")[1])
        monkeypatch.setattr(
            socket, "create_connection", lambda *a, **k: dial(("127.0.0.1", port))
        )
        with (
            make_client(None, COOP_RIVES, transport=None) as client,
            pytest.raises(GatewayUnavailable, match="public"),
        ):
            client.sign_in()

    assert heard == [b""]


@pytest.mark.parametrize("status", ["301 X", "302 X", "307 X", "308 X"])
def test_a_redirect_is_not_followed(status: str) -> None:
    app = make_app(("Location", "https://evil.example/"), status=status, body=b"")
    hosts: list[str] = []

    def door(environ: Any, start_response: Any) -> list[bytes]:
        hosts.append(environ["SERVER_NAME"])
        return app(environ, start_response)

    with make_client(door, COOP_RIVES) as client, pytest.raises(GatewayUnavailable):
        client.sign_in()

    assert hosts == ["api.intacct.com"]


def test_cookies_are_not_kept(sandbox: Sandbox) -> None:
    seen: list[str] = []

    def app(environ: Any, start_response: Any) -> Any:
        seen.append(environ.get("HTTP_COOKIE", ""))
        cookie = ("Set-Cookie", "a=b; Path=/")
        return sandbox(environ, lambda s, h: start_response(s, [*h, cookie]))

    with make_client(app, COOP_RIVES) as client:
        client.read(ACCOUNTS)
        client.read(ACCOUNTS)

    assert seen == ["", "", ""]


def zipped(sandbox: Sandbox, spoil: Callable[[bytes], bytes]) -> Any:
    """Return the Sandbox with its answers compressed, then spoilt."""

    def app(environ: Any, start_response: Any) -> list[bytes]:
        kept: list[Any] = []
        body = b"".join(sandbox(environ, lambda *args: kept.extend(args)))
        start_response(kept[0], [("Content-Encoding", "gzip")])
        return [spoil(gzip.compress(body))]

    return app


def test_gzip_is_undone_though_not_asked_for(sandbox: Sandbox) -> None:
    with make_client(zipped(sandbox, bytes), COOP_RIVES) as client:
        assert len(client.read(ACCOUNTS).rows) == 60


@pytest.mark.parametrize(
    "spoil",
    [
        lambda packed: packed[:-9],
        lambda packed: b"no gzip",
        lambda packed: gzip.compress(b" " * 200_000_000, 1),
        lambda packed: b"x" * 17_000_000,
    ],
    ids=["cut", "not gzip", "bomb", "too long"],
)
def test_spoilt_compression_is_refused(
    sandbox: Sandbox, spoil: Callable[[bytes], bytes]
) -> None:
    with (
        make_client(zipped(sandbox, spoil), COOP_RIVES) as client,
        pytest.raises(GatewayUnavailable),
    ):
        client.sign_in()


def test_a_bomb_takes_no_more_memory_than_the_cap() -> None:
    bomb = gzip.compress(b" " * 200_000_000, 1)
    app = make_app(("Content-Encoding", "gzip"), body=bomb)
    tracemalloc.start()

    with make_client(app, COOP_RIVES) as client, pytest.raises(GatewayUnavailable):
        client.sign_in()

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 150_000_000


def test_other_encodings_are_refused() -> None:
    app = make_app(("Content-Encoding", "br"), body=b"<response/>")

    with make_client(app, COOP_RIVES) as client, pytest.raises(GatewayUnavailable):
        client.sign_in()


def test_it_all_works_over_a_real_socket(served: str, sandbox: Sandbox) -> None:
    with make_client(
        None, COOP_RIVES, endpoint=sandbox.url, test_hosts={served}
    ) as client:
        assert client.probe(PERMISSIONS)
        assert len(client.read(ACCOUNTS).rows) == 60


def test_a_test_host_that_was_not_named_is_refused(sandbox: Sandbox) -> None:
    with pytest.raises(RequestRefused):
        make_client(sandbox, COOP_RIVES, endpoint=f"http://127.0.0.1:1{PATH}")


def test_proxies_of_the_environment_are_ignored(
    served: str, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")

    with make_client(
        None, COOP_RIVES, endpoint=sandbox.url, test_hosts={served}
    ) as client:
        assert client.sign_in()


def drip_head(caller: socket.socket) -> None:
    caller.recv(9999)
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 100:
        caller.send(bytes([byte]))
        time.sleep(0.1)


def drip_body(caller: socket.socket) -> None:
    caller.recv(9999)
    caller.send(b"HTTP/1.1 200 OK\r\n\r\n<response>")
    for _ in range(100):
        caller.send(b"<a/>")
        time.sleep(0.1)


@pytest.mark.parametrize("drip", [drip_head, drip_body])
def test_an_answer_that_drips_is_stopped_in_time(
    drip: Callable[[socket.socket], None],
) -> None:
    def talk(caller: socket.socket) -> None:
        try:
            drip(caller)
        except OSError:
            return

    with answering(talk) as host:
        started = time.monotonic()
        options = {"endpoint": f"http://{host}{PATH}", "test_hosts": {host}}
        with (
            make_client(None, COOP_RIVES, budget=0.6, **options) as client,
            pytest.raises(GatewayUnavailable),
        ):
            client.sign_in()
        assert time.monotonic() - started < 1.6


def test_a_gateway_that_hangs_up_is_unavailable() -> None:
    with answering(lambda caller: None) as host:
        url = f"http://{host}{PATH}"
        with (
            make_client(None, COOP_RIVES, endpoint=url, test_hosts={host}) as client,
            pytest.raises(GatewayUnavailable),
        ):
            client.sign_in()


def test_nothing_secret_is_logged(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1)
    client = connect()
    session = client.sign_in()
    client.read(ACCOUNTS)

    for secret in (SANDBOX_PASSWORD, SANDBOX_SENDER_PASSWORD, session.session_id):
        assert secret not in caplog.text
