"""Bringing a database to the schema that this version speaks, and telling whether it is there."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.domain.errors import ConfigurationError, Unavailable
from gateway.store.database import Database, database_url

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes["connection"] = connection
    return config


def upgrade(url: str) -> None:
    """Create or migrate the schema at a URL to the newest revision. Runs an event loop of its own.

    Raises:
        ConfigurationError: the URL is no database.
        Unavailable: the database can't be reached.
    """
    target = database_url(url)
    try:
        if target.drivername.startswith("sqlite"):
            _upgrade_sqlite(target)
        else:
            asyncio.run(_upgrade_postgresql(target))
    except (DBAPIError, OSError) as error:
        raise Unavailable("database") from error


def _upgrade_sqlite(target: URL) -> None:
    Path(str(target.database)).parent.mkdir(parents=True, exist_ok=True)
    with create_engine(target.set(drivername="sqlite"), poolclass=NullPool).begin() as connection:
        command.upgrade(_config(connection), "head")


async def _upgrade_postgresql(target: URL) -> None:
    engine = create_async_engine(target, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda sync: command.upgrade(_config(sync), "head"))
    finally:
        await engine.dispose()


async def require_head(database: Database) -> None:
    """Refuse a database whose schema this version does not speak.

    Raises:
        ConfigurationError: says to run `gateway migrate`.
    """
    head = ScriptDirectory.from_config(_config()).get_current_head()
    async with database.read() as connection:
        found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    if found != head:
        raise ConfigurationError(
            f"The database is at schema {found or 'none'}, not {head}: run `gateway migrate`."
        )
