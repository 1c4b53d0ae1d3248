"""Filling a database with a ledger as fast as it can, and leaving it as a gateway's: keys, indexes, statistics."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

from bench.ledger_rows import PARTNERS, POSTGRESQL, SQLITE, statements
from gateway.store.addresses import database_url
from gateway.store.database import Database
from tests.store.city import City

BATCH = 1_000_000
"""Redemptions in one transaction."""

LARGE = ("redemption", "entry", "tap")
"""Tables whose keys and indexes are made once their rows are there: several times faster on PostgreSQL."""

_KEYS = """
SELECT conrelid::regclass::text AS tab, conname AS name, pg_get_constraintdef(oid) AS definition FROM pg_constraint
WHERE contype IN ('p', 'u') AND conrelid::regclass::text = ANY(:tables)
"""
_INDEXES = """
SELECT indexname AS name, indexdef AS definition FROM pg_indexes
WHERE tablename = ANY(:tables) AND indexname NOT IN (SELECT conname FROM pg_constraint)
"""
_FAST = (
    "SET synchronous_commit = off",
    "SET maintenance_work_mem = '1GB'",
    "SET work_mem = '256MB'",
)
_FAST_SQLITE = ("PRAGMA synchronous = OFF", "PRAGMA cache_size = -1000000")


async def found(url: str) -> None:
    """Add the partners, each with a device, to a migrated database."""
    database = Database(url)
    try:
        city = City.on(database)
        for partner in PARTNERS:
            await city.open_partner(partner, f"{partner}-1")
    finally:
        await database.close()


async def fill(url: str, begin: int, end: int) -> None:
    """Add the redemptions from one number up to another, and all that belongs to them."""
    engine = create_async_engine(database_url(url), isolation_level="AUTOCOMMIT")
    try:
        async with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                async with _postgresql_in_haste(connection):
                    await _insert(connection, begin, end)
                await connection.execute(text("VACUUM ANALYZE"))
            else:
                for pragma in _FAST_SQLITE:
                    await connection.execute(text(pragma))
                await _insert(connection, begin, end)
                await connection.execute(text("PRAGMA optimize"))
                await connection.execute(text("PRAGMA wal_checkpoint(TRUNCATE)"))
    finally:
        await engine.dispose()


async def _insert(connection: AsyncConnection, begin: int, end: int) -> None:
    spelling = POSTGRESQL if connection.dialect.name == "postgresql" else SQLITE
    for first in range(begin, end, BATCH):
        for statement in statements(spelling, first, min(first + BATCH, end)):
            await connection.exec_driver_sql(statement)


@asynccontextmanager
async def _postgresql_in_haste(connection: AsyncConnection) -> AsyncIterator[None]:
    """Do without what makes a server safe, and without keys, until the block ends; the gateway insists on both."""
    await _run(connection, ("ALTER SYSTEM SET full_page_writes = off", "ALTER SYSTEM SET max_wal_size = '8GB'"))
    await _run(connection, ("SELECT pg_reload_conf()", *_FAST))
    tables = {"tables": list(LARGE)}
    keys = (await connection.execute(text(_KEYS), tables)).all()
    indexes = (await connection.execute(text(_INDEXES), tables)).all()
    await _run(connection, [f"ALTER TABLE {key.tab} DROP CONSTRAINT {key.name}" for key in keys])
    await _run(connection, [f"DROP INDEX {index.name}" for index in indexes])
    yield
    await _run(connection, [f"ALTER TABLE {key.tab} ADD CONSTRAINT {key.name} {key.definition}" for key in keys])
    # Of a table in partitions it says "ON ONLY", which would leave each of them without.
    await _run(connection, [index.definition.replace(" ON ONLY ", " ON ") for index in indexes])
    await _run(connection, ("ALTER SYSTEM RESET full_page_writes", "SELECT pg_reload_conf()", "CHECKPOINT"))


async def _run(connection: AsyncConnection, commands: Sequence[str]) -> None:
    for command in commands:
        await connection.exec_driver_sql(command)
