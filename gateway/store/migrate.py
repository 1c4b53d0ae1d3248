"""Bringing a database to the schema that this version speaks, and telling whether it is there."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, Connection, create_engine, insert, inspect, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.domain.errors import ConfigurationError, Unavailable
from gateway.store.addresses import database_url, misconfigured
from gateway.store.database import Database
from gateway.store.engines import hide_values
from gateway.store.instants import DatabaseNow
from gateway.store.tables import ADMIN_RECORD, DEPLOYMENT

T = TypeVar("T")

Tell = Callable[[str, int, float], None]
"""Takes the name of a table that is copied, how many rows of it were, and which part of it that is."""

_SCRIPTS = Path(__file__).parent / "migrations"


def _config(connection: Connection | None = None, tell: Tell | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS))
    config.attributes.update(connection=connection, tell=tell)
    return config


@dataclass(frozen=True, slots=True)
class Upgraded:
    """The schema that was reached, and whether it was another one before."""

    schema: str | None
    changed: bool


def upgrade(url: str, *, who: str | None = None, tell: Tell | None = None) -> Upgraded:
    """Create or migrate the schema at a URL to the newest revision. Runs an event loop of its own.

    A change is written down in the administrative record, in the same transaction, as done by `who`. Where it
    copies tables, `tell` hears how far it is.

    Raises:
        ConfigurationError: the URL is no database.
        Unavailable: the database can't be reached.
    """

    def work(connection: Connection) -> Upgraded:
        before = _revision(connection)
        command.upgrade(_config(connection, tell), "head")
        reached = _revision(connection)
        if reached != before and who is not None:
            act = {"at": DatabaseNow(), "who": who, "action": "migrate", "subject": reached, "facts": "{}"}
            connection.execute(insert(ADMIN_RECORD).values(act))
        return Upgraded(reached, changed=reached != before)

    return _on(database_url(url), work)


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _on(target: URL, work: Callable[[Connection], T]) -> T:
    """Do some work on a connection of its own, in one transaction."""
    try:
        if target.drivername.startswith("sqlite"):
            Path(str(target.database)).parent.mkdir(parents=True, exist_ok=True)
            url = target.set(drivername="sqlite")
            with create_engine(url, hide_parameters=True, poolclass=NullPool).begin() as connection:
                return work(connection)
        return asyncio.run(_on_postgresql(target, work))
    except (DBAPIError, OSError, TypeError) as error:
        if isinstance(error, TypeError) and misconfigured(error) is None:
            raise
        raise misconfigured(error) or Unavailable("database") from error


async def _on_postgresql(target: URL, work: Callable[[Connection], T]) -> T:
    engine = create_async_engine(target, hide_parameters=True, poolclass=NullPool)
    hide_values(engine.sync_engine)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()


def require_sandbox(url: str) -> None:
    """Refuse a database that is in use and no sandbox's, before anything touches it.

    Raises:
        ConfigurationError: it is another's.
        Unavailable: the database can't be reached.
    """
    _on(database_url(url), _require_sandbox)


def empty_sandbox(url: str) -> None:
    """Remove everything from a sandbox's database; one that was never used is left alone.

    Raises:
        ConfigurationError: the database is no sandbox's.
        Unavailable: the database can't be reached.
    """

    def empty(connection: Connection) -> None:
        _require_sandbox(connection)
        command.downgrade(_config(connection), "base")

    _on(database_url(url), empty)


def _require_sandbox(connection: Connection) -> None:
    if not inspect(connection).has_table(DEPLOYMENT.name):
        return
    fact = select(DEPLOYMENT.c.value).where(DEPLOYMENT.c.name == "sandbox")
    if connection.execute(fact).scalar_one_or_none() not in ("yes", None):
        raise ConfigurationError("GATEWAY_DATABASE_URL is no sandbox's database; it is left as it is.")


async def require_head(database: Database) -> None:
    """Refuse a database whose schema this version does not speak.

    Raises:
        ConfigurationError: says to run `gateway migrate`, or what is wrong with GATEWAY_DATABASE_URL.
    """
    head = ScriptDirectory.from_config(_config()).get_current_head()
    try:
        async with database.read() as connection:
            found = await connection.run_sync(_revision)
    except (Unavailable, DBAPIError, TypeError) as error:
        raise misconfigured(error.__cause__ or error) or error from None
    if found != head:
        raise ConfigurationError(
            f"The database is at schema {found or 'none'}, not {head}: run `gateway migrate`."
        )
