"""Faults over real sockets: each ends in its outcome, in time, within its memory.

The figures are printed with `-s`. `make test` waits a fraction of what the site
waits; `make soak` waits longer and tries as often as the site does.
"""

import datetime
import gzip
import re
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from linksite.intacct import (
    BY_SLUG,
    DATASETS,
    Client,
    IntacctError,
    Login,
    Pace,
    Sender,
    connections,
    transport,
)
from linksite.intacct.endpoints import PATH
from linksite.intacct.sandbox import (
    ATELIER_BRUME,
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    Sandbox,
    SandboxCompany,
)
from tests.certificates import certificate, context

from .conftest import TODAY
from .gate import Answer, Gate, Talk, http, reset, stalling

INVOICES = BY_SLUG["invoices"].sources[0]
BUSY = 15.0  # seconds that a machine at its limit may take for a big answer
MOST_MEMORY = 150  # MB that a fault may cost
FAST = Pace(connect=0.3, read=0.7, first=0.01, longest=0.05, tries=3)
# For a gateway that answers: a busy machine must not look like a silent one.
CALM = Pace(connect=5.0, read=7.0, first=0.01, longest=0.05, tries=3)
FULL = Pace(connect=1.0, read=4.0, first=0.1, longest=1.0, tries=6)
PACES = [
    pytest.param(FAST, id="slice"),
    pytest.param(FULL, id="full", marks=pytest.mark.soak),
]


def answer(
    status: int, body: bytes = b"", *headers: str, length: int | None = -1
) -> Talk:
    def talk(caller: socket.socket, right: Answer) -> None:
        caller.sendall(http(status, body, *headers, length=length))

    return talk


def altered(change: Callable[[bytes], bytes], *headers: str) -> Talk:
    def talk(caller: socket.socket, right: Answer) -> None:
        caller.sendall(http(200, change(right[1]), *headers))

    return talk


def replaced(old: bytes, new: bytes) -> Talk:
    def change(body: bytes) -> bytes:
        assert old in body
        return body.replace(old, new, 1)

    return altered(change)


def drip(head: bytes, piece: bytes, pause: float) -> Talk:
    """Send a beginning, then pieces until the other side has had enough."""

    def talk(caller: socket.socket, right: Answer) -> None:
        caller.sendall(head)
        for _ in range(2000):
            caller.sendall(piece)
            time.sleep(pause)

    return talk


def flood(head: bytes, piece: bytes, times: int) -> Talk:
    def talk(caller: socket.socket, right: Answer) -> None:
        caller.sendall(head)
        for _ in range(times):
            caller.sendall(piece)

    return talk


def late(seconds: float) -> Talk:
    def talk(caller: socket.socket, right: Answer) -> None:
        time.sleep(seconds)
        caller.sendall(http(*right))

    return talk


def in_slices(caller: socket.socket, right: Answer) -> None:
    caller.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sent = http(*right)
    for start in range(0, 3000):
        caller.sendall(sent[start : start + 1])
    caller.sendall(sent[3000:])


def reset_now(caller: socket.socket, right: Answer) -> None:
    reset(caller)


def reset_later(caller: socket.socket, right: Answer) -> None:
    caller.sendall(http(*right)[:2000])
    time.sleep(0.05)
    reset(caller)


def half_close(caller: socket.socket, right: Answer) -> None:
    caller.sendall(http(*right)[:400])
    caller.shutdown(socket.SHUT_WR)
    with suppress(OSError):
        caller.recv(1)


XML = b"<?xml version='1.0' encoding='UTF-8'?>"
BARE = b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\n"
PAGE = b"<!DOCTYPE html><html><body>cf-error-details</body></html>"
MEGABYTE = b"x" * 1_000_000
LAUGHS = (
    b"<!DOCTYPE l [<!ENTITY a 'ha'>"
    + b"".join(b"<!ENTITY %c '%s'>" % (n + 1, b"&%c;" % n * 10) for n in range(97, 107))
    + b"]><response>&k;</response>"
)
REFUSED = b"<response><control><status>failure</status></control><errormessage>"
MANY = (
    b"<error><errorno>GW-0001</errorno><description>&lt;script&gt;alert(1)"
    + b"x" * 9000
    + b"</description></error>"
)
JPP = (
    REFUSED + b"<error><errorno>XMLGW_JPP0002</errorno><description>Sign-in "
    b"information is incorrect. Please check your request.</description></error>"
    b"</errormessage></response>"
)


def bomb(encoding: str) -> Talk:
    """Answer with 100 MB that are small on the way."""
    packed = gzip.compress(b" " * 100_000_000, 1)
    if encoding == "gzip, gzip":
        packed = gzip.compress(packed)
    return answer(200, packed, f"Content-Encoding: {encoding}")


def _latin(body: bytes) -> bytes:
    return body.replace(b"Atelier", b"Ateli\xe8r").replace(b"INV", b"\xe9NV", 1)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong after the sign-in, and how the reading must end."""

    name: str
    talk: Callable[[], Talk]
    outcome: str
    retried: bool = False


def fault(name: str, talk: Talk, outcome: str, *, retried: bool = False) -> Fault:
    return Fault(name, lambda: talk, outcome, retried)


GONE, BAD, SLOW = "transient", "malformed_response", "unknown_outcome"
HTTP_FAULTS = [
    fault("net-reset-before-reply", reset_now, GONE, retried=True),
    fault("net-reset-mid-body", reset_later, GONE, retried=True),
    fault("net-half-close", half_close, GONE, retried=True),
    fault("net-latency", late(0.3), "ok"),
    fault("net-too-late", late(6), SLOW),
    fault("net-1-kb-a-second", drip(BARE + b"\r\n", b"<a/>" * 25, 0.1), SLOW),
    fault("net-1-byte-slices", in_slices, "ok"),
    fault("net-slow-header", drip(BARE + b"X: ", b"x", 0.05), SLOW),
    fault("net-drip", drip(BARE + b"\r\n<response>", b"<", 0.05), SLOW),
    fault("http-200-html", answer(200, PAGE), GONE, retried=True),
    fault("http-200-empty", answer(200), GONE, retried=True),
    fault("http-200-json", answer(200, b'{"a": 1}'), BAD),
    fault("http-204", answer(204, length=None), GONE, retried=True),
    *(
        fault(
            f"http-{n}-evil",
            answer(n, b"", "Location: http://169.254.169.254/"),
            "transport_blocked",
        )
        for n in (301, 302, 307, 308)
    ),
    fault("http-403-waf", answer(403, PAGE), "transport_blocked"),
    fault("http-404", answer(404, b"not found"), "transport_blocked"),
    fault("http-413", answer(413, PAGE), "transport_blocked"),
    fault("http-429", answer(429), "throttled", retried=True),
    fault(
        "http-429-wait-0", answer(429, b"", "Retry-After: 0"), "throttled", retried=True
    ),
    fault("http-429-wait-30", answer(429, b"", "Retry-After: 30"), "throttled"),
    fault("http-429-for-ever", answer(429, b"", "Retry-After: 100000000"), "throttled"),
    fault(
        "http-429-past",
        answer(429, b"", "Retry-After: Wed, 21 Oct 2015 07:28:00 GMT"),
        "throttled",
        retried=True,
    ),
    *(
        fault(f"http-{n}", answer(n, PAGE), GONE, retried=True)
        for n in (500, 502, 503, 504)
    ),
    fault("http-524", answer(524), SLOW),
    fault(
        "http-length-too-long",
        altered(bytes, "Content-Length: 9999999"),
        GONE,
        retried=True,
    ),
    fault(
        "http-length-too-short",
        answer(200, XML + b"<response><control>", length=30),
        BAD,
    ),
    fault(
        "http-chunk-cut",
        answer(200, b"ffff\r\n<response>", "Transfer-Encoding: chunked", length=None),
        GONE,
        retried=True,
    ),
    Fault("http-gzip-bomb", lambda: bomb("gzip"), BAD),
    Fault("http-double-gzip-bomb", lambda: bomb("gzip, gzip"), BAD),
    fault("http-br", answer(200, b"\x0b", "Content-Encoding: br"), BAD),
    fault(
        "http-broken-gzip", answer(200, b"\x1f\x8bxx", "Content-Encoding: gzip"), BAD
    ),
    fault(
        "http-deflate",
        answer(200, zlib.compress(b"x"), "Content-Encoding: deflate"),
        BAD,
    ),
    fault(
        "http-2000-headers",
        answer(200, b"", *(f"X-{n}: {'x' * 99}" for n in range(2000))),
        GONE,
        retried=True,
    ),
    fault("http-100-mb", flood(BARE + b"\r\n", MEGABYTE, 100), BAD),
    fault(
        "http-endless-chunks",
        flood(
            BARE + b"Transfer-Encoding: chunked\r\n\r\n",
            b"f4240\r\n" + MEGABYTE + b"\r\n",
            10_000,
        ),
        BAD,
    ),
]


def cut(sixteenth: int) -> Talk:
    return altered(lambda body: body[: len(body) * sixteenth // 16])


XML_FAULTS = [
    *(fault(f"xml-cut-{n}-of-16", cut(n), BAD) for n in range(1, 16)),
    fault("xml-doctype", replaced(b"<response>", b"<!DOCTYPE r><response>"), BAD),
    fault("xml-10^9-laughs", answer(200, LAUGHS), BAD),
    fault(
        "xml-quadratic",
        answer(
            200,
            b"<!DOCTYPE r [<!ENTITY a '%s'>]><response>" % (b"x" * 50_000)
            + b"&a;" * 50_000
            + b"</response>",
        ),
        BAD,
    ),
    fault(
        "xml-external-entity",
        answer(
            200,
            b"<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"
            b"<response>&x;</response>",
        ),
        BAD,
    ),
    fault("xml-depth-300", answer(200, b"<response>" + b"<a>" * 300), BAD),
    fault(
        "xml-2-m-elements",
        answer(200, b"<response>" + b"<a/>" * 2_000_000),
        BAD,
    ),
    fault("xml-11-mb-text", answer(200, b"<response>" + MEGABYTE * 11), BAD),
    fault("xml-nul", replaced(b"<data", b"\x00<data"), BAD),
    fault("xml-&#1;", replaced(b"<RECORDNO>", b"<RECORDNO>&#1;"), BAD),
    fault("xml-bad-utf-8", replaced(b"<RECORDNO>", b"<RECORDNO>\xff\xfe"), BAD),
    fault("xml-utf-16", altered(lambda b: b.decode().encode("utf-16")), BAD),
    fault("xml-wrong-charset", replaced(b"UTF-8", b"KOI8-R"), BAD),
    fault("xml-latin-as-utf-8", altered(_latin), BAD),
    fault("xml-two-roots", altered(lambda body: body + b"<response/>"), BAD),
    fault(
        "xml-wrong-root", altered(lambda b: b.replace(b"response>", b"answer>")), BAD
    ),
    fault(
        "xml-no-control", altered(lambda b: b.replace(b"control>", b"kontrol>")), BAD
    ),
    fault("xml-wrong-controlid", replaced(b"<controlid>", b"<controlid>x"), BAD),
    fault(
        "xml-1000-errors",
        answer(200, REFUSED + MANY * 1000 + b"</errormessage></response>"),
        GONE,
        retried=True,
    ),
    fault("xml-rows-lost", replaced(b'count="50"', b'count="51"'), BAD),
]


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate(Sandbox(today=TODAY))
    yield gate
    gate.close()


def caller_of(gate: Gate, pace: Pace, *, url: str = "") -> Client:
    return Client(
        Sender(SANDBOX_SENDER_ID, SANDBOX_SENDER_PASSWORD),
        Login(ATELIER_BRUME, SANDBOX_USER, SANDBOX_PASSWORD),
        endpoint=url or gate.url,
        test_hosts={gate.host},
        pace=pace,
    )


def _high_water() -> int:
    """Return the most memory this process had since `_forget`, in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    return 0


def _forget() -> int:
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")
    return _high_water()


@contextmanager
def measured(name: str, seconds: float) -> Iterator[list[str]]:
    """Time a block and weigh it; print its line of the table."""
    ended: list[str] = []
    before, started = _forget(), time.monotonic()
    yield ended
    took, grown = time.monotonic() - started, _high_water() - before
    said = f"{name:<28}{' '.join(ended):<36}{took:6.2f} s of {seconds:5.1f}{grown:5} MB"
    print(said)  # noqa: T201 the table of figures
    assert took <= seconds, said
    assert grown <= MOST_MEMORY, said


def outcome_of(act: Callable[[], object]) -> str:
    try:
        act()
    except IntacctError as failure:
        assert len(failure.text) <= 300
        return failure.outcome
    return "ok"


def most_seconds(pace: Pace) -> float:
    return pace.tries * (pace.connect + pace.longest) + pace.read + BUSY


@pytest.mark.parametrize("pace", PACES)
@pytest.mark.parametrize(
    "fault", [*HTTP_FAULTS, *XML_FAULTS], ids=lambda fault: fault.name
)
def test_a_fault_ends_in_its_outcome(gate: Gate, fault: Fault, pace: Pace) -> None:
    talk = fault.talk()
    with caller_of(gate, pace) as client:
        client.sign_in()
        gate.talk = talk
        with measured(fault.name, most_seconds(pace)) as ended:
            ended.append(outcome_of(lambda: client.read(INVOICES, page_size=50)))
            ended.append(f"{gate.heard - 1}×")

    assert ended[0] == fault.outcome
    assert (gate.heard - 1 > 1) is fault.retried
    assert sum(call.functions == ("getAPISession",) for call in gate.sandbox.log) == 1


@pytest.mark.parametrize("pace", PACES)
def test_a_sign_in_that_fails_is_never_repeated(gate: Gate, pace: Pace) -> None:
    harsh = ("net-reset-before-reply", "net-half-close", "http-200-html", "http-502")
    for fault in (each for each in HTTP_FAULTS if each.name in harsh):
        before, gate.talk = gate.heard, fault.talk()
        with caller_of(gate, pace) as client:
            assert outcome_of(client.sign_in) == fault.outcome
        assert gate.heard - before == 1


def test_401_of_a_session_is_one_new_sign_in(gate: Gate) -> None:
    with caller_of(gate, CALM) as client:
        client.sign_in()
        gate.talk = answer(401, JPP)
        with measured("http-401-jpp0002", 3.0) as ended:
            ended.append(outcome_of(lambda: client.read(INVOICES)))

    assert ended == ["bad_login"]
    assert gate.heard == 3  # sign in, read, sign in: and no more


# --- the network below HTTP ---------------------------------------------------


@pytest.mark.parametrize("pace", PACES)
def test_nobody_at_home(gate: Gate, pace: Pace) -> None:
    with caller_of(gate, pace) as client:
        client.sign_in()
        gate.close()
        with measured("net-refused", most_seconds(pace)) as ended:
            ended.append(outcome_of(lambda: client.read(INVOICES)))

    assert ended == ["transient"]
    assert client.posts == 1


@pytest.mark.parametrize("pace", PACES)
def test_a_connection_that_stalls(gate: Gate, pace: Pace) -> None:
    with stalling() as host, measured("net-connect-stall", most_seconds(pace)) as ended:
        gate.host = host
        with caller_of(gate, pace, url=f"http://{host}{PATH}") as client:
            ended.append(outcome_of(client.sign_in))

    assert ended == ["transient"]
    assert client.posts == 0


@pytest.mark.parametrize(
    ("name", "look_up"),
    [
        ("net-dns-none", lambda *a, **k: (_ for _ in ()).throw(socket.gaierror(-2))),
        ("net-dns-slow", lambda *a, **k: time.sleep(3)),
    ],
)
def test_a_name_that_is_not_found(
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    look_up: Callable[..., object],
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    url = f"https://api.intacct.com{PATH}"
    with measured(name, 1.5) as ended, caller_of(gate, FAST, url=url) as client:
        ended.append(outcome_of(client.sign_in))

    assert ended == ["transient"]
    assert client.posts == 0


# --- TLS ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "outcome"),
    [
        ("tls-good", "ok"),
        ("tls-expired", "transient"),
        ("tls-other-host", "transient"),
        ("tls-self-signed", "transient"),
        ("tls-stall", "transient"),
    ],
)
def test_a_certificate_that_is_not_sages(
    gate: Gate,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    outcome: str,
) -> None:
    root = certificate("A root of the tests")
    host = "evil.example" if name == "tls-other-host" else "api.intacct.com"
    days = -1 if name == "tls-expired" else 1
    issuer = None if name == "tls-self-signed" else root
    trusted = tmp_path / "root.pem"
    trusted.write_bytes(root[0].public_bytes(serialization.Encoding.PEM))
    monkeypatch.setattr("certifi.where", lambda: str(trusted))
    monkeypatch.setattr(transport, "_trust", transport._trust.__wrapped__)
    monkeypatch.setattr(connections, "is_public", lambda address: True)
    here = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", gate.port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: [here])
    if name == "tls-stall":
        gate.talk = None
    else:
        gate.tls = context(tmp_path, certificate(host, days=days, issuer=issuer))
    gate.sandbox.url = f"https://api.intacct.com{PATH}"
    with (
        measured(f"net-{name}", 3.0) as ended,
        caller_of(gate, FAST, url=gate.sandbox.url) as client,
    ):
        ended.append(outcome_of(client.sign_in))

    assert ended == [outcome]
    assert gate.heard == client.posts == (outcome == "ok")


# --- sessions that end, change or are another's -------------------------------


def everything(client: Client) -> dict[str, str]:
    """Read every source to its end; return how each reading ended, by its object."""
    ended = {}
    for source in (s for d in DATASETS for s in d.sources):
        try:
            page = client.read(source, page_size=50, as_of=TODAY)
            while not page.is_last:
                page = client.read(source, after=page.cursor, page_size=50)
            ended[source.object] = "ok"
        except IntacctError as failure:
            ended[source.object] = failure.outcome
    return ended


def at_post(number: int, act: Callable[[Gate], object]) -> Callable[[Gate], None]:
    """Prepare a gate so that something happens before the answer to a POST."""

    def prepare(gate: Gate) -> None:
        gate.before = lambda heard: act(gate) if heard == number else None

    return prepare


def company(gate: Gate) -> SandboxCompany:
    return gate.sandbox.companies[ATELIER_BRUME]


def past(gate: Gate) -> None:
    gate.alter = lambda body: re.sub(
        b"<sessiontimeout>[^<]*", b"<sessiontimeout>2001-01-01T00:00:00+00:00", body
    )


def other_company(gate: Gate) -> None:
    gate.alter = lambda body: body.replace(
        b"<companyid>AtelierBrume<", b"<companyid>CoopRives<"
    )


def evil_endpoint(gate: Gate) -> None:
    company(gate).expire_sessions()
    gate.sandbox.url = "http://169.254.169.254" + PATH


def lock(gate: Gate) -> None:
    company(gate).expire_sessions()
    for _ in range(5):
        company(gate).signs_in(SANDBOX_USER, "wrong")


def clock_off(gate: Gate) -> None:
    late = datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=10)
    gate.alter = lambda body: re.sub(
        b"<(sessiontimestamp|sessiontimeout)>[^<]*",
        rb"<\1>" + late.isoformat().encode(),
        body,
    )


def demo_expired(gate: Gate) -> None:
    gate.talk = answer(
        200,
        REFUSED + b"<error><errorno>PL04000055</errorno></error></errormessage>"
        b"</response>",
    )


LAST = 19  # POSTs of a sign-in and a reading of everything
# What happens, at which POST; who ends how (the rest ends well); sign-ins in all.
SESSIONS = {
    "sess-ends-at-page-1": (2, lambda g: company(g).expire_sessions(), "ok", 2),
    "sess-ends-midway": (9, lambda g: company(g).expire_sessions(), "ok", 2),
    "sess-ends-at-the-last": (LAST, lambda g: company(g).expire_sessions(), "ok", 2),
    "sess-timeout-in-the-past": (1, past, "ok", 1),
    "sess-endpoint-evil": (4, evil_endpoint, "malformed_response", 99),
    "sess-reply-of-another": (4, other_company, "malformed_response", 1),
    "sess-password-rotated": (
        9,
        lambda g: (
            company(g).expire_sessions(),
            company(g).set_password(SANDBOX_USER, "new"),
        ),
        "bad_login",
        2,
    ),
    "sess-user-locked": (9, lock, "bad_login", 2),
    "sess-clock-10-min-off": (1, clock_off, "ok", 1),
    "sess-sender-revoked": (
        9,
        lambda g: company(g).dismiss_sender(SANDBOX_SENDER_ID),
        "sender_not_authorised",
        1,
    ),
    "sess-company-expired": (9, demo_expired, "company_expired_demo", 1),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_a_session_that_fails(gate: Gate, name: str) -> None:
    number, act, outcome, most = SESSIONS[name]
    at_post(number, act)(gate)
    with caller_of(gate, CALM) as client, measured(name, 8.0) as ended:
        found = everything(client)
        ended += sorted(set(found.values()))

    assert set(found.values()) <= {"ok", outcome}
    assert outcome in found.values()
    sign_ins = sum(c.functions == ("getAPISession",) for c in gate.sandbox.log)
    assert sign_ins <= most


def test_a_right_lost_on_the_way_stops_one_reading_only(gate: Gate) -> None:
    act = at_post(2, lambda g: company(g).revoke("accounts-payable.bills"))
    act(gate)
    with caller_of(gate, CALM) as client, measured("sess-right-lost", 8.0) as ended:
        found = everything(client)
        ended += sorted(set(found.values()))

    assert found.pop("APBILL") == "permission_missing"
    assert set(found.values()) == {"ok"}


def test_an_entity_that_is_gone_is_said_to_be(gate: Gate) -> None:
    with caller_of(gate, CALM) as client, measured("sess-entity-gone", 3.0) as ended:
        client.enter("200")
        company(gate).expire_sessions()
        entities = [e for e in company(gate).entities if e.id != "200"]
        object.__setattr__(company(gate), "entities", tuple(entities))
        ended.append(outcome_of(lambda: client.read(INVOICES)))

    assert ended == ["entity_denied_or_session_failed"]


def test_a_session_may_be_moved_to_another_address(gate: Gate) -> None:
    other = Gate(gate.sandbox)
    with caller_of(gate, CALM) as client, measured("sess-endpoint-moves", 3.0) as ended:
        client._test_hosts |= {other.host}
        client._line._test_hosts |= {other.host}
        client.sign_in()
        ended.append(outcome_of(lambda: client.read(INVOICES)))
    other.close()

    assert ended == ["ok"]
    assert (gate.heard, other.heard) == (1, 1)
