"""Runs the whole site on this machine, with the demo and the Sandbox, for a person."""

import http.client
import os
import socket
import sys
import threading
import time
from itertools import count
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.urls import reverse
from honcho.environ import parse_procfile
from honcho.manager import Manager

from linksite import seeding

HOST = "127.0.0.1"
WEB_PORT = 8000
SANDBOX_PORT = 8001
WAIT_SECONDS = 60
STOPPED_BY_PERSON = {130, 143}

_claims: list[socket.socket] = []


class Command(BaseCommand):
    """Migrate, seed the demo, then run what the Procfile lists until Ctrl-C."""

    help = "Run web, worker and Sandbox for development; `make run` calls this."

    def handle(self, *args: Any, **options: Any) -> None:
        """Set everything up and keep it running."""
        if not settings.DEBUG:
            raise CommandError("develop is for DEBUG=true: it makes demo users.")
        web, sandbox, session = self._ports()
        settings.SITE_URL = _site_url(web)
        _make_database()
        demo = seeding.seed_demo()
        connection.close()
        environment = _environment(web, sandbox, session)
        code = self._run(environment, _lines(demo, sandbox), web)
        sys.exit(0 if code in STOPPED_BY_PERSON else code)

    def _ports(self) -> tuple[int, int, int]:
        web = free_port(WEB_PORT)
        sandbox = free_port(SANDBOX_PORT)
        session = free_port(sandbox + 1)
        for wanted, got in ((WEB_PORT, web), (SANDBOX_PORT, sandbox)):
            if wanted != got:
                self.stdout.write(f"Port {wanted} is taken; using {got} instead.")
        return web, sandbox, session

    def _run(self, environment: dict[str, str], lines: str, web: int) -> int:
        manager = Manager()
        procfile = parse_procfile((settings.BASE_DIR / "Procfile").read_text())
        for name, command in procfile.processes.items():
            if name != "sandbox" or settings.GATEWAY_TEST_HOSTS:
                manager.add_process(
                    name, command, env=environment, cwd=settings.BASE_DIR
                )
        threading.Thread(target=self._announce, args=(web, lines), daemon=True).start()
        manager.loop()
        return manager.returncode or 0

    def _announce(self, port: int, lines: str) -> None:
        """Print where to go, once the site answers."""
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            # Asleep first: the manager forks meanwhile, and a sleeper holds no lock.
            time.sleep(0.5)
            if _answers(port):
                self.stdout.write(lines)
                return


def free_port(wanted: int) -> int:
    """Return `wanted`, or the next port on loopback that is nobody's, and claim it."""
    return next(port for port in count(wanted) if _claim(port))


def _claim(port: int) -> bool:
    """Keep a port from other runs until this one ends; False if it is taken.

    The server that is to listen on it starts later. Meanwhile we hold its UDP twin,
    which nobody else needs, and who starts at the same time finds that taken.
    """
    claim = socket.socket(type=socket.SOCK_DGRAM)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            claim.bind((HOST, port))
            probe.bind((HOST, port))
        except OSError:
            claim.close()
            return False
    _claims.append(claim)
    return True


def _site_url(port: int) -> str:
    return os.environ.get("SITE_URL", f"http://{HOST}:{port}").rstrip("/")


def _make_database() -> None:
    if connection.vendor == "sqlite":
        folder = Path(connection.settings_dict["NAME"]).parent
        folder.mkdir(mode=0o700, exist_ok=True)
    call_command("migrate", verbosity=0, interactive=False)


def _environment(web: int, sandbox: int, session: int) -> dict[str, str]:
    """Return the environment of the processes: this one's, with the ports known."""
    environment = os.environ | {
        "SITE_URL": _site_url(web),
        "WEB_PORT": str(web),
        "SANDBOX_PORT": str(sandbox),
        "SANDBOX_SESSION_PORT": str(session),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }
    environment.setdefault("ALLOWED_HOSTS", f"{HOST},localhost")
    if settings.GATEWAY_TEST_HOSTS:
        # Two, as with the real one: sessions are for another address than logins.
        environment["GATEWAY_TEST_HOSTS"] = f"{HOST}:{sandbox},{HOST}:{session}"
        environment["GATEWAY_URL"] = f"http://{HOST}:{sandbox}/ia/xml/xmlgw.phtml"
    return environment


def _answers(port: int) -> bool:
    asking = http.client.HTTPConnection(HOST, port, timeout=10)
    try:
        asking.request("GET", "/livez")
        return asking.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        asking.close()


def _lines(demo: seeding.Demo, sandbox: int) -> str:
    site = settings.SITE_URL
    rows = [
        ("Portal", f"{site}{reverse('portal:home')}"),
        ("  sign in as", f"{demo.portal_email}   {demo.portal_password}"),
        ("Admin", f"{site}/{settings.ADMIN_PATH}"),
        ("  sign in as", f"{demo.admin_email}   {demo.admin_password}"),
        ("Link URL, ready to open", demo.link_url),
    ]
    if settings.GATEWAY_TEST_HOSTS:
        rows += [
            ("  company ID to type", demo.sandbox_company),
            ("  user ID", demo.sandbox_user),
            ("  password", demo.sandbox_password),
            ("Sandbox, all its companies", f"http://{HOST}:{sandbox}/"),
        ]
    table = "\n".join(f"  {name:<28}{value}" for name, value in rows)
    return f"\n{table}\n\n  Ctrl-C stops everything.\n"
