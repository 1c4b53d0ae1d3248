"""The servers that the other tests lean on: they start, they are durable, and nothing of them stays."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis import Redis

from tests.servers import launcher, postgres, valkey

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Facts:
    """What a running server says of itself."""

    pid: int
    port: int
    directory: Path


async def _ask_postgres(url: str, *queries: str) -> list[str]:
    connection = await asyncpg.connect(url)
    try:
        return [str(await connection.fetchval(query)) for query in queries]
    finally:
        await connection.close()


def _facts_of_postgres(url: str) -> Facts:
    pid, port, data = asyncio.run(
        _ask_postgres(
            url,
            "SELECT split_part(pg_read_file('postmaster.pid'), chr(10), 1)",
            "SHOW port",
            "SHOW data_directory",
        )
    )
    return Facts(int(pid), int(port), Path(data).parent)


def _facts_of_valkey(url: str) -> Facts:
    with Redis.from_url(url, decode_responses=True) as client:
        server = client.info("server")
        directory = client.config_get("dir")["dir"]
    return Facts(int(server["process_id"]), int(server["tcp_port"]), Path(directory))


both_servers = pytest.mark.parametrize(
    ("server", "facts_of"),
    [(postgres, _facts_of_postgres), (valkey, _facts_of_valkey)],
    ids=["postgres", "valkey"],
)


def _gone(facts: Facts) -> bool:
    """Whether the process and its directory have gone, within 20 s."""
    for _ in range(400):
        try:
            os.kill(facts.pid, 0)
        except ProcessLookupError:
            if not facts.directory.exists():
                return True
        time.sleep(0.05)
    return False


@both_servers
def test_it_answers_and_leaves_nothing_behind(server: ModuleType, facts_of: Callable[[str], Facts]) -> None:
    with server.serve() as url:
        facts = facts_of(url)
        os.kill(facts.pid, 0)
        assert facts.directory.is_dir()
    assert _gone(facts)


@both_servers
def test_it_ends_with_a_launcher_that_is_killed(server: ModuleType, facts_of: Callable[[str], Facts]) -> None:
    program = (
        f"import time\nfrom {server.__name__} import serve\n"
        "with serve() as url:\n    print(url, flush=True)\n    time.sleep(120)"
    )
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        facts = facts_of(run.stdout.readline().strip())
        run.send_signal(signal.SIGKILL)
    assert _gone(facts)


@both_servers
def test_a_port_taken_meanwhile_is_left_to_its_owner(
    server: ModuleType, facts_of: Callable[[str], Facts], monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as owner:
        owner.bind(("127.0.0.1", 0))
        owner.listen()
        ports = iter([owner.getsockname()[1], launcher.free_port()])
        monkeypatch.setattr(launcher, "free_port", lambda: next(ports))
        with server.serve() as url:
            assert facts_of(url).port != owner.getsockname()[1]


def test_postgres_is_durable_private_and_wants_its_password() -> None:
    names = ("fsync", "synchronous_commit", "full_page_writes", "listen_addresses", "unix_socket_directories")
    with postgres.serve() as url:
        values = asyncio.run(_ask_postgres(url, *(f"SHOW {name}" for name in names)))
        password = urlsplit(url).password or ""
        with pytest.raises(asyncpg.InvalidPasswordError):
            asyncio.run(_ask_postgres(url.replace(password, "wrong"), "SELECT 1"))
    assert values == ["on", "on", "on", "127.0.0.1", ""]


def test_it_lies_in_memory_where_that_is_asked_for_and_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def parent(*, in_memory: bool) -> Path:
        with launcher.scratch_directory(in_memory=in_memory) as directory:
            return directory.parent

    monkeypatch.setattr(launcher, "MEMORY", tmp_path)
    monkeypatch.setattr(launcher, "ROOM_BYTES", 1)
    assert parent(in_memory=True) == tmp_path
    assert parent(in_memory=False) != tmp_path
    monkeypatch.setattr(launcher, "ROOM_BYTES", 2**60)
    assert parent(in_memory=True) != tmp_path
    monkeypatch.setattr(launcher, "MEMORY", tmp_path / "nowhere")
    assert parent(in_memory=True) != tmp_path


def test_a_server_that_cannot_start_says_why() -> None:
    complaint = ["/bin/sh", "-c", "echo 'the disk is made of cheese'; exit 3"]
    with (
        launcher.scratch_directory() as directory,
        pytest.raises(RuntimeError, match=r"(?s)status 3: .*made of cheese"),
        launcher.running(_handed_over(directory), lambda port: complaint),
    ):
        pytest.fail("it should not have become ready")


def _handed_over(directory: Path) -> Path:
    launcher.hand_over(directory)
    return directory
