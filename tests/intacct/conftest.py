"""A Sandbox for each test, and clients that talk to it without a network."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import httpx
import pytest

from linksite.intacct import Client, Login, Sender
from linksite.intacct.endpoints import PATH
from linksite.intacct.sandbox import (
    ATELIER_BRUME,
    SANDBOX_PASSWORD,
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    SANDBOX_USER,
    Sandbox,
)
from linksite.intacct.wire import Request

SAMPLES = Path(__file__).parent.parent / "samples" / "intacct"
TODAY = date(2026, 3, 2)
Connect = Callable[..., Client]


def make_request(*functions: str) -> Request:
    """Return the request that the samples answer."""
    return Request(b"", "sample", functions, True, ("s3cret-word",))


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(today=TODAY)


@pytest.fixture
def connect(sandbox: Sandbox) -> Iterator[Connect]:
    """Open clients: of a company, with whatever else is to be different."""
    with ExitStack() as stack:

        def make(company_id: str = ATELIER_BRUME, **changes: Any) -> Client:
            client = make_client(sandbox, company_id, **changes)
            return stack.enter_context(client)

        yield make


def make_client(
    app: Any,
    company_id: str,
    *,
    password: str = SANDBOX_PASSWORD,
    sender_id: str = SANDBOX_SENDER_ID,
    sender_password: str = SANDBOX_SENDER_PASSWORD,
    **options: Any,
) -> Client:
    if "test_hosts" not in options:
        options.setdefault("transport", httpx.WSGITransport(app=app))
    sender = Sender(sender_id, sender_password)
    return Client(sender, Login(company_id, SANDBOX_USER, password), **options)


class QuietHandler(WSGIRequestHandler):
    """A handler that writes no log."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def served(sandbox: Sandbox) -> Iterator[str]:
    """Serve the Sandbox on a real socket; give its "host:port"."""
    server = make_server("127.0.0.1", 0, sandbox, WSGIServer, QuietHandler)
    host = f"127.0.0.1:{server.server_port}"
    sandbox.url = f"http://{host}{PATH}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield host
    server.shutdown()
    server.server_close()
    thread.join()
