"""Look-ups below SQLAlchemy say what SQLAlchemy would, and leave their connections as they found them."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from gateway.domain.errors import Unavailable
from gateway.store.database import Database
from gateway.store.engines import POOL_SIZE
from gateway.store.ledger import SqlLedger
from gateway.store.passes import SqlPassDirectory
from gateway.store.postgresql_lookups import OnKept
from gateway.store.sqlite_lookups import InLoop
from tests.store.city import City
from tests.store.commands import BUCKET, redeem

pytestmark = pytest.mark.anyio

NOBODY = bytes(32)
PRIVATE = "4929-canary"


class Slowly(Database):
    """A database whose clock is its own, and that compiles nothing: every question goes by SQLAlchemy."""

    def lookup(self, build: Any) -> Any:
        """Ask as for any other statement."""

        async def ask(**values: Any) -> Any:
            async with self.read() as connection:
                return (await connection.execute(build(self.now()), values)).one_or_none()

        return ask


@asynccontextmanager
async def unreadable(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """Let every transaction that reads fail: SQLAlchemy can't help."""

    def read() -> Any:
        raise Unavailable("database")

    with monkeypatch.context() as patch:
        patch.setattr(database, "read", read)
        yield


@pytest.fixture
async def slowly(database_url: str, live_database: Database) -> AsyncIterator[Database]:
    """The same database by way of SQLAlchemy alone."""
    opened = Slowly(database_url)
    yield opened
    await opened.close()


async def test_both_ways_see_the_same_passes(
    live_database: Database, slowly: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = await City.found(live_database)
    lost, kept = await city.move_in(), await city.move_in()
    assert await city.registry.revoke(lost.handle)
    for handle, known in ((lost.handle, True), (kept.handle, True), (NOBODY, False)):
        async with unreadable(live_database, monkeypatch):
            found = await SqlPassDirectory(live_database).look_up(handle, NOBODY)
        other = await SqlPassDirectory(slowly).look_up(handle, NOBODY)
        assert replace(found, now=other.now) == other
        assert abs(found.now - other.now) < timedelta(minutes=1)
        assert (found.record is not None) == known


async def test_both_ways_count_the_same(
    live_database: Database, slowly: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    city = await City.found(live_database)
    holder = await city.move_in()
    await city.commit(redeem(holder, quantity=2))
    for pseudonym, units in ((holder.pseudonym, 2), (NOBODY, 0)):
        async with unreadable(live_database, monkeypatch):
            assert await SqlLedger(live_database).used(pseudonym, BUCKET) == units
        assert await SqlLedger(slowly).used(pseudonym, BUCKET) == units


async def test_whoever_goes_leaves_a_connection_behind(live_database: Database) -> None:
    ledger = SqlLedger(live_database)
    for turns in range(4 * POOL_SIZE):
        await ledger.used(NOBODY, BUCKET)  # there is a connection: asyncpg shouts where one is given up half open
        asking = asyncio.create_task(ledger.used(NOBODY, BUCKET))
        for _ in range(turns % 12):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    answers = await asyncio.gather(*(ledger.used(NOBODY, BUCKET) for _ in range(3 * POOL_SIZE)))
    assert answers == [0] * len(answers)


async def test_a_way_that_fails_is_told_and_sqlalchemy_asks(
    live_database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: Any) -> None:
        raise ValueError(PRIVATE)

    monkeypatch.setattr(InLoop if live_database.is_sqlite else OnKept, "fetch", fail)
    with caplog.at_level(logging.INFO, "gateway"):
        assert await SqlLedger(live_database).used(NOBODY, BUCKET) == 0
    [told] = caplog.records
    assert (told.getMessage(), vars(told)["reason"]) == ("look-up asked again", "ValueError")
    assert PRIVATE not in str(vars(told))


async def test_connections_that_the_server_ended_are_replaced(live_database: Database) -> None:
    if live_database.is_sqlite:
        return
    ledger = SqlLedger(live_database)
    await asyncio.gather(*(ledger.used(NOBODY, BUCKET) for _ in range(3)))
    session = await asyncpg.connect(live_database.url.set(drivername="postgresql").render_as_string(False))
    await session.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    await session.close()
    for _ in range(3):
        with suppress(Unavailable):  # once for each at most
            assert await ledger.used(NOBODY, BUCKET) == 0
    assert await ledger.used(NOBODY, BUCKET) == 0
