"""A database is served under the facts that it was made under, or not at all."""

import anyio
import pytest

from gateway.domain.errors import ConfigurationError
from gateway.store.database import Database
from gateway.store.deployment import require_same_deployment
from gateway.store.tables import DEPLOYMENT
from tests.store.city import City

pytestmark = pytest.mark.anyio

FACTS = {"sandbox": "no", "registry-key": "registry-1"}


async def test_the_first_start_writes_the_facts_and_the_next_ones_agree(database: Database) -> None:
    for _ in range(2):
        await require_same_deployment(database, FACTS)
    rows = await City.on(database).rows(DEPLOYMENT)
    assert {row["name"]: row["value"] for row in rows} == FACTS


async def test_a_start_under_other_facts_is_refused_and_writes_nothing(database: Database) -> None:
    await require_same_deployment(database, FACTS)
    before = await City.on(database).rows(DEPLOYMENT)
    with pytest.raises(ConfigurationError, match="made with sandbox = no, but this start has sandbox = yes"):
        await require_same_deployment(database, {"a-new-fact": "1", **FACTS, "sandbox": "yes"})
    assert await City.on(database).rows(DEPLOYMENT) == before


async def test_a_fact_that_is_new_is_written_to_an_older_database(database: Database) -> None:
    await require_same_deployment(database, {"sandbox": "no"})
    await require_same_deployment(database, FACTS)
    with pytest.raises(ConfigurationError, match="registry-key = registry-1"):
        await require_same_deployment(database, {"registry-key": "registry-2"})


async def test_of_two_first_starts_at_once_only_one_can_win(database: Database, database_url: str) -> None:
    other_node = Database(database_url)
    refused = []

    async def start(node: Database, sandbox: str) -> None:
        try:
            await require_same_deployment(node, {"sandbox": sandbox})
        except ConfigurationError:
            refused.append(sandbox)

    async with anyio.create_task_group() as together:
        together.start_soon(start, database, "yes")
        together.start_soon(start, other_node, "no")
    await other_node.close()
    [row] = await City.on(database).rows(DEPLOYMENT)
    assert refused == [{"yes": "no", "no": "yes"}[row["value"]]]
