"""The connection to the gateway: whom it reaches, and how long it may last."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from ssl import SSLContext
from typing import Any, TypeAlias

import httpx

from .endpoints import is_public
from .errors import GatewayUnavailable

Transport: TypeAlias = httpx.BaseTransport

_HEADERS = {
    "Content-Type": "application/xml",
    "Accept": "application/xml, text/xml",
    "Accept-Encoding": "identity",
    "User-Agent": "Linksite",
}
# One at a time, so that the socket in use is the last one that was opened; kept for
# the next request of the same conversation, or of the one that goes on with it.
_LIMITS = httpx.Limits(max_connections=1, keepalive_expiry=20.0)

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


class Channel:
    """At most one open connection, to whichever host is posted to.

    It knows nothing of what was said, so a conversation can leave it to the next
    one; one conversation at a time. Close it in the end.
    """

    def __init__(self, transport: Transport | None = None) -> None:
        """`transport` carries the requests instead of the network."""
        self._watch = Watch()
        # A transport of the caller's own has no use for a name.
        self._known: set[str] | None = None if transport else set()
        self._http = httpx.Client(
            verify=_trust(),
            transport=transport,
            limits=_LIMITS,
            headers=_HEADERS,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Hang up."""
        self._http.close()

    def find(self, url: str, *, within: float) -> bool:
        """Look the host up, for httpx has no limit for it; False: not in time."""
        host = httpx.URL(url).host
        if self._known is None or host in self._known:
            return True
        asking = threading.Thread(target=_look_up, args=(host,), daemon=True)
        asking.start()
        asking.join(max(0.0, within))
        if asking.is_alive():
            return False
        self._known.add(host)
        return True

    @contextmanager
    def post(
        self, url: str, sent: bytes, *, connect: float, left: float, is_test: bool
    ) -> Iterator[httpx.Response]:
        """Send bytes; give the answer to read while it arrives, for `left` seconds.

        Only a test host may be on our own network. Raises what httpx raises, and
        NotPublic.
        """
        timeout = httpx.Timeout(left, connect=min(connect, left))
        trace = self._watch.anywhere if is_test else self._watch.only_public
        extensions = {"trace": trace}
        with (
            self._watch.at_most(left),
            self._http.stream(
                "POST", url, content=sent, timeout=timeout, extensions=extensions
            ) as answer,
        ):
            yield answer


@cache
def _trust() -> SSLContext:
    """Return what every conversation trusts; to read it takes longer than a POST."""
    return httpx.create_ssl_context(trust_env=False)


def _look_up(host: str) -> None:
    # A name that is not found is reported by the connection that needs it.
    with suppress(OSError, UnicodeError):
        socket.getaddrinfo(host, 443)
