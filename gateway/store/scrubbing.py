"""Letting the files of a database keep nothing of what was deleted.

A row that is deleted is first only marked so. SQLite overwrites it (`secure_delete`), but copies of it stay in
the write-ahead log until that is checkpointed, and in the unused middle of pages that were split. PostgreSQL keeps
the old row until a vacuum, and after an ordinary one still its bytes in the page; VACUUM FULL writes the table
anew. Its planner keeps samples of values as well, in `pg_statistic`: they are taken anew, and written anew, too.
Neither reaches what was copied elsewhere: WAL, its archive, replicas and backups end by their own rules
(docs/operations.md, "When a resident leaves").
"""

import asyncio
import sqlite3
from contextlib import closing
from enum import StrEnum

from sqlalchemy import Table, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.store.database import Database
from gateway.store.engines import SQLITE_BUSY_TIMEOUT_MS, hide_values

PATIENCE_SECONDS = 10
"""How long to wait for a moment without a reader or a writer; at a gate's pace there are many in a second."""


class Scrubbed(StrEnum):
    """How far a database's own files are from what was deleted."""

    COMPLETE = "complete"
    """Nothing is left in the file and its log (SQLite; the disk's own blocks are the disk's affair)."""

    LOGS_REMAIN = "logs-remain"
    """Nothing is left in the tables' files and statistics (PostgreSQL); WAL and what is made of it keep it."""

    BUSY = "busy"
    """The database had no quiet moment; try again."""


async def scrub(database: Database, *tables: Table) -> Scrubbed:
    """Write tables anew, so that nothing of what was deleted is left in their files.

    SQLite is written anew as a whole. Whoever reads or writes one of these tables waits meanwhile.
    PostgreSQL leaves its statistics alone, with a warning, where the gateway's account does not own the database.
    """
    if database.is_sqlite:
        return await asyncio.to_thread(_scrub_sqlite, str(database.url.database))
    return await _scrub_postgresql(database, tables)


def _scrub_sqlite(path: str) -> Scrubbed:
    with closing(sqlite3.connect(path, isolation_level=None, timeout=SQLITE_BUSY_TIMEOUT_MS / 1000)) as connection:
        connection.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
        connection.execute("PRAGMA secure_delete = ON")
        try:
            connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise
            return Scrubbed.BUSY
        return Scrubbed.BUSY if busy else Scrubbed.COMPLETE


async def _scrub_postgresql(database: Database, tables: tuple[Table, ...]) -> Scrubbed:
    engine = create_async_engine(database.url, hide_parameters=True, poolclass=NullPool)
    hide_values(engine.sync_engine)
    try:
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text(f"SET lock_timeout = '{PATIENCE_SECONDS}s'"))
            for table in tables:
                await connection.execute(text(f'VACUUM (FULL, ANALYZE) "{table.name}"'))
            await connection.execute(text("VACUUM FULL pg_catalog.pg_statistic"))
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != "55P03":  # lock_not_available
            raise
        return Scrubbed.BUSY
    finally:
        await engine.dispose()
    return Scrubbed.LOGS_REMAIN
