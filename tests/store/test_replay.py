"""What may be used once: one contract for the memory of a process and of both databases."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta

import anyio
import pytest

from gateway.domain.errors import Unavailable
from gateway.domain.ports import ReplayGuard
from gateway.store.database import Database
from gateway.store.replay import MemoryReplayGuard, SqlReplayGuard
from gateway.store.sweep import sweep
from tests.auth.key_home import NOW, Hands

pytestmark = pytest.mark.anyio

LIFE = timedelta(seconds=70)

LONG = timedelta(days=1)
"""The database's sweep leaves a proof an hour longer than it has to."""

Wait = Callable[[], Awaitable[None]]


class ReplayGuardContract:
    """What every guard promises. A subclass gives `guard`, and `outlive`, which waits for longer than LIFE."""

    async def test_the_first_use_passes_and_no_other(self, guard: ReplayGuard) -> None:
        assert await guard.first_use(b"one", NOW + LIFE)
        assert not await guard.first_use(b"one", NOW + LIFE)
        assert not await guard.first_use(b"one", NOW + 2 * LIFE)

    async def test_digests_do_not_know_each_other(self, guard: ReplayGuard) -> None:
        assert await guard.first_use(b"one", NOW + LIFE)
        assert await guard.first_use(b"other", NOW + LIFE)

    async def test_what_has_expired_is_forgotten_and_nothing_else(self, guard: ReplayGuard, outlive: Wait) -> None:
        assert await guard.first_use(b"short", NOW + LIFE)
        assert await guard.first_use(b"long", NOW + LONG)
        await outlive()
        assert await guard.first_use(b"short", NOW + LONG)
        assert not await guard.first_use(b"long", NOW + LONG)

    async def test_of_sixteen_at_once_one_passes(self, guard: ReplayGuard) -> None:
        passed = []

        async def use() -> None:
            passed.append(await guard.first_use(b"one", NOW + LONG))

        async with anyio.create_task_group() as together:
            for _ in range(16):
                together.start_soon(use)
        assert sorted(passed) == [False] * 15 + [True]


class TestMemory(ReplayGuardContract):
    @pytest.fixture
    def guard(self, clock: Hands) -> ReplayGuard:
        return MemoryReplayGuard(clock)

    @pytest.fixture
    def outlive(self, clock: Hands) -> Wait:
        async def wait() -> None:
            clock.now += LIFE + timedelta(milliseconds=1)

        return wait

    async def test_when_it_is_full_nobody_passes(self, clock: Hands) -> None:
        guard = MemoryReplayGuard(clock, capacity=2)
        assert await guard.first_use(b"one", NOW + LIFE)
        assert await guard.first_use(b"two", NOW + 2 * LIFE)
        with pytest.raises(Unavailable):
            await guard.first_use(b"three", NOW + 2 * LIFE)
        assert not await guard.first_use(b"one", NOW + LIFE)  # it has forgotten nothing
        clock.now += LIFE + timedelta(milliseconds=1)
        assert await guard.first_use(b"three", NOW + 2 * LIFE)


class TestSql(ReplayGuardContract):
    @pytest.fixture
    def guard(self, database: Database) -> ReplayGuard:
        return SqlReplayGuard(database)

    @pytest.fixture
    def outlive(self, database: Database, clock: Hands) -> Wait:
        async def wait() -> None:
            clock.now += LIFE + timedelta(hours=2)
            await sweep(database)

        return wait

    async def test_two_nodes_share_what_they_remember(self, database_url: str, guard: ReplayGuard) -> None:
        other_node = Database(database_url)
        assert await guard.first_use(b"one", NOW + LIFE)
        assert not await SqlReplayGuard(other_node).first_use(b"one", NOW + LIFE)
        await other_node.close()

    async def test_when_the_database_is_down_nobody_passes(self) -> None:
        nowhere = Database("postgresql://laurel@127.0.0.1:1/laurel")
        with pytest.raises(Unavailable):
            await SqlReplayGuard(nowhere).first_use(b"one", NOW + LIFE)
        await nowhere.close()

    async def test_a_silent_database_is_not_waited_for(
        self, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        @asynccontextmanager
        async def silent() -> AsyncIterator[None]:
            await anyio.sleep_forever()
            yield

        monkeypatch.setattr(database, "write", silent)
        monkeypatch.setattr("gateway.store.replay.ANSWER_SECONDS", 0.01)
        with anyio.fail_after(30), pytest.raises(Unavailable):
            await SqlReplayGuard(database).first_use(b"one", NOW + LIFE)
