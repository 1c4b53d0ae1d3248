"""One unchanging view of the whole database, for as long as somebody reads it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.errors import Unavailable
from gateway.store.addresses import database_url
from gateway.store.engines import patient_postgresql_engine, sqlite_engine


@asynccontextmanager
async def snapshot(text_url: str) -> AsyncIterator[AsyncConnection]:
    """Open a transaction that sees the database as it is now, writes nothing, and may take hours.

    The gateway goes on serving meanwhile: on PostgreSQL it is REPEATABLE READ, on SQLite a read transaction of the
    WAL. Both keep what was deleted since until it ends.

    Raises:
        Unavailable: the database can't be reached.
    """
    url = database_url(text_url)
    if url.drivername.startswith("sqlite"):
        engine = sqlite_engine(url, begin="BEGIN", pool_size=1)
    else:
        engine = patient_postgresql_engine(url)
    try:
        async with engine.connect() as connection:
            if engine.dialect.name == "postgresql":
                await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            else:
                await connection.execute(text("PRAGMA query_only = ON"))
            yield connection
    except (OperationalError, OSError, TimeoutError) as error:
        raise Unavailable("database") from error
    finally:
        await engine.dispose()
