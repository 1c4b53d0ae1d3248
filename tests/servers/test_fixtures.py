"""Each test gets a database of its own: migrated, and without a trace of another test."""

import pytest
from redis import Redis
from sqlalchemy import text

from gateway.store.database import Database
from gateway.store.durability import require_durability
from gateway.store.migrate import require_head


@pytest.mark.anyio
@pytest.mark.parametrize("turn", [1, 2])
async def test_every_test_has_an_empty_migrated_database(database_url: str, turn: int) -> None:
    database = Database(database_url)
    try:
        await require_head(database)
        await require_durability(database)
        async with database.write() as connection:
            await connection.execute(text("CREATE TABLE trace (turn integer)"))  # fails where another turn left it
    finally:
        await database.close()


@pytest.mark.parametrize("turn", [1, 2])
def test_every_test_has_an_empty_valkey(valkey_url: str, turn: int) -> None:
    with Redis.from_url(valkey_url) as client:
        assert client.dbsize() == 0
        client.set("trace", turn)
