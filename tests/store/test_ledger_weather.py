"""A database that can't answer is weather: `Unavailable`, never a crash, and nothing half done."""

import sqlite3
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from urllib.parse import urlsplit

import anyio
import asyncpg
import pytest
from sqlalchemy import text

from gateway.domain.errors import Unavailable
from gateway.store import engines
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from tests.servers.launcher import free_port
from tests.store.city import City
from tests.store.commands import BUCKET, PARTNER_ID, Holder, granted, held, hold, redeem

pytestmark = pytest.mark.anyio

NOBODY = Holder(pass_id=1, pseudonym=b"pseudonym", handle=b"handle", registry_hash=b"hash")


def _elsewhere(url: str, *, kind: str) -> str:
    """Return the URL of a place where no such database answers."""
    parts = urlsplit(url)
    user, _, password = (parts.netloc.rpartition("@")[0]).partition(":")
    changed = {
        "no server": parts._replace(netloc=f"{user}:{password}@127.0.0.1:{free_port()}"),
        "wrong password": parts._replace(netloc=f"{user}:wrong@{parts.hostname}:{parts.port}"),
        "no database": parts._replace(path="/nowhere"),
        "no folder": parts._replace(path=f"{parts.path}.d/laurel.db"),
    }
    return changed[kind].geturl().replace("sqlite+aiosqlite:/", "sqlite+aiosqlite:///", 1)


async def _finds_nobody(url: str) -> None:
    database = Database(url)
    ledger = SqlLedger(database)
    try:
        for asking in (
            ledger.commit([redeem(NOBODY)]),
            ledger.commit([redeem(NOBODY), redeem(NOBODY)]),
            ledger.recall(PARTNER_ID, "request"),
            ledger.used(NOBODY.pseudonym, BUCKET),
            ledger.occasion(PARTNER_ID, "show-1"),
            ledger.redemption(PARTNER_ID, request_id="request"),
        ):
            with pytest.raises(Unavailable):
                await asking
        assert not await database.answers()
    finally:
        await database.close()


@pytest.mark.parametrize("kind", ["no server", "wrong password", "no database"])
async def test_postgresql_that_is_not_there(postgres_url: str, kind: str) -> None:
    await _finds_nobody(_elsewhere(postgres_url, kind=kind))


async def test_sqlite_that_is_not_there(sqlite_url: str) -> None:
    others = set(threading.enumerate())  # another gateway may serve in this process
    await _finds_nobody(_elsewhere(sqlite_url, kind="no folder"))
    for thread in set(threading.enumerate()) - others:
        if "_connection_worker_thread" in thread.name:  # aiosqlite's; still tells the event loop of its failure
            await anyio.to_thread.run_sync(thread.join)


@contextmanager
def _written_by_another(url: str) -> Iterator[None]:
    """Hold SQLite's one write lock, as another process does while it writes."""
    with closing(sqlite3.connect(urlsplit(url).path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def test_sqlite_that_another_process_writes_for_too_long(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "SQLITE_BUSY_TIMEOUT_MS", 50)
    database = Database(sqlite_url)
    city = await City.found(database)
    command = redeem(await city.move_in())
    try:
        with _written_by_another(sqlite_url), pytest.raises(Unavailable):
            await city.commit(command)
        granted(await city.commit(command))  # nothing of it was recorded, not even the proof
    finally:
        await database.close()


class Killer:
    """Ends every connection of the gateway's, as a restart of the database does."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    async def strike(self) -> None:
        await self._connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'laurel'"
        )


@pytest.fixture
async def killer(postgres_url: str) -> AsyncIterator[Killer]:
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    yield Killer(connection)
    await connection.close()


@pytest.fixture
async def city(postgres_url: str) -> AsyncIterator[City]:
    database = Database(postgres_url)
    yield await City.found(database)
    await database.close()


async def test_a_connection_that_breaks_undoes_what_was_under_way(city: City, killer: Killer) -> None:
    holder = await city.move_in()

    async def revoke_all() -> None:
        async with city.database.write() as connection:
            await connection.execute(text("UPDATE pass SET revoked_at = now()"))
            await killer.strike()
            await connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await revoke_all()
    granted(await city.commit(redeem(holder)))


async def test_an_idle_connection_that_broke_costs_at_most_one_answer(city: City, killer: Killer) -> None:
    command, other = redeem(await city.move_in()), hold(await city.move_in())
    await killer.strike()
    granted(await city.commit(command))  # asked once more, of another connection
    await killer.strike()
    with pytest.raises(Unavailable):
        await city.commit(other)
    held(await city.commit(other))


async def test_who_goes_silent_amid_a_transaction_lets_go_of_its_locks(
    city: City, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    holder = await city.move_in()
    locking = "state = 'idle in transaction' AND datname = current_database()"
    monkeypatch.setattr(engines, "IDLE_TRANSACTION_TIMEOUT_MS", 50)
    silent = Database(postgres_url)

    async def go_silent() -> None:
        async with silent.write() as connection:
            await connection.execute(text("UPDATE pass SET revoked_at = now()"))
            give_up_at = anyio.current_time() + 60
            while await _count(city.database, locking):
                assert anyio.current_time() < give_up_at
                await anyio.sleep(0.01)
            await connection.execute(text("SELECT 1"))

    with pytest.raises(Unavailable):
        await go_silent()
    granted(await city.commit(redeem(holder)))
    await silent.close()


async def _count(database: Database, sessions: str) -> int:
    async with database.read() as connection:
        question = f"SELECT count(*) FROM pg_stat_activity WHERE {sessions}"
        found: int = (await connection.execute(text(question))).scalar_one()
        return found
