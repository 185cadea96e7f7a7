"""The bench reads what the gateway holds: figures are checked, speed never is."""

import json
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from linksite import integrations, syncing
from linksite.intacct import sandbox as sandboxes
from linksite.management.commands import bench_sync
from tests import certificates
from tests.bench.gateway import Gateway

ROOT = Path(__file__).resolve().parent.parent.parent


@contextmanager
def _serving(tls: ssl.SSLContext | None = None) -> Iterator[Gateway]:
    with Gateway(0, 4001, 0.0) as server:
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """Serve a company with more invoices than two pages hold."""
    with _serving() as server:
        yield server


def _bench(task: str, address: str, **more: str) -> subprocess.CompletedProcess:
    """Run the command in a process that has no configuration at all."""
    return subprocess.run(
        [sys.executable, "manage.py", "bench_sync"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "TASK": task, "GW_URL": address} | more,
        capture_output=True,
        text=True,
    )


def _address(gateway: Gateway) -> str:
    return f"http://127.0.0.1:{gateway.server_port}"


def test_every_invoice_is_read_once_in_as_few_requests_as_can_be(gateway):
    done = _bench("read", _address(gateway))

    figures = json.loads(done.stdout)
    assert list(figures) == ["records", "seconds", "requests", "peak_rss_mb"]
    assert figures["records"] == 4001
    assert figures["requests"] == gateway.stats["requests"] == 3 + 1
    assert gateway.stats["connections"] == gateway.stats["max_inflight"] == 1


@pytest.mark.django_db
def test_a_sync_in_slices_opens_one_connection(gateway, settings, monkeypatch):
    address = _address(gateway)
    settings.GATEWAY_URL = f"{address}{bench_sync.PATH}"
    settings.GATEWAY_TEST_HOSTS = frozenset({address.removeprefix("http://")})
    monkeypatch.setattr(integrations, "transport", None)
    monkeypatch.setattr(integrations, "echoes_company", False)
    monkeypatch.setattr(syncing, "SLICE_SECONDS", -1.0)

    try:
        read, requests = bench_sync._read(bench_sync._make_connection())
    finally:
        integrations.hang_up()

    assert (read, requests) == (4001, 3 + 1)
    assert gateway.stats["connections"] == 1


def test_a_gateway_may_speak_tls(tmp_path):
    root = certificates.certificate("A root of the tests")
    mine = certificates.certificate("localhost", issuer=root)
    trusted = tmp_path / "root.pem"
    trusted.write_bytes(root[0].public_bytes(serialization.Encoding.PEM))

    with _serving(certificates.context(tmp_path, mine)) as gateway:
        address = f"https://localhost:{gateway.server_port}"
        done = _bench("probe", address, SSL_CERT_FILE=str(trusted))
        refused = _bench("probe", address)

    assert json.loads(done.stdout)["records"] == 25
    assert refused.returncode != 0


def test_a_probe_takes_two_requests(gateway):
    figures = json.loads(_bench("probe", _address(gateway)).stdout)

    assert figures["records"] == 25
    assert gateway.stats["requests"] == figures["requests"] == 2
    assert gateway.stats["functions"] == 1 + 25


def test_an_import_needs_no_gateway():
    figures = json.loads(_bench("import", "").stdout)

    assert (figures["records"], figures["requests"]) == (0, 0)


def test_the_client_brings_no_sandbox():
    code = "import sys, linksite.intacct; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True)

    loaded = run.stdout.decode().split()
    assert not [name for name in loaded if "sandbox" in name or "books" in name]
    assert "django" not in loaded


def test_the_sandbox_can_be_measured_too(live_sandbox):
    done = _bench("read", live_sandbox.url)

    company = live_sandbox.companies[sandboxes.ATELIER_BRUME]
    invoices = company.books.tables["ARINVOICE"]
    assert json.loads(done.stdout)["records"] == len(invoices)


def test_a_refusal_is_said_and_nothing_is_measured(live_sandbox):
    done = _bench("read", live_sandbox.url, GW_PASSWORD="wrong")

    assert done.returncode != 0
    assert done.stdout == ""
    assert "bad_login" in done.stderr


@pytest.mark.parametrize("address", ["", "ftp://127.0.0.1", "127.0.0.1:8001"])
def test_an_address_that_is_none_is_refused(address):
    done = _bench("read", address)

    assert done.returncode != 0
    assert "GW_URL" in done.stderr


def test_a_database_with_a_site_in_it_is_left_alone(tmp_path, gateway):
    url = f"sqlite:///{tmp_path}/site.sqlite3"
    assert _bench("probe", _address(gateway), DATABASE_URL=url).returncode == 0
    script = "from linksite.models import Client; Client.objects.create(name='Alder')"
    secrets = {
        "SECRET_KEY": "a-signing-key-of-more-than-32-characters",
        "TOKEN_PEPPER": "a-pepper-for-tokens-of-more-than-32-characters",
        "VAULT_KEYS": "k1:MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    }
    subprocess.run(
        [sys.executable, "manage.py", "shell", "-c", script],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url} | secrets,
        capture_output=True,
        check=True,
    )

    done = _bench("probe", _address(gateway), DATABASE_URL=url)

    assert done.returncode != 0
    assert "holds a site" in done.stderr


def test_the_defaults_are_the_sandbox_s():
    assert tuple(bench_sync.DEFAULTS.values()) == (
        sandboxes.SANDBOX_SENDER_ID,
        sandboxes.SANDBOX_SENDER_PASSWORD,
        sandboxes.ATELIER_BRUME,
        sandboxes.SANDBOX_USER,
        sandboxes.SANDBOX_PASSWORD,
    )
