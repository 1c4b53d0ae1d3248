"""The servers that are measured: each a process of its own, pinned, and ended with the block that started it."""

import importlib.util
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import ROOT, cores
from tests.servers import postgres

START_SECONDS = 90
"""A sandbox migrates its database and does the main job first; a busy machine may need many seconds for it."""

UNLIMITED = {"GATEWAY_DEVICE_RATE": "1000000", "GATEWAY_PARTNER_RATE": "1000000"}
"""One device stands for hundreds, so their limits are still counted but never reached."""

END_SECONDS = 15
"""The gateway's own grace is ten; who has not ended by then is killed."""

_SERVES = re.compile(r"serves at http://127\.0\.0\.1:(?P<port>[0-9]+)")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server on 127.0.0.1."""

    pid: int
    port: int


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A sandbox that serves, its folder, and its database, in which the bench registers residents."""

    database: str
    database_url: str
    home: Path
    server: Server


@contextmanager
def hello(folder: Path, *, core: int | None) -> Iterator[Server]:
    """Run the application that does nothing."""
    with running([sys.executable, "-m", "bench.hello"], log=folder / "hello.log", core=core) as server:
        yield server


@contextmanager
def databases(folder: Path, *, sqlite_only: bool) -> Iterator[dict[str, str]]:
    """Have empty databases: return the URL of each by its kind. PostgreSQL is there if its wheel is installed."""
    urls = {"sqlite": f"sqlite:///{folder / 'laurel.sqlite'}"}
    if sqlite_only or importlib.util.find_spec(postgres.PACKAGE) is None:
        yield urls
        return
    with postgres.serve() as url:
        yield urls | {"postgresql": url}


@contextmanager
def sandbox(folder: Path, database: str, database_url: str, *, core: int | None) -> Iterator[Sandbox]:
    """Run a sandbox on a database of any kind, from when it has done its main job.

    It logs every request to a file, as `gateway serve` does by default.
    """
    home = folder / database
    chosen = {"GATEWAY_DATABASE_URL": database_url, "GATEWAY_LOG_LEVEL": "info", **UNLIMITED}
    command = [sys.executable, "-m", "gateway", "sandbox", "--port", "0", "--home", str(home)]
    with running(command, log=folder / f"{database}.log", core=core, chosen=chosen) as server:
        yield Sandbox(database, database_url, home, server)


@contextmanager
def running(
    command: Sequence[str], *, log: Path, core: int | None, chosen: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server, which says where it `serves at`, on a core until the block ends.

    Ctrl-C reaches the bench alone, which then ends its servers.

    Raises:
        RuntimeError: it ended instead of serving, or took too long; with the end of its log.
    """
    with log.open("wb") as output, cores.on(core):
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, **(chosen or {})},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        yield Server(process.pid, _port(process, log))
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _port(process: "subprocess.Popen[bytes]", log: Path) -> int:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        said = log.read_text(errors="replace")
        if found := _SERVES.search(said):
            return int(found["port"])
        if ended:
            raise RuntimeError(f"A server ended with status {process.returncode}: {said[-2000:]}")
        time.sleep(0.05)
    raise RuntimeError(
        f"A server was not ready after {START_SECONDS} s: {log.read_text(errors='replace')[-2000:]}"
    )
