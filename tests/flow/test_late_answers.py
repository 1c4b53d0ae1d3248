"""What comes too late, and what nobody can say yet: told as such over a line that loses answers, counted once."""

import asyncio

import asyncpg
import httpx2
import pytest

from laurel_client import LaurelClient, Reason, Redemption, ReversalReason, new_request_id
from tests.flow.databases import execute
from tests.flow.losing import PATIENT, RIDE, losing, new_partner, on_record, refused
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

pytestmark = pytest.mark.anyio


async def test_a_window_that_has_closed_is_told_as_if_nothing_were_lost(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    async with losing(city, await new_partner(city)) as client:
        made = await client.redeem_reward(issued.token, RIDE)
        assert isinstance(made, Redemption)
        past = "2026-01-01 00:00:00.000000" + ("" if city.database_url.startswith("sqlite") else "+00")
        closed = f"UPDATE redemption SET reversible_until = '{past}' WHERE id = '{made.id}'"
        await asyncio.to_thread(execute, city.database_url, closed)
        reason = await refused(
            lambda own: client.reverse_redemption(made.id, ReversalReason.MISTAKE, request_id=own)
        )
        assert reason is Reason.WINDOW_CLOSED
        found = await client.redemption(made.id)
        assert found is not None
        assert found.reversed_quantity == 0


TRIES_MAX = 20
"""A machine that is busy says 503 where it could not even wait for the lock within a second."""

_CLAIM = """INSERT INTO entry (partner_id, request_id, fingerprint, kind, redemption_id)
VALUES ($1, $2, 'somebody', 'REDEEMED', 'rdm_of_somebody')"""


@pytest.mark.xdist_group("postgres-sandbox")
async def test_what_is_being_decided_is_waited_for_and_counts_once(postgres_sandbox: Sandbox) -> None:
    """Another node has claimed the request and does not end: nobody can say yet what becomes of it.

    On SQLite the one writer is busy then, which is a 503 like any other.
    """
    city = postgres_sandbox
    metro, own = await new_partner(city), new_request_id()
    [issued] = await city.steward.resident("transit")
    other = await asyncpg.connect(city.database_url)
    claim = other.transaction()
    await claim.start()
    await other.execute(_CLAIM, metro.client_id, own)
    with Wire(metro) as gate:
        for _ in range(TRIES_MAX):
            said = await asyncio.to_thread(gate.send, "RedeemReward", input=_ride(issued.token, own))
            if said.status_code == httpx2.codes.OK:
                break
        else:
            pytest.fail("Nothing but 503.")
        assert said.json()["data"]["redeemReward"]["reason"] == Reason.IN_PROGRESS
    async with LaurelClient(metro, policy=PATIENT) as client:
        asked = asyncio.create_task(client.redeem_reward(issued.token, RIDE, request_id=own))
        await asyncio.sleep(3)  # it hears of it after one
        assert not asked.done()
        await claim.rollback()
        made = await asked
    assert isinstance(made, Redemption)
    assert await on_record(metro) == [made.id]
    await other.close()


def _ride(shown: str, request_id: str) -> dict[str, object]:
    return {"pass": shown, "reward": RIDE, "requestId": request_id, "quantity": 1}
