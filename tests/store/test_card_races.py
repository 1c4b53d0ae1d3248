"""Races of card offices on several nodes: whoever issues at once, one card works in the lost one's place."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import pytest

from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.registry import SqlRegistry
from tests.store.city import City, new_pass

pytestmark = pytest.mark.anyio

DESKS = 6
ROUNDS = 4


@pytest.fixture
async def city(live_database: Database) -> City:
    """A city that lives by the database's own clock."""
    return await City.found(live_database)


@pytest.fixture
async def offices(city: City, database_url: str) -> AsyncIterator[list[SqlRegistry]]:
    """Two nodes, each with connections of its own."""
    other = Database(database_url)
    yield [city.registry, SqlRegistry(other, AdminRecord(other, who="clerk"))]
    await other.close()


async def test_desks_that_issue_instead_at_once_leave_one_card_working(
    city: City, offices: list[SqlRegistry]
) -> None:
    holder = await city.move_in()
    for _ in range(ROUNDS):
        await city.registry.revoke_all(holder.registry_hash, [])  # no old card is left to wait for
        issued = await asyncio.gather(
            *(
                offices[number % 2].issue_all(
                    holder.registry_hash, [new_pass(secrets.token_bytes(32))], instead=True
                )
                for number in range(DESKS)
            )
        )
        assert len({pass_id for ids in issued for pass_id in ids or ()}) == DESKS
        assert len(await city.registry.working(holder.registry_hash, []) or ()) == 1
