"""Several processes of one gateway behind one port: each serves by itself, and one more watches over them.

That one serves nothing, holds no connection and knows no key: it starts workers, starts another where one was
killed, and ends all of them together. Each has a listening socket of its own (SO_REUSEPORT), so that the kernel
shares connections out evenly; the watcher keeps them open, so that nobody is turned away while one is replaced.
"""

import contextlib
import os
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

import structlog
import typer

from gateway.cli.console import BUG, plain_errors
from gateway.cli.serve import BACKLOG, GRACE_SECONDS, bind
from gateway.web.colleagues import Colleagues

_log = structlog.get_logger(__name__)

RESTART_SECONDS = 1.0
"""Before a worker takes another's place: one that ends at once again and again shall not keep a core busy."""

KILL_SECONDS = GRACE_SECONDS + 10
"""After so long a worker that was told to end is killed: its requests had ten seconds, its connections three."""

Serve = Callable[[socket.socket, Colleagues, int], None]
"""Serves on a socket until it is told to end, or until the end of a pipe is closed: the watcher has gone."""


def run_workers(count: int, host: str, port: int, serve: Serve) -> int:
    """Keep so many processes serving on a port until a signal ends all; return the exit status.

    A worker whose start is refused ends everything with its status, for people or a supervisor to act on.

    Raises:
        ConfigurationError: the port is taken, or may not be used.
    """
    with tempfile.TemporaryDirectory(prefix="laurel-") as folder, _sockets(host, port, count) as listening:
        return _Watcher(listening, serve, Path(folder)).watch()


@contextlib.contextmanager
def _sockets(host: str, port: int, count: int) -> Iterator[list[socket.socket]]:
    """Yield sockets that listen on one port together. Whoever has it alone, or shares it, is found out first."""
    with bind(host, port) as alone:
        address = alone.getsockname()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.ExitStack() as stack:
        listening = []
        for _ in range(count):
            one = stack.enter_context(socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP))
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            one.bind(address)
            one.listen(BACKLOG)
            listening.append(one)
        yield listening


class _Watcher:
    """Starts workers, and knows which process has which place."""

    def __init__(self, listening: list[socket.socket], serve: Serve, folder: Path) -> None:
        self._listening, self._serve, self._folder = listening, serve, folder
        self._alive, self._ours = os.pipe()
        self._places: dict[int, int] = {}
        self._first: set[int] = set()
        self._ending = False
        self._status = 0

    def watch(self) -> int:
        """Start all, and replace who is killed, until all have ended; return the exit status."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._end)
        signal.signal(signal.SIGALRM, self._kill)
        for place in range(len(self._listening)):
            self._start(place)
        self._first = set(self._places)
        while self._places:
            pid, waited = os.wait()
            self._ended(pid, os.waitstatus_to_exitcode(waited))
        return self._status

    def _ended(self, pid: int, status: int) -> None:
        place = self._places.pop(pid)
        if self._ending:
            self._status = self._status or max(status, 0)
        elif status > 0 and pid in self._first:
            self._status = status  # it said why
            self._end()
        else:
            _log.error("worker ended", worker=place, status=status)
            time.sleep(RESTART_SECONDS)
            self._start(place)

    def _start(self, place: int) -> None:
        signals = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM}
        signal.pthread_sigmask(signal.SIG_BLOCK, signals)  # a worker is told to end by its own handlers, or none
        if not self._ending:
            pid = os.fork()
            if pid == 0:
                self._work(place, signals)
            self._places[pid] = place
        signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)

    def _work(self, place: int, signals: set[signal.Signals]) -> None:
        """Be a worker: serve, and end this process."""
        status = BUG
        try:
            os.close(self._ours)
            for other in self._listening[:place] + self._listening[place + 1 :]:
                other.close()
            for number in signals:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, signals)
            colleagues = Colleagues(self._folder, place, len(self._listening))
            with plain_errors():
                self._serve(self._listening[place], colleagues, self._alive)
            status = 0
        except typer.Exit as ended:
            status = ended.exit_code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)

    def _end(self, *_: int | FrameType | None) -> None:
        """Tell all workers to end."""
        if not self._ending:
            signal.alarm(KILL_SECONDS)
        self._ending = True
        for one in self._listening:
            one.close()  # nobody shall wait at a door that nobody opens any more
        self._tell(signal.SIGTERM)

    def _kill(self, *_: int | FrameType | None) -> None:
        self._status = self._status or BUG
        self._tell(signal.SIGKILL)

    def _tell(self, number: signal.Signals) -> None:
        for pid in self._places:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)
