"""The door to the database: two engines on SQLite, one on PostgreSQL, and nothing unsafe on either.

SQLite has one writer. Writing transactions therefore begin with BEGIN IMMEDIATE on a pool of one
connection: the driver's default begins to write only at the first write and silently loses updates.
Reads run beside it on their own connections (WAL).
"""

import logging
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Table, func, select, text, true
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.sql.expression import ColumnElement

from gateway.domain.errors import Unavailable
from gateway.store import engines
from gateway.store.addresses import database_url
from gateway.store.engines import POOL_SIZE, patient_postgresql_engine, postgresql_engine, sqlite_engine
from gateway.store.instants import DatabaseNow
from gateway.store.lookups import Lookup, Way
from gateway.store.postgresql_lookups import OnKept
from gateway.store.sqlite_lookups import InLoop
from gateway.store.steps import Asked, Compiled, Step, plain_transaction
from gateway.store.weather import is_weather

_log = logging.getLogger(__name__)

KEPT_FOR_LOOKUPS = POOL_SIZE // 2
"""Connections that stay with look-ups: a gate's questions never wait for effects, nor effects for them."""

_FROM_END_TO_END = ("hashjoin", "mergejoin", "seqscan")
"""Ways to join a list with a table that read all of it: PostgreSQL takes a list for longer than ours are."""

_BEGIN_STEPS = "; ".join(
    [
        "BEGIN",
        f"SET LOCAL lock_timeout = {engines.LOCK_TIMEOUT_TOGETHER_MS}",
        *(f"SET LOCAL enable_{way} = off" for way in _FROM_END_TO_END),
    ]
)

Ask = Callable[..., Coroutine[Any, Any, Any]]


class Database:
    """Transactions that read, transactions that write, and the database's clock.

    A `patient` one's statements take as long as they need: for sums over a month, not for a gate.
    """

    def __init__(
        self, text_url: str, *, now: Callable[[], ColumnElement[datetime]] = DatabaseNow, patient: bool = False
    ) -> None:
        self.url = url = database_url(text_url)
        self.is_sqlite = url.drivername.startswith("sqlite")
        self.now = now
        self._way: Way | None = None
        self._steps: dict[Step, Compiled] = {}
        if self.is_sqlite:
            self._reader = sqlite_engine(url, begin="BEGIN", pool_size=4)
            self._writer = sqlite_engine(url, begin="BEGIN IMMEDIATE", pool_size=1)
            self._way = InLoop(url)
        elif patient:
            self._reader = self._writer = patient_postgresql_engine(url)
        else:
            self._reader = self._writer = postgresql_engine(url)
            self._way = OnKept(self._reader, KEPT_FOR_LOOKUPS)

    def insert(self, table: Table) -> Any:
        """Return the dialect's INSERT, the one that knows ON CONFLICT. Both dialects' have the same methods."""
        return sqlite.insert(table) if self.is_sqlite else postgresql.insert(table)

    async def share(self, connection: AsyncConnection, *names: str) -> None:
        """Keep what has these names as it is until the transaction ends, together with all who share it.

        Not by a lock on its row: PostgreSQL lets those who share a row overtake for ever the one who waits to
        change it, so that no busy device could be revoked. These locks queue. SQLite has one writer anyway.
        """
        if not self.is_sqlite:
            locks = (func.pg_advisory_xact_lock_shared(func.hashtextextended(name, 0)) for name in names)
            await connection.execute(select(*locks))

    async def exclude(self, connection: AsyncConnection, name: str) -> None:
        """Wait until nobody shares a name any more, and let nobody share it until the transaction ends."""
        if not self.is_sqlite:
            await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))

    async def plan_for_values(self, connection: AsyncConnection) -> None:
        """Let PostgreSQL plan the rest of a transaction for its values, as an office's rare questions deserve."""
        if not self.is_sqlite:
            await connection.execute(select(text("set_config('plan_cache_mode', 'auto', true)")))

    async def join_by_index(self, connection: AsyncConnection) -> None:
        """Let PostgreSQL find the rows of a list one by one for the rest of a transaction.

        It counts each as if it might be in all partitions, and would rather read millions of rows from end to end.
        """
        if not self.is_sqlite:
            off = (f"set_config('enable_{way}', 'off', true)" for way in _FROM_END_TO_END)
            await connection.execute(select(*map(text, off)))

    async def wait_shortly(self, connection: AsyncConnection) -> None:
        """Let this transaction wait for no lock for long. SQLite's has the only lock that there is."""
        if not self.is_sqlite:
            briefly = str(engines.LOCK_TIMEOUT_TOGETHER_MS)
            await connection.execute(select(func.set_config("lock_timeout", briefly, true())))

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that only reads.

        Raises:
            Unavailable: the database can't answer in time.
        """
        async with _transaction(self._reader) as connection:
            yield connection

    def lookup(self, build: Callable[[ColumnElement[datetime]], Select[Any]]) -> Ask:
        """Return what asks a question of one row; it is built once, for the instant at which it is asked.

        Parameters are named (`bindparam`). The answer has the columns as attributes, or is None. It raises
        Unavailable as `read` does.
        """

        async def ask_sqlalchemy(**values: Any) -> Any:
            async with self.read() as connection:
                return (await connection.execute(build(self.now()), values)).one_or_none()

        way = self._way
        if way is None or self.now is not DatabaseNow:
            return ask_sqlalchemy
        lookup = Lookup(build(self.now()), self._reader.dialect)

        async def ask(**values: Any) -> Any:
            try:
                found = await way.fetch(lookup, lookup.parameters(values))
                return None if found is None else lookup.row(found)
            except Exception as error:  # SQLAlchemy will say what it is; a mistake of ours shall not be silent
                _log.info("look-up asked again", extra={"reason": type(error).__name__})
            return await ask_sqlalchemy(**values)

        return ask

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction that writes: committed and durable when the block ends, undone if it raises.

        Raises:
            Unavailable: the database can't answer in time; whether a commit that was under way counts is unknown.
        """
        async with _transaction(self._writer) as connection:
            yield connection

    @asynccontextmanager
    async def write_plainly(self) -> AsyncIterator[Asked]:
        """Open one of steps, asked of the driver itself, that waits for no lock for long (`plain_transaction`)."""
        begin = "BEGIN IMMEDIATE" if self.is_sqlite else _BEGIN_STEPS
        async with plain_transaction(self._writer, begin) as driver:
            yield Asked(driver, self._compiled, shares=not self.is_sqlite)

    def _compiled(self, step: Step) -> Compiled:
        """Return a step as it is asked of this database, compiled once."""
        if step not in self._steps:
            self._steps[step] = Compiled(step, self._writer.dialect, self.now, self.insert)
        return self._steps[step]

    async def answers(self) -> bool:
        """Whether the database answers right now."""
        try:
            async with self.read() as connection:
                await connection.execute(text("SELECT 1"))
        except Unavailable:
            return False
        return True

    async def close(self) -> None:
        """Close every connection."""
        if self._way is not None:
            await self._way.close()
        await self._writer.dispose()
        await self._reader.dispose()


@asynccontextmanager
async def _transaction(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    try:
        async with engine.begin() as connection:
            yield connection
    except (PoolTimeout, OSError, DBAPIError) as error:
        if is_weather(error):
            raise Unavailable("database") from error
        raise
