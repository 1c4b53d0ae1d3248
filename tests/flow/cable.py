"""A cable between the gateway and a server that it leans on: cut, silent, half open, and mended."""

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit


class Cable:
    """Forwards a port of 127.0.0.1 to the server in a URL; `url` is that URL by way of the cable."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 0)
        self._ends: list[socket.socket] = []
        self._lost: set[socket.socket] = set()
        self._flowing = threading.Event()
        self._delay = 0.0
        self._listener = self._listen(0)
        self._port: int = self._listener.getsockname()[1]
        user, at, _ = parts.netloc.rpartition("@")
        self.url = parts._replace(netloc=f"{user}{at}127.0.0.1:{self._port}").geturl()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.cut()

    def cut(self) -> None:
        """End every connection, and refuse new ones."""
        self._flowing.set()
        end(self._listener, *self._ends, *self._lost)
        self._ends.clear()
        self._lost.clear()

    def silence(self) -> None:
        """Keep connections and take new ones, but carry nothing."""
        self._flowing.clear()

    def delay(self, seconds: float) -> None:
        """Carry on, but each piece so much later."""
        self._delay = seconds

    def half_open(self) -> None:
        """Let the server see every connection end, and the gateway none: what it sends is lost. New ones work."""
        ends, self._ends = self._ends, []
        self._lost.update(ends[::2])
        end(*ends[1::2])

    def mend(self) -> None:
        """Carry again: what waits in a silent cable, and new connections after a cut."""
        self._delay = 0.0
        self._flowing.set()
        if self._listener.fileno() == -1:
            self._listener = self._listen(self._port)

    def lead_to(self, url: str) -> None:
        """Lead to another server from now on: all connections end."""
        parts = urlsplit(url)
        self._target = (parts.hostname or "", parts.port or 0)
        ends, self._ends = self._ends, []
        end(*ends)

    def _listen(self, port: int) -> socket.socket:
        listener = socket.create_server(("127.0.0.1", port))
        self._flowing.set()
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        return listener

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                try:
                    far = socket.create_connection(self._target)
                except OSError:  # nobody is at the other end now
                    end(near)
                    continue
                self._ends += [near, far]
                for source, drain in ((near, far), (far, near)):
                    threading.Thread(target=self._carry, args=(source, drain), daemon=True).start()

    def _carry(self, source: socket.socket, drain: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                self._flowing.wait()
                time.sleep(self._delay)
                if source not in self._lost:
                    drain.sendall(data)
            self._flowing.wait()  # an end gets through a silent cable no more than anything else
        if drain not in self._lost:
            end(source, drain)


def end(*sockets: socket.socket) -> None:
    """Shut sockets down before they are closed: a thread that waits for one would keep it open."""
    for each in sockets:
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()
