"""A line that loses answers: what was asked arrives and is done, and whoever asked never hears of it."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx2

from tests.flow.cable import end


class LossyLine:
    """Forwards a port of 127.0.0.1 to the server in a URL. `loses` decides of each answer; `lost` counts them."""

    def __init__(self, url: str, loses: Callable[[], bool]) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 0)
        self._loses = loses
        self._lock = threading.Lock()
        self.lost = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        end(self._listener)

    def http(self) -> httpx2.AsyncClient:
        """Return an HTTP client whose requests, wherever they are addressed to, go over this line."""
        return httpx2.AsyncClient(transport=_Diverted(self.port))

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                far = socket.create_connection(self._target)
                threading.Thread(target=self._ask, args=(near, far), daemon=True).start()
                threading.Thread(target=self._answer, args=(far, near), daemon=True).start()

    def _ask(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while data := near.recv(65_536):
                far.sendall(data)
        end(near, far)

    def _answer(self, far: socket.socket, near: socket.socket) -> None:
        with suppress(OSError):
            while data := far.recv(65_536):
                if data.startswith(b"HTTP/") and self._gone():
                    break
                near.sendall(data)
        end(near, far)

    def _gone(self) -> bool:
        with self._lock:
            gone = self._loses()
            self.lost += gone
        return gone


class _Diverted(httpx2.AsyncHTTPTransport):
    """Sends what is meant for the public address to a port of this machine."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self._port = port

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send a request there."""
        request.url = request.url.copy_with(port=self._port)
        return await super().handle_async_request(request)
