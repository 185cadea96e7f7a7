"""A gateway on a real socket that goes wrong exactly as it is told."""

import io
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from linksite.intacct.endpoints import PATH
from linksite.intacct.sandbox import Sandbox

Answer = tuple[int, bytes]
Talk = Callable[[socket.socket, Answer], None]

OK = 200


def http(
    status: int, body: bytes = b"", *headers: str, length: int | None = -1
) -> bytes:
    """Return an answer as bytes; `length` may lie, None leaves it out."""
    lines = [f"HTTP/1.1 {status} X", "Content-Type: text/xml", *headers]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def reset(caller: socket.socket) -> None:
    """Break the connection so that the other side sees a reset."""
    caller.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    caller.close()


class Gate:
    """Answers as the Sandbox does until `talk` is set, then as `talk` says.

    `heard` counts the requests; `alter` changes a right answer's bytes; `before` is
    called with the number of a request before it is answered.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox, self.heard = sandbox, 0
        self.talk: Talk | None = None
        self.alter: Callable[[bytes], bytes] = bytes
        self.before: Callable[[int], object] = lambda heard: None
        self.tls: ssl.SSLContext | None = None
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = sandbox.url = f"http://{self.host}{PATH}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        with suppress(OSError):
            self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._server.accept()
                threading.Thread(target=self._meet, args=(caller,), daemon=True).start()

    def _meet(self, caller: socket.socket) -> None:
        with suppress(OSError, ssl.SSLError), caller:
            caller.settimeout(30)
            if self.tls is None:
                self._hear(caller)
                return
            with self.tls.wrap_socket(
                caller, server_side=True, do_handshake_on_connect=False
            ) as covered:
                covered.do_handshake()
                self._hear(covered)

    def _hear(self, caller: socket.socket) -> None:
        body = _read_request(caller)
        self.heard += 1
        self.before(self.heard)
        status, answer = self._right_answer(body)
        if self.talk is None:
            caller.sendall(http(status, self.alter(answer)))
        else:
            self.talk(caller, (status, self.alter(answer)))

    def _right_answer(self, body: bytes) -> Answer:
        kept: list[Any] = []
        environ = {
            "PATH_INFO": PATH,
            "REQUEST_METHOD": "POST",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
        }
        answer = b"".join(self.sandbox(environ, lambda *args: kept.extend(args)))
        return int(kept[0].split()[0]), answer


def _read_request(caller: socket.socket) -> bytes:
    sent = b""
    while b"\r\n\r\n" not in sent:
        sent += caller.recv(65536) or _gone()
    head, _, body = sent.partition(b"\r\n\r\n")
    size = int(head.lower().split(b"content-length:")[1].split()[0])
    while len(body) < size:
        body += caller.recv(65536) or _gone()
    return body


def _gone() -> bytes:
    raise OSError


@contextmanager
def stalling() -> Iterator[str]:
    """Give the "host:port" of a listener whose queue is full: nobody gets in."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = [socket.socket() for _ in range(4)]
        for one in waiting:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect(server.getsockname())
        yield f"127.0.0.1:{server.getsockname()[1]}"
        for one in waiting:
            one.close()
