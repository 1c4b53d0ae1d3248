"""What is done to a database: locked, slow, stopped, out of reach; and to a process: no room on its disk."""

import asyncio
import resource
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress

import asyncpg

from tests.faults.conftest import Standing
from tests.flow.processes import Gateway


@asynccontextmanager
async def locked(standing: Standing) -> AsyncIterator[None]:
    """Another session holds what every effect needs: SQLite's one writer, or the table of entries."""
    url = standing.town.database_url
    if standing.town.on_sqlite:
        path = url.partition(":///")[2]
        with closing(sqlite3.connect(path, isolation_level=None, timeout=30)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            yield
            writer.execute("ROLLBACK")
        return
    session = await asyncpg.connect(url)
    try:
        async with session.transaction():
            await session.execute("LOCK TABLE entry IN ACCESS EXCLUSIVE MODE")
            yield
    finally:
        await session.close()


@asynccontextmanager
async def slow(standing: Standing) -> AsyncIterator[None]:
    """A statement of another session takes minutes, and has the rows of every show meanwhile."""
    session = await asyncpg.connect(standing.town.database_url)
    try:
        async with session.transaction():
            await session.execute("SELECT id FROM occasion FOR UPDATE")
            sleeping = asyncio.create_task(session.execute("SELECT pg_sleep(600)"))
            try:
                yield
            finally:
                sleeping.cancel()
                with suppress(asyncio.CancelledError):
                    await sleeping
    except asyncpg.InFailedSQLTransactionError:  # the sleeper was cancelled by the server
        pass
    finally:
        await session.close()


@asynccontextmanager
async def stopped(standing: Standing) -> AsyncIterator[None]:
    """PostgreSQL is stopped at once, and starts again on the same data and the same port."""
    assert standing.cluster is not None
    await asyncio.to_thread(standing.cluster.stop_immediately)
    try:
        yield
    finally:
        await asyncio.to_thread(standing.cluster.start)


@asynccontextmanager
async def black_holed(standing: Standing) -> AsyncIterator[None]:
    """Connections stay and new ones are taken, and nothing gets through."""
    assert standing.cable is not None
    standing.cable.silence()
    try:
        yield
    finally:
        standing.cable.mend()


@contextmanager
def no_room(node: Gateway, limit: int) -> Iterator[None]:
    """Let a process write to no file beyond so many bytes, as if the disk were full."""
    before = resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, (limit, before[1]))
    try:
        yield
    finally:
        resource.prlimit(node.process.pid, resource.RLIMIT_FSIZE, before)
