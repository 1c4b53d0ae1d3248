"""Gateways that are born of a process which has read all modules already: a start takes a tenth of a second.

The fault runs start two dozen. Each is a process of its own, with the environment, files and signals of one that
somebody starts at a terminal; only its modules have been read before.
"""

import multiprocessing
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

from gateway import cli
from tests.faults import faulty

_births = multiprocessing.get_context("forkserver")
_births.set_forkserver_preload([__name__])


class Born:
    """A gateway that was born so, with what the tests want of a `subprocess.Popen`."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        out: BinaryIO,
        err: BinaryIO,
    ) -> None:
        given = (list(arguments), str(folder), dict(environment), out.name, err.name)
        self._process = _births.Process(target=_live, args=given, daemon=True)
        self._process.start()
        self.pid = self._process.pid or 0

    def poll(self) -> int | None:
        """Return its exit status if it has ended: that of a signal is negative."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit status.

        Raises:
            subprocess.TimeoutExpired: it goes on.
        """
        self._process.join(timeout)
        if (status := self._process.exitcode) is None:
            raise subprocess.TimeoutExpired("gateway", timeout or 0.0)
        return status

    def send_signal(self, number: int) -> None:
        """Send a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)


def _live(arguments: list[str], folder: str, environment: dict[str, str], out: str, err: str) -> None:
    """Be `gateway ARGUMENTS`, or the faulty one."""
    os.setsid()
    for number, path, flags in ((0, os.devnull, os.O_RDONLY), (1, out, os.O_APPEND), (2, err, os.O_APPEND)):
        os.dup2(os.open(path, flags | (os.O_WRONLY if number else 0)), number)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments
    if arguments[0] == "serve":
        cli.main()
    else:
        faulty.serve(int(arguments[-1]))
