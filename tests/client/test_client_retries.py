"""Trying again: nothing is lost, nothing counts twice, and there is an end to it."""

import asyncio
import time

import httpx2
import pytest

from laurel_client import Credentials, LaurelClient, Redemption, RetryPolicy, Unavailable
from tests.client.conftest import HandClock
from tests.client.stub_gateway import StubGateway

pytestmark = pytest.mark.anyio

PASS = "a-pass-of-somebody"
REWARD = "cultural-event"


@pytest.fixture(autouse=True)
def quota(gateway: StubGateway) -> None:
    gateway.ledger.quotas[PASS, REWARD] = 5


async def test_a_dropped_answer_is_asked_for_again_and_counts_once(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    gateway.faults.extend(["drop", "drop"])
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        answer = await client.redeem_reward(PASS, REWARD)
    assert isinstance(answer, Redemption)
    assert answer.replayed
    assert gateway.ledger.effects == 1
    assert len({body["variables"]["input"]["requestId"] for body in gateway.bodies}) == 1
    assert len(gateway.bodies) == 3
    assert gateway.complaints == []


async def test_each_call_without_a_request_id_is_a_new_request(
    gateway: StubGateway, credentials: Credentials
) -> None:
    async with LaurelClient(credentials) as client:
        first = await client.redeem_reward(PASS, REWARD)
        second = await client.redeem_reward(PASS, REWARD)
    assert isinstance(first, Redemption)
    assert isinstance(second, Redemption)
    assert first.id != second.id


async def test_a_busy_gateway_gets_the_time_that_it_asks_for(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    gateway.faults.extend(["busy"])
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        assert isinstance(await client.redeem_reward(PASS, REWARD), Redemption)
    assert len(hand.slept) == 1
    assert 4.0 < hand.slept[0] <= 4.1


async def test_a_gateway_that_asks_for_more_time_than_there_is_gets_no_second_request(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    gateway.faults.extend(["busy"])
    policy = RetryPolicy(deadline_seconds=3)
    async with LaurelClient(credentials, clock=hand.clock(), policy=policy) as client:
        with pytest.raises(Unavailable) as caught:
            await client.redeem_reward(PASS, REWARD, request_id="mine-0123456789ab")
    assert caught.value.request_id == "mine-0123456789ab"
    assert caught.value.retry_after_seconds == 4
    assert hand.slept == []


async def test_a_request_still_in_progress_is_asked_again(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    gateway.faults.extend(["in-progress", "in-progress"])
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        assert isinstance(await client.redeem_reward(PASS, REWARD), Redemption)
    assert len(hand.slept) == 2


async def test_after_the_deadline_the_request_id_tells_what_to_send_again(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    gateway.faults.extend(["drop"] * 100)
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        with pytest.raises(Unavailable) as caught:
            await client.redeem_reward(PASS, REWARD)
        assert sum(hand.slept) < 10
        gateway.faults.clear()
        answer = await client.redeem_reward(PASS, REWARD, request_id=caught.value.request_id)
    assert isinstance(answer, Redemption)
    assert answer.replayed
    assert gateway.ledger.effects == 1


async def test_pauses_grow_and_differ(gateway: StubGateway, credentials: Credentials, hand: HandClock) -> None:
    gateway.faults.extend(["drop"] * 5)
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        await client.redeem_reward(PASS, REWARD)
    for pause, whole in zip(hand.slept, (0.1, 0.2, 0.4, 0.8, 1.6), strict=True):
        assert whole / 2 <= pause <= whole
    assert len({pause / 2**place for place, pause in enumerate(hand.slept)}) == 5


async def test_a_stalled_answer_is_given_up_for_another_attempt(
    gateway: StubGateway, credentials: Credentials
) -> None:
    gateway.faults.extend(["stall"])
    async with LaurelClient(credentials, policy=RetryPolicy(attempt_seconds=0.3)) as client:
        answer = await client.redeem_reward(PASS, REWARD)
    assert isinstance(answer, Redemption)
    assert answer.replayed


async def test_a_gates_deadline_holds_while_the_gateway_stalls(
    gateway: StubGateway, credentials: Credentials
) -> None:
    gateway.faults.extend(["stall"] * 9)
    async with LaurelClient(credentials, policy=RetryPolicy(deadline_seconds=0.4)) as client:
        await client.sign_in()
        start = time.monotonic()
        with pytest.raises(Unavailable, match="in time"):
            await client.verify_pass(PASS, REWARD)
        assert time.monotonic() - start < 0.6


async def test_nobody_listening_is_unavailable_in_the_end(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    def refuse(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    http = httpx2.AsyncClient(transport=httpx2.MockTransport(refuse))
    client = LaurelClient(credentials, http, clock=hand.clock())
    with pytest.raises(Unavailable, match="ConnectError"):
        await client.verify_pass(PASS, REWARD)
    assert len(hand.slept) > 3
    await client.aclose()
    assert not http.is_closed  # it is the caller's
    await http.aclose()


async def test_giving_up_from_outside_is_not_tried_again(gateway: StubGateway, credentials: Credentials) -> None:
    gateway.faults.extend(["stall"])
    async with LaurelClient(credentials) as client:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await client.redeem_reward(PASS, REWARD)
    assert len(gateway.bodies) == 1
