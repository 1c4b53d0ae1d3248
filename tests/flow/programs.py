"""How a test starts a program, and what it wants of the process."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

GATEWAY = (sys.executable, "-m", "gateway")


class Process(Protocol):
    """What the tests want of a `subprocess.Popen`."""

    pid: int

    def poll(self) -> int | None:
        """Return its exit status if it has ended: that of a signal is negative."""
        ...

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end and return its exit status."""
        ...

    def send_signal(self, sig: int) -> None:
        """Send a signal, if it has not ended."""
        ...

    def terminate(self) -> None:
        """Ask it to end."""
        ...

    def kill(self) -> None:
        """End it at once."""
        ...


class Start(Protocol):
    """Starts a program in a folder."""

    def __call__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        out: BinaryIO,
        err: BinaryIO,
    ) -> Process:
        """Start it; its standard output and standard error go to two files."""
        ...


@dataclass(frozen=True, slots=True)
class Program:
    """Starts a program by its command."""

    command: Sequence[str] = GATEWAY

    def __call__(
        self,
        arguments: Sequence[str],
        *,
        folder: Path,
        environment: Mapping[str, str],
        out: BinaryIO,
        err: BinaryIO,
    ) -> Process:
        """Start it; its standard output and standard error go to two files."""
        return subprocess.Popen(
            [*self.command, *arguments],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            start_new_session=True,  # Ctrl-C is for the tests; they then end their servers in order
        )
