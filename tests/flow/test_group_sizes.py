"""A reward that too few can have does not exist for partners, on any node, until its group is larger."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from laurel_client import Eligible, LaurelClient, Refused
from laurel_client.errors import BadInput
from tests.flow.databases import empty_database
from tests.flow.production import RIDE, Production, production

pytestmark = pytest.mark.anyio

SECONDS_MAX = 30
"""A node looks every five seconds; a machine that runs all the tests at once may take longer."""


@pytest.fixture
def small_town(tmp_path: Path, postgres_server: str, valkey_server: str) -> Iterator[Production]:
    """A deployment with ten residents."""
    with (
        empty_database(postgres_server) as url,
        production(tmp_path, url, valkey_server, crowd=10) as deployment,
    ):
        yield deployment


async def eligible_soon(client: LaurelClient, code: str) -> bool:
    """Whether a pass is found eligible before one gives up."""
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        try:
            return isinstance(await client.verify_pass(code, RIDE), Eligible)
        except BadInput:
            await asyncio.sleep(0.2)
    return False


async def test_a_reward_becomes_active_on_every_node(small_town: Production) -> None:
    [card] = await small_town.steward.resident("transit")
    more = small_town.folder / "more.csv"
    async with small_town.client(0) as first, small_town.client(1) as second:
        assert (await first.execute("Rewards", {}))["rewards"] == []
        with pytest.raises(BadInput):
            await second.verify_pass(card.code, RIDE)
        refused = await second.redeem_reward(card.code, RIDE)
        assert isinstance(refused, Refused)
        assert refused.reason == "UNKNOWN_REWARD"

        small_town.command("registry", "sample", "--residents", "100", "--out", more)
        small_town.command("registry", "import", more)
        assert await eligible_soon(first, card.code)
        assert await eligible_soon(second, card.code)
        assert [one["code"] for one in (await first.execute("Rewards", {}))["rewards"]] == [RIDE]
