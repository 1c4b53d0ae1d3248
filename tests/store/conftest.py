"""A clock that the test turns, and a small city on a database that tells the time by it."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import literal

from gateway.store import coalescing
from gateway.store.applying import Kind
from gateway.store.database import Database
from gateway.store.instants import Instant
from tests.auth.key_home import Hands
from tests.store.city import City
from tests.store.slow_disk import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give transactions the time that this machine needs."""
    monkeypatch.setattr(coalescing, "SECONDS", dict.fromkeys(Kind, PATIENCE_SECONDS))


@pytest.fixture
def clock() -> Hands:
    """The time by which the database lives; it stands still until the test turns it."""
    return Hands()


@pytest.fixture
async def database(database_url: str, clock: Hands) -> AsyncIterator[Database]:
    """An empty, migrated database of each kind, told the time by `clock`."""
    opened = Database(database_url, now=lambda: literal(clock(), Instant()))
    yield opened
    await opened.close()


@pytest.fixture
async def live_database(database_url: str) -> AsyncIterator[Database]:
    """An empty, migrated database of each kind that lives by its own clock."""
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def city(database: Database) -> City:
    """A partner with a device, and nobody yet."""
    return await City.found(database)
