"""The access token's life, and nonces."""

import asyncio
import time
from collections.abc import Callable

import pytest

from laurel_client import ClockSkew, Credentials, LaurelClient, RetryPolicy, Unauthenticated, Unavailable
from laurel_client.clock import Clock
from tests.client.conftest import HandClock, new_jwk, partner_content
from tests.client.stub_gateway import StubGateway

pytestmark = pytest.mark.anyio


async def until(seen: Callable[[], bool]) -> None:
    """Wait for what goes on behind."""
    async with asyncio.timeout(10):
        while not seen():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.01)


async def test_a_token_is_renewed_at_seventy_percent_of_its_life(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    gateway.token_life = 100
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        await client.redemption("rdm_a")
        hand.now += 69.9
        await client.redemption("rdm_a")
        assert len(gateway.grants) == 1
        hand.now += 0.2
        await client.sign_in()
        assert len(gateway.grants) == 2
    assert gateway.complaints == []


async def test_nobody_waits_for_a_renewal(gateway: StubGateway, credentials: Credentials, hand: HandClock) -> None:
    gateway.token_life = 100
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        await client.sign_in()
        gateway.hold_grants.clear()
        hand.now += 70.1
        await asyncio.gather(*(client.redemption("rdm_a") for _ in range(4)))
        assert [len(gateway.grants), len(gateway.bodies)] == [1, 4]
        gateway.hold_grants.set()
        await client.sign_in()
        assert len(gateway.grants) == 2
        await client.redemption("rdm_a")
    assert gateway.complaints == []
    assert gateway.tokens_used == [gateway.grants[0]] * 4 + [gateway.grants[1]]


async def test_a_client_that_closes_ends_its_renewal(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    before = asyncio.all_tasks()
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        await client.sign_in()
        gateway.hold_grants.clear()
        hand.now += 299
        await client.redemption("rdm_a")
        await client.with_policy(RetryPolicy()).aclose()  # its connection is another's
        await client.redemption("rdm_a")
        assert len(asyncio.all_tasks() - before) == 1
    assert asyncio.all_tasks() <= before


async def test_many_callers_fetch_one_token(gateway: StubGateway, credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        await asyncio.gather(*(client.redemption("rdm_a") for _ in range(8)))
    assert len(gateway.grants) == 1
    assert len(gateway.bodies) == 8


async def test_an_old_token_serves_while_no_new_one_can_be_had(
    gateway: StubGateway, credentials: Credentials, hand: HandClock
) -> None:
    gateway.token_life = 100
    async with LaurelClient(credentials, clock=hand.clock()) as client:
        await client.sign_in()
        gateway.token_endpoint_busy = True
        hand.now += 90
        for _ in range(3):
            assert await client.redemption("rdm_a") is None
        await until(lambda: gateway.grants_denied == 1)  # and not with each request
        hand.now += 10
        with pytest.raises(Unavailable):
            await client.redemption("rdm_a")


async def test_a_token_that_ended_early_is_replaced_once(gateway: StubGateway, credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        gateway.faults.extend(["expired"])
        assert await client.redemption("rdm_a") is None
        assert len(gateway.grants) == 2
        gateway.faults.extend(["expired", "expired"])
        with pytest.raises(Unauthenticated):
            await client.redemption("rdm_a")


async def test_a_nonce_that_the_gateway_asks_for_goes_into_the_next_proof(
    gateway: StubGateway, credentials: Credentials
) -> None:
    async with LaurelClient(credentials) as client:
        gateway.nonce = "nonce-one"
        await client.sign_in()
        assert gateway.nonces_asked == 1
        await client.redemption("rdm_a")
        assert gateway.nonces_asked == 1
        gateway.nonce = "nonce-two"
        await client.redemption("rdm_a")
        assert gateway.nonces_asked == 2
    assert len(gateway.bodies) == 2
    assert gateway.complaints == []


async def test_the_newest_nonce_of_any_reply_is_used(gateway: StubGateway, credentials: Credentials) -> None:
    gateway.nonce, gateway.nonce_changes = "nonce-one", True
    async with LaurelClient(credentials) as client:
        for _ in range(3):
            await client.redemption("rdm_a")
    assert gateway.nonces_asked == 1


async def test_a_gateway_that_never_takes_a_nonce_is_asked_twice_only(
    gateway: StubGateway, credentials: Credentials
) -> None:
    async with LaurelClient(credentials) as client:
        await client.sign_in()
        gateway.nonce, gateway.nonce_accepted = "nonce-one", False
        with pytest.raises(Unauthenticated):
            await client.redemption("rdm_a")
    assert gateway.nonces_asked == 4  # twice for the request, twice for the new token that might have helped


async def test_another_devices_key_is_not_accepted(gateway: StubGateway) -> None:
    stranger = Credentials.from_mapping(partner_content(gateway.url, new_jwk("ES256")))
    async with LaurelClient(stranger) as client:
        with pytest.raises(Unauthenticated, match="invalid_client"):
            await client.sign_in()


@pytest.mark.parametrize(("seconds", "word"), [(240, "fast"), (-61, "slow")])
async def test_a_clock_that_is_wrong_is_told(
    gateway: StubGateway, credentials: Credentials, seconds: int, word: str
) -> None:
    sentence = rf"^This machine's clock is {abs(seconds)} seconds {word}\. Set it by NTP\.$"
    async with LaurelClient(credentials) as client:
        gateway.skew = seconds
        with pytest.raises(ClockSkew, match=sentence):
            await client.sign_in()
        gateway.skew = None
        await client.sign_in()
        gateway.skew = seconds
        with pytest.raises(Unauthenticated, match=sentence) as caught:
            await client.redemption("rdm_a")
    assert isinstance(caught.value, ClockSkew)
    assert caught.value.seconds == seconds
    assert len(gateway.grants) == 1  # another token would not have helped


async def test_every_answer_tells_how_far_the_clocks_are_apart(
    gateway: StubGateway, credentials: Credentials
) -> None:
    slow = Clock(wall=lambda: time.time() - 8)
    async with LaurelClient(credentials, clock=slow) as client:
        assert client.clock_ahead_seconds is None
        await client.sign_in()
        assert client.clock_ahead_seconds is not None
        assert -10 <= client.clock_ahead_seconds <= -7
