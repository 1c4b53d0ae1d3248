"""Nodes of several workers on one PostgreSQL and Valkey: what clerks wrote down is right, whoever dies."""

import asyncio
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.faults import crew
from tests.faults.crew import crew_of
from tests.faults.towns import Town, found_town
from tests.faults.verdict import acquitted
from tests.flow.processes import Gateway, run, serving
from tests.servers.launcher import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("workers")]

WORKERS = 2
CLERKS = 4
"""One for each worker: an operation has a second, and a machine that runs all the tests has two cores."""

SOON_SECONDS = 30.0


@pytest.fixture
def town(postgres_url: str, production_keys: str, tmp_path: Path) -> Town:
    """A town on PostgreSQL that nobody serves yet."""
    return asyncio.run(found_town(tmp_path, postgres_url, production_keys))


@contextmanager
def node(town: Town, valkey: str, number: int = 0) -> Iterator[Gateway]:
    """Serve on a node's port by several workers."""
    settings = {**town.settings, "GATEWAY_REDIS_URL": valkey}
    told = ("serve", "--workers", str(WORKERS))
    with serving(*told, folder=town.folder, settings=settings, port=town.ports[number]) as gateway:
        yield gateway


def workers_of(gateway: Gateway) -> set[int]:
    """Return the processes that a watcher has started."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == gateway.process.pid and fields[0] != "Z":
            found.add(int(path.parent.name))
    return found


def _until(seen: Callable[[], object]) -> None:
    give_up_at = time.monotonic() + SOON_SECONDS
    while not seen():
        assert time.monotonic() < give_up_at, "it did not come to that"
        time.sleep(0.05)


def shown(gateway: Gateway) -> str:
    """Return what a node says of itself."""
    return httpx2.get(f"{gateway.url}/metrics", trust_env=False).text


def all_up(gateway: Gateway) -> bool:
    """Whether all of a node's workers answer each other."""
    up = re.findall(r'^laurel_worker_up\{worker="(\d)"\} (\d\.\d)$', shown(gateway), re.MULTILINE)
    return up == [(str(number), "1.0") for number in range(WORKERS)]


async def test_two_nodes_of_two_workers_keep_the_books(
    town: Town, valkey_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crew, "CLERKS", CLERKS)
    with node(town, valkey_url) as first, node(town, valkey_url, 1) as second:
        for each in (first, second):
            await asyncio.to_thread(_until, lambda: all_up(each))  # noqa: B023
        async with crew_of(town, seed=0, nodes=(0, 1)) as clerks, clerks.at_work():
            await clerks.more_effects(6)
            before = workers_of(first)
            victim = min(before)
            os.kill(victim, signal.SIGKILL)
            await clerks.more_effects()
            await asyncio.to_thread(_until, lambda: len(workers_of(first) - {victim}) == WORKERS)
            await clerks.more_effects()
            second.process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(second.process.wait, SOON_SECONDS) == 0
            await clerks.more_effects()
        await acquitted(town, least=10)
        await asyncio.to_thread(_until, lambda: all_up(first))
        assert "worker ended" in first.log.read_text("utf-8")


def test_each_worker_s_counts_are_in_one_answer(town: Town, valkey_url: str) -> None:
    with node(town, valkey_url) as gateway:
        _until(lambda: all_up(gateway))
        for _ in range(20):
            assert httpx2.get(f"{gateway.url}/healthz", trust_env=False).text == "ok\n"
        told = shown(gateway)
        counted = re.findall(
            r'laurel_http_requests_total\{path="/healthz",status="200",worker="(\d)"\} ([\d.]+)', told
        )
        assert sum(float(count) for _, count in counted) == 20
        assert told.count("# TYPE laurel_http_requests_total counter") == 1
        assert gateway.ready()
        assert len(workers_of(gateway)) == WORKERS


def test_workers_end_with_whoever_watches_over_them(town: Town, valkey_url: str) -> None:
    with node(town, valkey_url) as gateway:
        _until(lambda: all_up(gateway))
        left = workers_of(gateway)
        gateway.process.kill()
        _until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def test_a_start_that_is_refused_ends_all(town: Town, tmp_path: Path) -> None:
    """Wrong keys, a taken port, one process's database: said in a sentence, and never tried again."""
    wrong = {**town.settings, "GATEWAY_KEYS_DIR": str(tmp_path / "nowhere")}
    told = ("serve", "--workers", "2", "--port", str(free_port()))
    refused = run(*told, folder=tmp_path, settings=wrong)
    assert refused.returncode == 2
    assert "GATEWAY_KEYS_DIR" in refused.stderr or "key" in refused.stderr
    on_sqlite = {**town.settings, "GATEWAY_DATABASE_URL": f"sqlite:///{tmp_path}/one.sqlite"}
    refused = run(*told, folder=tmp_path, settings=on_sqlite)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "SQLite serves one process" in refused.stderr
    with serving("serve", folder=tmp_path, settings=town.settings, port=town.ports[0]):
        taken = run(*told[:-1], str(town.ports[0]), folder=tmp_path, settings=town.settings)
    assert (taken.returncode, taken.stderr.count("\n")) == (2, 1)
    assert "choose another with --port" in taken.stderr
