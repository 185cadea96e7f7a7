"""Watch over a connection: whom it reaches, and how long it may last."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from .endpoints import is_public
from .errors import GatewayUnavailable

_REACHED = "connection.connect_tcp.complete"
_SECURED = "connection.start_tls.complete"


class NotPublic(GatewayUnavailable):
    """A name of the gateway's leads to our own network: nothing was sent."""


class Watch:
    """Follows the socket of a conversation through httpx's `trace` extension."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def anywhere(self, event: str, info: dict[str, Any]) -> None:
        """Note the socket in use, whomever it reaches (a test host)."""
        if event in (_REACHED, _SECURED):
            self._socket = info["return_value"].get_extra_info("socket")

    def only_public(self, event: str, info: dict[str, Any]) -> None:
        """Note the socket; hang up on our own network before anything is sent.

        The address is that of the connection itself, so a name that resolves
        differently the second time gains nothing. Raises NotPublic.
        """
        self.anywhere(event, info)
        if event != _REACHED:
            return
        stream = info["return_value"]
        if not is_public(stream.get_extra_info("server_addr")[0]):
            stream.close()
            text = "the gateway is not at a public address"
            raise NotPublic("transport_blocked", text)

    @contextmanager
    def at_most(self, seconds: float) -> Iterator[None]:
        """Hang up after `seconds`: httpx times each read, not all of them."""
        timer = threading.Timer(max(0.0, seconds), self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _hang_up(self) -> None:
        if self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
