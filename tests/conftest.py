"""The fixtures of every test: a Sandbox in place of the network, and people."""

import gc
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urldefrag

import httpx
import pytest
from django.conf import settings
from django.db import connection as database
from django.http import HttpResponse
from django.test import Client as Visitor
from django.utils import timezone

from linksite import integrations, lanes, probing, requesting, tasks
from linksite.intacct.sandbox import (
    SANDBOX_SENDER_ID,
    SANDBOX_SENDER_PASSWORD,
    Sandbox,
)
from linksite.management.commands.sandbox import QuietHandler, ThreadingServer
from linksite.models import (
    Client,
    Company,
    Connection,
    LinkRequest,
    Member,
    Probe,
    Run,
    Sync,
    User,
)

# Playwright's own loop makes Django think that it runs in async code.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

PASSWORD = "a long test password"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that keeps the second database short."""
    words = "run each test with the first of its cases only"
    parser.addoption("--first-cases", action="store_true", help=words)


@pytest.hookimpl(tryfirst=True)  # before the cases are shuffled
def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Keep the first case of each test, if that is asked for."""
    if not config.getoption("first_cases"):
        return
    first: dict[tuple[object, str], pytest.Item] = {}
    for item in items:
        if item.get_closest_marker("soak") is None:
            first.setdefault((item.path, item.originalname), item)
    kept = set(first.values())
    config.hook.pytest_deselected(items=[one for one in items if one not in kept])
    items[:] = [one for one in items if one in kept]


@pytest.fixture(scope="session", autouse=True)
def little_garbage() -> None:
    """Leave out of the collector's rounds what lives as long as the tests do."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings_parallel_suffix, tmp_path_factory
) -> None:
    """Keep SQLite's test database in a file: threads and processes share it."""
    if database.vendor == "sqlite":
        name = tmp_path_factory.mktemp("database") / "test.sqlite3"
        database.settings_dict["TEST"]["NAME"] = str(name)


@pytest.fixture(autouse=True)
def plain_static_files(settings) -> None:
    """Serve static files without a manifest, which only `collectstatic` makes."""
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {
            "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        }
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture(autouse=True)
def plain_addresses(monkeypatch) -> None:
    """Drop the fragment of every Location, as a browser does before it asks.

    What focus does with it is seen in a browser: tests/browser/test_keyboard.py.
    """
    ask = Visitor.request

    def request(visitor: Visitor, **environ: object) -> HttpResponse:
        answer = ask(visitor, **environ)
        if "Location" in answer.headers:
            answer.headers["Location"] = urldefrag(answer.headers["Location"]).url
        return answer

    monkeypatch.setattr(Visitor, "request", request)


@pytest.fixture(autouse=True)
def quick_people(request, settings) -> None:
    """Let a visit count at once, unless `at_our_pace`: tests outrun people."""
    settings.SETTLE_SECONDS = 30 if "at_our_pace" in request.keywords else 0


@pytest.fixture
def sandbox(monkeypatch) -> Iterator[Sandbox]:
    """Mount a fresh Sandbox where the network would be."""
    sandbox = Sandbox(url="http://sandbox.test/ia/xml/xmlgw.phtml")
    monkeypatch.setattr(integrations, "transport", httpx.WSGITransport(app=sandbox))
    monkeypatch.setattr(integrations.site, "GATEWAY_URL", sandbox.url)
    monkeypatch.setattr(
        integrations.site, "GATEWAY_TEST_HOSTS", frozenset({"sandbox.test"})
    )
    integrations._sessions.clear()
    yield sandbox


@pytest.fixture
def live_sandbox(monkeypatch) -> Iterator[Sandbox]:
    """Serve a fresh Sandbox over real sockets, for browsers' and workers' processes."""
    with ThreadingServer(("127.0.0.1", 0), QuietHandler) as server:
        host = f"127.0.0.1:{server.server_port}"
        sandbox = Sandbox(url=f"http://{host}/ia/xml/xmlgw.phtml")
        server.set_app(sandbox)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        monkeypatch.setattr(integrations.site, "GATEWAY_URL", sandbox.url)
        monkeypatch.setattr(integrations.site, "GATEWAY_TEST_HOSTS", frozenset({host}))
        integrations._sessions.clear()
        yield sandbox
        server.shutdown()


@pytest.fixture
def start_worker(
    transactional_db, live_sandbox, tmp_path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Return a starter of real worker processes on this test's database."""
    started: list[subprocess.Popen[bytes]] = []
    log = (tmp_path / "worker.log").open("ab")

    def start(lease_seconds: int = 2) -> subprocess.Popen[bytes]:
        environment = _environment(live_sandbox, LEASE_SECONDS=str(lease_seconds))
        command = [sys.executable, "manage.py", "worker"]
        started.append(
            subprocess.Popen(
                command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log
            )
        )
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()
    log.close()


@pytest.fixture
def web(transactional_db, live_sandbox, tmp_path) -> Iterator[str]:
    """Serve this test's database with one web process of four threads; its address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "granian", "--interface", "wsgi"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    command += ["--blocking-threads", "4", "--no-ws", "linksite.wsgi:application"]
    environment = _environment(live_sandbox, SETTLE_SECONDS="0", PAGE_CALLS="1")
    with (tmp_path / "web.log").open("ab") as log:
        process = subprocess.Popen(
            command, cwd=settings.BASE_DIR, env=environment, stdout=log, stderr=log
        )
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/livez")
        yield address
        process.terminate()
        process.wait()


def _wait_for(url: str) -> None:
    for _ in range(300):
        with suppress(httpx.TransportError):
            httpx.get(url)
            return
        time.sleep(0.1)
    raise TimeoutError(url)


def _environment(sandbox: Sandbox, **more: str) -> dict[str, str]:
    """Return the knobs of a process that works on this test's database."""
    return {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "linksite.settings",
        "DEBUG": "true",
        "DATABASE_URL": database_address(database.settings_dict),
        "GATEWAY_URL": sandbox.url,
        "GATEWAY_TEST_HOSTS": sandbox.url.split("/")[2],
        **more,
    }


@pytest.fixture
def many_processes(monkeypatch) -> None:
    """Give threads the room at the gateway that many web processes have together."""
    monkeypatch.setattr(lanes, "sign_ins", lanes.Lane(50, patience=0.0))
    monkeypatch.setattr(lanes, "looks", lanes.Lane(50, patience=0.0))


def database_address(row: dict[str, object]) -> str:
    """Return the DATABASE_URL of a database that Django is connected to."""
    if str(row["ENGINE"]).endswith("sqlite3"):
        return f"sqlite:///{row['NAME']}"
    user = f"{row['USER']}:{row['PASSWORD']}@" if row["USER"] else ""
    return f"postgres://{user}{row['HOST']}:{row['PORT']}/{row['NAME']}"


@pytest.fixture
def engineer(db) -> User:
    """A Solutions Engineer."""
    return User.objects.create_superuser(
        "engineer@linksite.example", PASSWORD, name="Noor Haddad"
    )


@pytest.fixture
def client_row(engineer) -> Client:
    """A Client whose Sage Intacct integration is ready."""
    row = Client.objects.create(name="Alder & Finch")
    use = integrations.settings_for(row)
    integrations.save_sender(
        use,
        sender_id=SANDBOX_SENDER_ID,
        password=SANDBOX_SENDER_PASSWORD,
        by=engineer,
    )
    integrations.switch(use, on=True, by=engineer)
    return row


@pytest.fixture
def make_member(db) -> Callable[..., Member]:
    """Return a maker of Members: make_member(role, client=…)."""

    def make(role: str = "admin", *, client: Client) -> Member:
        number = User.objects.count()
        user = User.objects.create_user(
            f"{role}{number}@example.com", PASSWORD, name=f"Léa {role} {number}"
        )
        return Member.objects.create(user=user, client=client, role=role)

    return make


@pytest.fixture
def member(client_row, make_member) -> Member:
    """A Member who may do everything."""
    return make_member("admin", client=client_row)


@pytest.fixture
def company(client_row) -> Company:
    """A test company of the Client."""
    return Company.objects.create(
        client=client_row, name="Atelier Brume SAS", is_test=True
    )


@pytest.fixture
def link(company, member) -> LinkRequest:
    """An open invitation; `link.url` is its Link URL, `link.path` the path of it."""
    row, url = requesting.request_data(
        company, by=member.user, email="compta@atelier-brume.example"
    )
    row.url = url
    row.path = url.removeprefix(settings.SITE_URL)
    return row


@pytest.fixture
def later(time_machine) -> Callable[..., None]:
    """Return a clock that jumps ahead: later(hours=1)."""

    def jump(**length: float) -> None:
        time_machine.move_to(timezone.now() + timedelta(**length))

    return jump


@pytest.fixture
def worker() -> Callable[[], None]:
    """Return a worker that does all work that is due now, then stops."""

    def work() -> None:
        for _ in range(50):
            due = [
                (tasks.run_probe, pk)
                for pk in Probe.objects.unfinished().values_list("pk", flat=True)
                if _is_due(Probe, pk)
            ] + [
                (tasks.run_sync, pk)
                for pk in Sync.objects.unfinished().values_list("pk", flat=True)
                if _is_due(Sync, pk)
            ]
            if not due:
                return
            for task, pk in due:
                task.func(pk)

    return work


@pytest.fixture
def finish(worker) -> Callable[[Connection], bool]:
    """Return a customer who awaits the Probe and presses Finish; then all is read."""

    def press(row: Connection) -> bool:
        worker()
        row.refresh_from_db()
        is_linked = probing.finish(row, seen=probing.question(row))
        worker()
        row.refresh_from_db()
        return is_linked

    return press


def _is_due(kind: type[Run], pk: int) -> bool:
    return kind.objects.due(timezone.now()).filter(pk=pk).exists()
