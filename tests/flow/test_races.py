"""Sixteen at once, over HTTP, against two processes on one database: one effect, and never over quota."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import pytest

from laurel_client import (
    Eligible,
    LaurelClient,
    NotEligible,
    Reason,
    Redemption,
    Refused,
    ReversalReason,
    Undetermined,
    new_request_id,
)
from tests.flow.production import RIDE, Production

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("production")]

RACERS = 16
QUOTA = 4

Answer = Redemption | Refused | Undetermined


@asynccontextmanager
async def _clients(deployment: Production) -> AsyncIterator[list[LaurelClient]]:
    """A client for each node, signed in: the race is not for tokens."""
    async with AsyncExitStack() as stack:
        yield [await stack.enter_async_context(deployment.client(node)) for node in (0, 1)]


async def _race(
    clients: Sequence[LaurelClient], run: Callable[[LaurelClient, int], Awaitable[Answer]]
) -> list[Answer]:
    """Let all run at once, taking the clients in turn."""
    return await asyncio.gather(*(run(clients[number % len(clients)], number) for number in range(RACERS)))


async def _left(client: LaurelClient, shown: str) -> int:
    """How many units of the quota are left."""
    left = 0
    while isinstance(verdict := await client.verify_pass(shown, RIDE, left + 1), Eligible):
        left += 1
    assert isinstance(verdict, NotEligible)
    return left


async def _resident(deployment: Production) -> str:
    [issued] = await deployment.steward.resident("transit")
    return issued.token  # denied codes count, and stop


async def test_one_request_id_has_one_effect(deployment: Production) -> None:
    shown, own = await _resident(deployment), new_request_id()
    async with _clients(deployment) as clients:
        answers = await _race(clients, lambda client, _: client.redeem_reward(shown, RIDE, request_id=own))
        assert await _left(clients[0], shown) == QUOTA - 1
    done = [one for one in answers if isinstance(one, Redemption)]
    assert len(done) == RACERS
    assert len({replace(one, replayed=False) for one in done}) == 1
    assert [one.replayed for one in done].count(False) == 1


async def test_one_request_id_has_one_content(deployment: Production) -> None:
    shown, own = await _resident(deployment), new_request_id()
    async with _clients(deployment) as clients:
        answers = await _race(
            clients, lambda client, number: client.redeem_reward(shown, RIDE, 1 + number // 2 % 2, request_id=own)
        )
        done = {replace(one, replayed=False) for one in answers if isinstance(one, Redemption)}
        [winner] = done
        assert await _left(clients[1], shown) == QUOTA - winner.quantity
    said = Counter(one.reason if isinstance(one, Refused) else "done" for one in answers)
    assert said == {"done": RACERS // 2, Reason.REQUEST_REUSED: RACERS // 2}


async def test_a_quota_is_spent_to_the_last_unit_and_not_beyond(deployment: Production) -> None:
    shown = await _resident(deployment)
    async with _clients(deployment) as clients:
        answers = await _race(clients, lambda client, _: client.redeem_reward(shown, RIDE))
        assert await _left(clients[1], shown) == 0
    said = Counter(one.reason if isinstance(one, Refused) else "done" for one in answers)
    assert said == {"done": QUOTA, Reason.NOT_ELIGIBLE: RACERS - QUOTA}


async def test_a_redemption_is_taken_back_once(deployment: Production) -> None:
    shown = await _resident(deployment)
    async with _clients(deployment) as clients:
        done = await clients[0].redeem_reward(shown, RIDE, 2)
        assert isinstance(done, Redemption)
        answers = await _race(
            clients, lambda client, _: client.reverse_redemption(done.id, ReversalReason.MISTAKE, 2)
        )
        assert await _left(clients[0], shown) == QUOTA
    said = Counter(one.reason if isinstance(one, Refused) else "done" for one in answers)
    assert said == {"done": 1, Reason.QUANTITY_EXCEEDED: RACERS - 1}
