"""Serves the Sandbox gateway on loopback, for people who try the site."""

import socketserver
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from django.core.management.base import BaseCommand, CommandParser

from linksite.intacct.sandbox import Sandbox


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
        """Take the port."""
        parser.add_argument("--port", type=int, default=8001)

    def handle(self, *args: Any, port: int, **options: Any) -> None:
        """Serve."""
        base = f"http://127.0.0.1:{port}"
        sandbox = Sandbox(url=f"{base}/ia/xml/xmlgw.phtml")
        with ThreadingServer(("127.0.0.1", port), QuietHandler) as server:
            server.set_app(sandbox)
            self.stdout.write(f"Sandbox: {base}/")
            server.serve_forever()
