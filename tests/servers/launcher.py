"""Starts one server on a free port, in a directory of its own, for as long as a block lasts."""

import importlib.util
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers import keeper

ATTEMPTS = 5
"""Between our look for a free port and the server's bind, somebody else may take it."""

START_SECONDS = 60
"""Starting takes a second; a busy machine may need many."""

LOG = "server.log"

MEMORY, ROOM_BYTES = Path("/dev/shm"), 2**31
"""A file system in memory, and how much of it has to be free: a server takes a fraction, but others may run."""

READY = "ready to accept connections"
TAKEN = "address already in use"
"""What PostgreSQL and Valkey both say in their log. A log speaks of its own server; a port may be another's."""


def wheel_folder(package: str) -> Path:
    """Return where a wheel's package lies, without running any of its Python.

    Raises:
        LookupError: it is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise LookupError(f"The wheel with {package} is not installed: run `make test`, which installs it.")
    return Path(spec.origin).parent


@contextmanager
def scratch_directory(*, in_memory: bool = False) -> Iterator[Path]:
    """Make a directory for one server, and remove it afterwards; `in_memory` where there is room for it.

    It lies outside pytest's own folders, which only their owner may enter.
    """
    root = MEMORY if in_memory and _has_room(MEMORY) else None
    with tempfile.TemporaryDirectory(prefix="laurel-server-", dir=root, ignore_cleanup_errors=True) as name:
        yield Path(name).resolve()


def _has_room(memory: Path) -> bool:
    """Whether servers may lie there, their programs too: a container's is small, and may forbid to run any."""
    if not os.access(memory, os.W_OK | os.X_OK):
        return False
    found = os.statvfs(memory)
    return found.f_bavail * found.f_frsize >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC


def hand_over(directory: Path) -> None:
    """Give a directory and all in it to the user that the server will run as; needed by root alone."""
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (directory, *directory.rglob("*")):
            shutil.chown(path, nobody.pw_uid, nobody.pw_gid)


def free_port() -> int:
    """Return a port on 127.0.0.1 that is free right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running(directory: Path, command: Callable[[int], list[str]]) -> Iterator[int]:
    """Run the server that `command` makes for a port, and yield the port once it accepts connections.

    Raises:
        RuntimeError: it ended instead, or took too long; with the end of its log.
    """
    for _ in range(ATTEMPTS):
        port = free_port()
        process = launch(directory, command(port))
        try:
            if becomes_ready(process, directory):
                yield port
                return
        finally:
            end(process)
    raise RuntimeError(f"{ATTEMPTS} ports in a row were taken before the server could have them")


def launch(directory: Path, command: list[str], *, within: Sequence[str] = ()) -> subprocess.Popen[bytes]:
    """Start a server, and return its keeper; `within` is a program that runs both."""
    with (directory / LOG).open("wb") as output:
        return subprocess.Popen(
            [*within, sys.executable, "-I", keeper.__file__, str(directory), *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the tests; they then end their servers in order
        )


def end(process: subprocess.Popen[bytes]) -> None:
    """Have a keeper end its server, if that has not ended by itself."""
    process.communicate(timeout=2 * keeper.STOP_SECONDS)


def becomes_ready(process: subprocess.Popen[bytes], directory: Path) -> bool:
    """Wait for the server; return False where somebody else took its port.

    Raises:
        RuntimeError: it ended instead, or took too long; with the end of its log.
    """
    log, said = directory / LOG, ""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        said = log.read_text(errors="replace")
        if ended and TAKEN in said.lower():
            return False
        if ended:
            raise RuntimeError(f"The server ended with status {process.returncode}: {said[-2000:]}")
        if READY in said.lower():
            return True
        time.sleep(0.01)
    raise RuntimeError(f"The server was not ready after {START_SECONDS} s: {said[-2000:]}")
