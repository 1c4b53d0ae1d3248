"""What look-ups must never do to the event loop, to the pool and to the file."""

import asyncio
import logging
import sqlite3
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import ColumnElement, Integer, Select, bindparam, literal, select, text

from gateway.store.database import KEPT_FOR_LOOKUPS, Database
from gateway.store.ledger import SqlLedger
from gateway.store.lookups import Lookup
from gateway.store.sqlite_lookups import STEPS_MAX, InLoop
from gateway.store.tables import DEPLOYMENT
from tests.store.commands import BUCKET

pytestmark = pytest.mark.anyio

NOBODY = bytes(32)


def _count_to(_: ColumnElement[datetime]) -> Select[Any]:
    """Return a question that takes as long as it is told to."""
    numbers = select(literal(1).label("n")).cte("numbers", recursive=True)
    more = select(numbers.c.n + 1).where(numbers.c.n < bindparam("last", type_=Integer))
    counted = numbers.union_all(more)
    return select(counted.c.n).order_by(counted.c.n.desc()).limit(1)


async def test_on_sqlite_nothing_is_written_and_no_snapshot_is_kept(live_database: Database) -> None:
    if not live_database.is_sqlite:
        return
    way, path = InLoop(live_database.url), str(live_database.url.database)
    lookup = Lookup(select(DEPLOYMENT), live_database._reader.dialect)
    assert await way.fetch(lookup, []) is None
    async with live_database.write() as connection:
        await connection.execute(text("INSERT INTO deployment (name, value) VALUES ('a', 'b')"))
    other = sqlite3.connect(path)
    assert other.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone() == (0, 0, 0)  # nobody reads the old log
    other.close()
    assert await way.fetch(lookup, []) == ("a", "b")
    connection_inside = way._connection
    assert connection_inside is not None
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        connection_inside.execute("DELETE FROM deployment")
    await way.close()


async def test_a_question_that_would_keep_the_loop_is_asked_in_a_thread(
    live_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    count = live_database.lookup(_count_to)
    with caplog.at_level(logging.INFO, "gateway"):
        assert (await count(last=10)).n == 10
        assert caplog.records == []
        assert (await count(last=STEPS_MAX)).n == STEPS_MAX
    told = [(one.getMessage(), vars(one)["reason"]) for one in caplog.records]
    assert told == ([("look-up asked again", "OperationalError")] if live_database.is_sqlite else [])


async def test_however_many_are_asked_none_is_asked_twice(
    live_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = SqlLedger(live_database)
    with caplog.at_level(logging.INFO, "gateway"):
        for _ in range(3000):
            await ledger.used(NOBODY, BUCKET)
    assert caplog.records == []


async def test_no_more_connections_stay_with_lookups_than_may(live_database: Database) -> None:
    if live_database.is_sqlite:
        return
    ledger, pool = SqlLedger(live_database), live_database._reader.pool
    answers = await asyncio.gather(*(ledger.used(NOBODY, BUCKET) for _ in range(10 * KEPT_FOR_LOOKUPS)))
    assert answers == [0] * len(answers)
    assert pool.checkedout() == KEPT_FOR_LOOKUPS  # type: ignore[attr-defined]
    assert live_database._way is not None
    await live_database._way.close()
    assert pool.checkedout() == 0  # type: ignore[attr-defined]


async def test_what_is_in_use_when_the_database_closes_is_given_up(live_database: Database) -> None:
    if live_database.is_sqlite:
        return
    ledger, pool = SqlLedger(live_database), live_database._reader.pool
    await ledger.used(NOBODY, BUCKET)
    asking = asyncio.create_task(ledger.used(NOBODY, BUCKET))
    await asyncio.sleep(0)
    assert live_database._way is not None
    await live_database._way.close()
    assert await asking == 0
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
