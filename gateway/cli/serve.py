"""Running the server: uvicorn on uvloop and httptools, on a socket that was bound first."""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from gateway.domain.errors import ConfigurationError

T = TypeVar("T")

GRACE_SECONDS = 10
"""How long requests that are under way may finish after SIGTERM; each has a deadline of two seconds."""

PATIENCE_SECONDS = 5.0
"""How long a request may take to come in whole: it is 3 KiB, and a slow line sends that in one second."""

BACKLOG = 2048
HEAD_BYTES_MAX = 16 * 1024
"""A request before its body: an access token has 1 KiB, a proof as much."""

_HEAD_TOO_LONG = "The head of a request has to be shorter."


def bind(host: str, port: int) -> socket.socket:
    """Return a listening socket.

    Raises:
        ConfigurationError: the port is taken, or may not be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Naming TCP makes event loops turn off Nagle's algorithm, which delays every kept-alive answer by 40 ms.
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        reason = (error.strerror or "it can't be used").lower()
        raise ConfigurationError(f"Port {port} on {host}: {reason}; choose another with --port (PORT=).") from None
    listening.listen(BACKLOG)
    return listening


def run(main: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end on uvloop, the event loop that serves."""
    return uvloop.run(main)


class Server(uvicorn.Server):
    """uvicorn's server, ended as cleanly by a lost terminal (SIGHUP) as by SIGINT and SIGTERM."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals ask for the end; unlike uvicorn, don't raise them again after it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


class HeadTooLong(Exception):
    """Ends the parsing of a request amid its head."""


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol with a limit on a request's head, which httptools would gather for ever, and on time.

    Address and headers are counted one by one as they are parsed, so not one that goes beyond HEAD_BYTES_MAX is
    looked at. A single one without end is never parsed; so what comes in is counted, too, but for the piece in
    which a head begins: it may hold the body before it, or all of the request.
    Whoever connects has PATIENCE_SECONDS to send a whole request; between two, keep-alive's time counts.
    """

    _in_head = True
    _head_bytes = 0
    _parsed_bytes = 0
    _patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for the first request, but not for long."""
        super().connection_made(transport)
        self._wait(transport)

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait no longer."""
        self._arrived()
        super().connection_lost(exc)

    def on_message_complete(self) -> None:
        """A whole request is here."""
        self._arrived()
        super().on_message_complete()

    def _wait(self, transport: asyncio.Transport) -> None:
        self._arrived()
        self._patience = self.loop.call_later(PATIENCE_SECONDS, transport.close)

    def _arrived(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def data_received(self, data: bytes) -> None:
        """Take what came in; answer 431 to a head that is too long, and hang up."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self.send_400_response(_HEAD_TOO_LONG)

    def send_400_response(self, msg: str) -> None:
        """Hang up: what came is no HTTP, or its head is too long (RFC 6585 section 5)."""
        if max(self._head_bytes * self._in_head, self._parsed_bytes) <= HEAD_BYTES_MAX:
            super().send_400_response(msg)
            return
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\n"
            b"Content-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(_HEAD_TOO_LONG), _HEAD_TOO_LONG.encode())
        )
        self.transport.close()

    def on_url(self, url: bytes) -> None:
        """Take the address, or a piece of it."""
        self._count(len(url))
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header: its name, a colon, a space, its value and the end of the line."""
        self._count(len(name) + len(value) + 4)
        super().on_header(name, value)

    def _count(self, parsed: int) -> None:
        self._parsed_bytes += parsed
        if self._parsed_bytes > HEAD_BYTES_MAX:
            raise HeadTooLong

    def on_message_begin(self) -> None:
        """Begin to count."""
        self._in_head, self._head_bytes, self._parsed_bytes = True, 0, 0
        if self._patience is None:
            self._wait(self.transport)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """Stop counting."""
        self._in_head = False
        super().on_headers_complete()


def server(app: ASGIApp) -> Server:
    """Return a server for an application; run it with `serve(sockets=[...])`."""
    return Server(
        uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_keep_alive=30,
        )
    )
