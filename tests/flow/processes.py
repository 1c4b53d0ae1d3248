"""The gateway as people run it: a process of its own, in an environment that holds only what a test sets."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2

from tests.canaries.marks import marked
from tests.flow.programs import Process, Program, Start
from tests.servers.launcher import free_port

ROOT = Path(__file__).parents[2]

START_SECONDS = 90
"""A sandbox starts in seconds; a machine that runs all the tests at once may need many."""

END_SECONDS = 10
"""How long an end may take; without requests under way it is a fraction of a second."""

COMMAND_SECONDS = 120

STEP, OVERLAP = 2**22, 2**12
"""So much of a log is searched at a time, and so much of it twice: a benchmark's has hundreds of megabytes."""

Settings = Mapping[str, str]
"""Settings by their variable's name, such as GATEWAY_DATABASE_URL."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """A running server: its address, and the files that its standard output and standard error go to."""

    process: Process
    url: str
    output: Path
    log: Path

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Send a signal to the process and return its exit status."""
        self.process.send_signal(number)
        return self.process.wait(END_SECONDS)

    def ready(self) -> bool:
        """Whether it says that it can decide."""
        return self._says_ok("/readyz")

    def lives(self) -> bool:
        """Whether it says that it lives."""
        return self._says_ok("/healthz")

    def _says_ok(self, path: str) -> bool:
        try:
            return httpx2.get(f"{self.url}{path}", trust_env=False).status_code == httpx2.codes.OK
        except httpx2.TransportError:
            return False


def surroundings(settings: Settings) -> dict[str, str]:
    """Return a process's whole environment: no GATEWAY_ variable of this machine is in it."""
    return {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8", **settings}


def run(
    *arguments: str | Path, folder: Path, settings: Settings, given: str = "", module: str = "gateway"
) -> "subprocess.CompletedProcess[str]":
    """Run a command to its end, in a folder, with a text on its standard input."""
    return subprocess.run(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=folder,
        env=surroundings(settings),
        input=given,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )


class Leaked(AssertionError):
    """A gateway wrote what must be nowhere."""


def require_silent(said: bytes) -> None:
    """Look through all that a gateway wrote for what is known by its looks: the suites run with canaries, too.

    Raises:
        Leaked: there is a resident's id, a token or a pass's code in it.
    """
    kinds = {kind for start in range(0, len(said), STEP) for kind in marked(said[start : start + STEP + OVERLAP])}
    if kinds:
        raise Leaked(f"A gateway wrote: {', '.join(sorted(kinds))}.")


@contextmanager
def serving(
    *arguments: str | Path,
    folder: Path,
    settings: Settings,
    port: int | None = None,
    start: Start | None = None,
    until: Callable[[Gateway], bool] = Gateway.ready,
) -> Iterator[Gateway]:
    """Run `gateway ...` on a port, by default a free one, from when it is ready until the block ends.

    `start` is how to start it otherwise: under a tracer, or with a fault inside. With one it may never be ready;
    `until` is what to wait for then.

    Raises:
        RuntimeError: it ended instead, or was not ready in time; with the end of its log.
        Leaked: there is a canary in what it wrote.
    """
    chosen = free_port() if port is None else port
    output, log = folder / f"output-{chosen}.txt", folder / f"log-{chosen}.txt"
    with output.open("ab") as out, log.open("ab") as err:
        given = [*map(str, arguments), "--port", str(chosen)]
        process = (start or Program())(given, folder=folder, environment=surroundings(settings), out=out, err=err)
    gateway = Gateway(process, f"http://127.0.0.1:{chosen}", output, log)
    try:
        _wait(gateway, until)
        yield gateway
    finally:
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    require_silent(log.read_bytes() + output.read_bytes())


def _wait(gateway: Gateway, until: Callable[[Gateway], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not until(gateway):
        ended = gateway.process.poll() is not None
        if ended or time.monotonic() > deadline:
            said = gateway.log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"The gateway {'ended' if ended else 'was not ready in time'}: {said}")
        time.sleep(0.05)
