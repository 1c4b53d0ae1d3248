"""Period keys at rest: all first users agree on one, and a destroyed one stays destroyed."""

import secrets
from datetime import timedelta

import anyio
import pytest
from sqlalchemy import update

from gateway.store.database import Database
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.tables import PERIOD_KEY
from tests.auth.key_home import NOW

pytestmark = pytest.mark.anyio

CLOSES = NOW + timedelta(days=60)


async def test_the_first_user_s_key_becomes_everybody_s(database: Database) -> None:
    keys = SqlPeriodKeys(database)
    assert await keys.wrapped_key("ticket", "2026-11", fresh=b"first", closes_at=CLOSES) == b"first"
    assert await keys.wrapped_key("ticket", "2026-11", fresh=b"second", closes_at=CLOSES) == b"first"


async def test_each_reward_and_period_has_its_own(database: Database) -> None:
    keys = SqlPeriodKeys(database)
    for place in (("ticket", "2026-11"), ("ticket", "2026-12"), ("check", "2026-11")):
        fresh = secrets.token_bytes(60)
        assert await keys.wrapped_key(*place, fresh=fresh, closes_at=CLOSES) == fresh


async def test_sixteen_first_users_on_two_nodes_agree(database: Database, database_url: str) -> None:
    other_node = Database(database_url)
    found = []

    async def use(keys: SqlPeriodKeys, fresh: bytes) -> None:
        found.append(await keys.wrapped_key("ticket", "2026-11", fresh=fresh, closes_at=CLOSES))

    async with anyio.create_task_group() as together:
        for number in range(16):
            node = database if number % 2 else other_node
            together.start_soon(use, SqlPeriodKeys(node), bytes([number]))
    await other_node.close()
    assert len(found) == 16
    assert len(set(found)) == 1
    assert found[0] in {bytes([number]) for number in range(16)}


async def test_a_destroyed_key_never_comes_back(database: Database) -> None:
    keys = SqlPeriodKeys(database)
    await keys.wrapped_key("ticket", "2026-11", fresh=b"first", closes_at=CLOSES)
    async with database.write() as connection:
        await connection.execute(update(PERIOD_KEY).values(wrapped=None))
    assert await keys.wrapped_key("ticket", "2026-11", fresh=b"second", closes_at=CLOSES) is None
