"""A gateway for measuring: one big company, pages ready in memory, on loopback."""

import argparse
import json
import random
import re
import ssl
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PATH = "/ia/xml/xmlgw.phtml"
STATS = "/_stats"
MAX_REQUEST = 1024 * 1024  # bytes
MAX_PAGE = 2000
FIELDS = [
    "RECORDID",
    "RECORDTYPE",
    "STATE",
    "RAWSTATE",
    "CUSTOMERID",
    "CUSTOMERNAME",
    "TRX_ENTITYDUE",
    "CUSTMESSAGEID",
    "SHIPTO.CONTACTNAME",
    "BILLTO.CONTACTNAME",
    "DOCNUMBER",
    "DESCRIPTION",
    "DESCRIPTION2",
    "WHENCREATED",
    "WHENPOSTED",
    "WHENDISCOUNT",
    "WHENDUE",
    "WHENPAID",
    "TERMNAME",
    "BASECURR",
    "CURRENCY",
    "EXCH_RATE_DATE",
    "EXCH_RATE_TYPE_ID",
    "EXCHANGE_RATE",
    "TOTALENTERED",
    "TOTALSELECTED",
    "TOTALPAID",
    "TOTALDUE",
    "TRX_TOTALENTERED",
    "TRX_TOTALSELECTED",
    "TRX_TOTALPAID",
    "TRX_TOTALDUE",
    "ONHOLD",
    "AUWHENCREATED",
    "WHENMODIFIED",
    "CREATEDBY",
    "MODIFIEDBY",
    "MEGAENTITYID",
    "MEGAENTITYNAME",
    "SUPDOCID",
    "DUE_IN_DAYS",
]
TEXTS = (
    "Prestation de conseil, forfait mensuel selon contrat",
    "Fournitures &amp; accessoires pour l&apos;atelier",
    "Réassort tissus, lin et coton, livraison à Lyon",
)

_FUNCTION = re.compile(rb'<function controlid="([^"]*)">\s*<(\w+)')
_CONTROLID = re.compile(rb"<control>.*?<controlid>([^<]*)<", re.S)
_AFTER = re.compile(
    rb"<greaterthan>\s*<field>RECORDNO</field>\s*<value>(\d+)</value>\s*</greaterthan>"
)
_OFFSET = re.compile(rb"<offset>(\d+)<")
_SIZE = re.compile(rb"<pagesize>(\d+)<")


def make_row(chance: random.Random) -> bytes:
    """Return an invoice of 42 fields without its RECORDNO, about 1.7 KB."""
    values = dict.fromkeys(FIELDS, "")
    for name in FIELDS:
        if "TOTAL" in name or name == "TRX_ENTITYDUE":
            values[name] = f"{chance.randrange(10**7) / 100:.2f}"
        elif name.startswith("WHEN") or name.endswith("DATE"):
            values[name] = f"0{chance.randint(1, 9)}/{chance.randint(10, 28)}/2025"
        elif name.startswith("DESC"):
            values[name] = chance.choice(TEXTS)
        elif name not in ("WHENPAID", "WHENDISCOUNT", "SUPDOCID", "CUSTMESSAGEID"):
            values[name] = f"{name.title()[:9]}-{chance.randrange(10**9):09}"
    fields = (f"<{n}>{v}</{n}>" if v else f"<{n}></{n}>" for n, v in values.items())
    return "".join(fields).encode() + b"</ARINVOICE>"


class Books:
    """`total` invoices numbered from 1; every two thousand have the same values."""

    def __init__(self, total: int) -> None:
        chance = random.Random(4)  # noqa: S311
        self.total = total
        self._rows = [make_row(chance) for _ in range(MAX_PAGE)]
        self._ready: dict[tuple[int, int], bytes] = {}

    def page(self, after: int, size: int) -> bytes:
        """Return the `data` of the page past `after`, ready if it was prepared."""
        return self._ready.pop((after, size), b"") or self._make(after, size)

    def prepare(self, after: int, size: int) -> None:
        """Make the page that is asked for next, while the client is at work."""
        if after < self.total:
            self._ready = {(after, size): self._make(after, size)}

    def _make(self, after: int, size: int) -> bytes:
        last = min(after + min(size, MAX_PAGE), self.total)
        rows = [
            b"<ARINVOICE><RECORDNO>%d</RECORDNO>%s" % (n, self._rows[n % MAX_PAGE])
            for n in range(after + 1, last + 1)
        ]
        head = b'<data listtype="ARINVOICE" totalcount="%d" offset="0" count="%d" '
        left = b'numremaining="%d">' % (self.total - last)
        return head % (self.total, len(rows)) + left + b"".join(rows) + b"</data>"


class Gateway(ThreadingHTTPServer):
    """Answers after `latency` seconds; counts what it is asked."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, total: int, latency: float) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.books, self.latency = Books(total), latency
        self.lock = threading.Lock()
        self.in_flight = 0
        self.stats = {
            "requests": 0,
            "functions": 0,
            "connections": 0,
            "max_inflight": 0,
        }

    def count(
        self, requests: int = 0, functions: int = 0, connections: int = 0
    ) -> None:
        """Add to the counts; a request is in flight until `done`."""
        with self.lock:
            self.in_flight += requests
            self.stats["requests"] += requests
            self.stats["functions"] += functions
            self.stats["connections"] += connections
            most = max(self.stats["max_inflight"], self.in_flight)
            self.stats["max_inflight"] = most

    def done(self) -> None:
        """Count a request as answered."""
        with self.lock:
            self.in_flight -= 1

    def take_stats(self) -> dict[str, int]:
        """Return the counts and begin again."""
        with self.lock:
            taken, self.stats = self.stats, dict.fromkeys(self.stats, 0)
        return taken


class Handler(BaseHTTPRequestHandler):
    """One connection, kept open between requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 30
    server: Gateway
    _is_counted = False
    _next = (0, 0)

    def do_GET(self) -> None:
        """Answer the counts since the last time somebody asked."""
        self._send(json.dumps(self.server.take_stats()).encode())

    def do_POST(self) -> None:
        """Answer a request of the protocol."""
        length = int(self.headers.get("Content-Length", 0))
        if self.path != PATH or length > MAX_REQUEST:
            self.send_error(404)
            return
        asked = self.rfile.read(length)
        functions = _FUNCTION.findall(asked)
        self.server.count(1, len(functions), connections=not self._is_counted)
        self._is_counted = True
        try:
            body = self._answer(asked, functions)
            time.sleep(self.server.latency)
            self._send(body)
        finally:
            self.server.done()
        if len(body) > MAX_REQUEST:
            self.server.books.prepare(*self._next)

    def _answer(self, asked: bytes, functions: list[tuple[bytes, bytes]]) -> bytes:
        found = _CONTROLID.search(asked)
        results = (
            self._result(asked, controlid, name) for controlid, name in functions
        )
        return (
            b'<?xml version="1.0" encoding="UTF-8"?>\n<response><control><status>'
            b"success</status><senderid>s</senderid><controlid>%s</controlid><uniqueid>false"
            b"</uniqueid><dtdversion>3.0</dtdversion></control><operation>"
            b"<authentication><status>success</status><userid>u</userid><companyid>c"
            b"</companyid><locationid></locationid><sessiontimestamp>"
            b"2026-01-01T00:00:00+00:00</sessiontimestamp><sessiontimeout>"
            b"2099-01-01T00:00:00+00:00</sessiontimeout></authentication>%s</operation>"
            b"</response>"
        ) % (found[1] if found else b"", b"".join(results))

    def _result(self, asked: bytes, controlid: bytes, name: bytes) -> bytes:
        if name == b"getAPISession":
            scheme = "https" if isinstance(self.connection, ssl.SSLSocket) else "http"
            address = f"{scheme}://{self.headers.get('Host', '')}{PATH}"
            data = (
                b"<data><api><sessionid>bench</sessionid><endpoint>%s</endpoint>"
                b"<locationid></locationid></api></data>"
            ) % address.encode()
        else:
            data = self._page(asked)
        return (
            b"<result><status>success</status><function>%s</function><controlid>%s"
            b"</controlid>%s</result>"
        ) % (name, controlid, data)

    def _page(self, asked: bytes) -> bytes:
        after, offset, size = (p.search(asked) for p in (_AFTER, _OFFSET, _SIZE))
        start = after or offset
        first, number = int(start[1]) if start else 0, int(size[1]) if size else 100
        self._next = (first + number, number)
        return self.server.books.page(first, number)

    def _send(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/xml; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


def main() -> None:
    """Serve on a free port, which is the first line printed, until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds")
    asked = parser.parse_args()
    with Gateway(0, asked.records, asked.latency) as server:
        print(server.server_port, flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
