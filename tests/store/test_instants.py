"""Instants come back aware, in UTC and in order; the database tells the time, and is asked in one compiled way."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from sqlalchemy import literal, select
from sqlalchemy.exc import StatementError

from gateway.store.database import Database
from gateway.store.instants import DatabaseNow, Instant

pytestmark = pytest.mark.anyio

EAST = timezone(timedelta(hours=8))
INSTANTS = [
    datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
    datetime(2026, 11, 22, 9, 0, 0, 1, tzinfo=UTC),
    datetime(2026, 11, 22, 17, 0, 0, 2, tzinfo=EAST),
    datetime(2026, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
]


async def test_instants_come_back_as_the_same_moment_in_utc_and_in_order(live_database: Database) -> None:
    async with live_database.read() as connection:
        for earlier, later in pairwise(INSTANTS):
            row = (
                await connection.execute(
                    select(literal(later, Instant()), literal(earlier, Instant()) < literal(later, Instant()))
                )
            ).one()
            assert (row[0], row[0].tzinfo, bool(row[1])) == (later, UTC, True)


async def test_an_instant_without_a_zone_is_refused(live_database: Database) -> None:
    async with live_database.read() as connection:
        with pytest.raises(StatementError, match="needs a time zone"):
            await connection.execute(select(literal(INSTANTS[0].replace(tzinfo=None), Instant())))


async def test_the_database_s_clock_tells_utc_and_goes_on(live_database: Database) -> None:
    async def now() -> datetime:
        async with live_database.read() as connection:
            told: datetime = (await connection.execute(select(live_database.now()))).scalar_one()
            return told

    first, here, second = await now(), datetime.now(UTC), await now()
    assert first.tzinfo is UTC
    assert first <= second
    assert abs(here - first) < timedelta(seconds=5)  # the same machine


def test_a_statement_with_the_databases_clock_is_compiled_once() -> None:
    """SQLAlchemy caches only statements that have a cache key; compiling took a tenth of every request."""
    assert select(DatabaseNow())._generate_cache_key() is not None
