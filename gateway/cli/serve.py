"""Running the server: uvicorn on uvloop and httptools, on a socket that was bound first."""

import asyncio
import contextlib
import gc
import signal
import socket
from collections.abc import Coroutine, Iterator
from typing import Any, TypeVar

import uvicorn
import uvloop
from starlette.types import ASGIApp

from gateway.cli.connections import Protocol
from gateway.domain.errors import ConfigurationError

T = TypeVar("T")

GRACE_SECONDS = 10
"""How long requests that are under way may finish after SIGTERM; each has a deadline of two seconds."""

BACKLOG = 2048


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
    """uvicorn's server, ended as cleanly by a lost terminal (SIGHUP) as by SIGINT and SIGTERM.

    Where it is a worker's, it ends as well when nobody watches over it any more: a pipe's other end is closed.
    """

    watched_by: int | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and let the garbage collector look no more at what was made until now: it stays to the end."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Let signals ask for the end; unlike uvicorn, don't raise them again after it."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, self.handle_exit, number, None)
        if self.watched_by is not None:
            loop.add_reader(self.watched_by, self._alone)
        yield

    def _alone(self) -> None:
        if self.watched_by is not None:
            asyncio.get_running_loop().remove_reader(self.watched_by)
        self.handle_exit(signal.SIGTERM, None)


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
