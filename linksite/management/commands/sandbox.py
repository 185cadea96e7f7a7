"""Serves the Sandbox gateway on loopback, for people who try the site."""

import socketserver
import threading
from contextlib import ExitStack
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from linksite.intacct.endpoints import PATH
from linksite.intacct.sandbox import HUGE_SIZE, Sandbox

HOST = "127.0.0.1"


class ThreadingServer(socketserver.ThreadingMixIn, WSGIServer):
    """One thread a request, as a gateway that answers several at once."""

    daemon_threads = True


class QuietHandler(WSGIRequestHandler):
    """A handler that writes no access log: requests carry passwords."""

    def log_message(self, format: str, *args: Any) -> None:
        """Write nothing."""


class Command(BaseCommand):
    """Serve pretend Sage Intacct companies until told to stop."""

    help = "Serve the Sandbox gateway on 127.0.0.1."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the ports, and the size of the biggest company."""
        parser.add_argument("--port", type=int, default=8001)
        parser.add_argument(
            "--session-port",
            type=int,
            default=0,
            help="a second port; sessions then work only there (default: one port)",
        )
        parser.add_argument(
            "--size",
            type=int,
            default=HUGE_SIZE,
            help="invoices of the biggest company (default: %(default)s)",
        )

    def handle(
        self, *args: Any, port: int, session_port: int, size: int, **options: Any
    ) -> None:
        """Serve."""
        if not settings.DEBUG:
            raise CommandError("the Sandbox is for DEBUG=true: its passwords are known")
        if size < 1:
            raise CommandError("--size must be 1 or more")
        second = session_port or port
        url = f"http://{HOST}:{second}{PATH}"
        sandbox = Sandbox(url=url, size=size, is_strict=second != port)
        with ExitStack() as stack:
            servers = [
                stack.enter_context(ThreadingServer((HOST, each), QuietHandler))
                for each in dict.fromkeys((port, second))
            ]
            for server in servers:
                server.set_app(sandbox)
            for server in servers[1:]:
                threading.Thread(target=server.serve_forever, daemon=True).start()
            self.stdout.write(f"Sandbox: http://{HOST}:{port}/")
            servers[0].serve_forever()
