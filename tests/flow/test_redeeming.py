"""A redemption happens once for its requestId, whatever becomes of the pass, and is taken back once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from laurel_client import (
    Eligible,
    LaurelClient,
    NotEligible,
    Reason,
    Redemption,
    Refused,
    ReversalReason,
    new_request_id,
)
from tests.flow.databases import execute
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.anyio

RIDE = "transit-discount"


def _gate(city: Sandbox) -> LaurelClient:
    return LaurelClient(city.partner("transit-turnstile"))


async def _ends(client: LaurelClient, shown: str) -> None:
    """Wait until a pass is no longer good, for at most the five seconds that a node may lag."""
    give_up_at = datetime.now(UTC) + timedelta(seconds=5)
    while isinstance(await client.verify_pass(shown, RIDE), Eligible):
        assert datetime.now(UTC) < give_up_at
        await asyncio.sleep(0.1)


async def test_a_retry_gets_the_first_answer_again(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    async with _gate(city) as client:
        first = await client.redeem_reward(issued.token, RIDE, 2, request_id=(own := new_request_id()))
        again = await client.redeem_reward(issued.token, RIDE, 2, request_id=own)
        found = await client.redemption(request_id=own)
    assert isinstance(first, Redemption)
    assert (first.reward, first.quantity, first.request_id, first.replayed) == (RIDE, 2, own, False)
    assert again == replace(first, replayed=True)
    assert found == first


@pytest.mark.parametrize("end", ["revoked", "expired"])
async def test_a_retry_works_after_the_pass_has_ended(city: Sandbox, end: str) -> None:
    [issued] = await city.steward.resident("transit")
    async with _gate(city) as client:
        first = await client.redeem_reward(issued.code, RIDE, request_id=(own := new_request_id()))
        assert isinstance(first, Redemption)
        if end == "revoked":
            await city.steward.revoke(issued)
        else:
            past = f"UPDATE pass SET expires_at = (SELECT min(expires_at) FROM pass) WHERE id = {issued.pass_id}"
            await asyncio.to_thread(execute, city.database_url, past)
        await _ends(client, issued.code)
        again = await client.redeem_reward(issued.code, RIDE, request_id=own)
        new = await client.redeem_reward(issued.code, RIDE)
    assert again == replace(first, replayed=True)
    assert isinstance(new, Refused)
    assert new.reason is Reason.NOT_ELIGIBLE


async def test_a_revoked_pass_redeems_nothing_from_that_moment_on(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    async with _gate(city) as client:
        assert isinstance(await client.verify_pass(issued.token, RIDE), Eligible)
        await city.steward.revoke(issued)
        refused = await client.redeem_reward(issued.token, RIDE)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.NOT_ELIGIBLE


async def test_a_denial_is_final_for_its_request_id(city: Sandbox) -> None:
    shown = city.persona("volunteer-9.5h", "transit")["token"]
    async with _gate(city) as client:
        first = await client.redeem_reward(shown, RIDE, request_id=(own := new_request_id()))
        again = await client.redeem_reward(shown, RIDE, request_id=own)
    assert isinstance(first, Refused)
    assert (first.reason, first.replayed) == (Reason.NOT_ELIGIBLE, False)
    assert first.reference
    assert again == replace(first, replayed=True)


@pytest.mark.parametrize("other", ["quantity", "pass", "operation"])
async def test_another_request_under_a_used_id_is_refused_without_effect(city: Sandbox, other: str) -> None:
    first, second = [(await city.steward.resident("transit"))[0] for _ in range(2)]
    async with _gate(city) as client:
        done = await client.redeem_reward(first.token, RIDE, request_id=(own := new_request_id()))
        assert isinstance(done, Redemption)
        match other:
            case "quantity":
                answer = await client.redeem_reward(first.token, RIDE, 2, request_id=own)
            case "pass":
                answer = await client.redeem_reward(second.token, RIDE, request_id=own)
            case _:
                answer = await client.reverse_redemption(done.id, ReversalReason.MISTAKE, request_id=own)
        assert isinstance(answer, Refused)
        assert answer.reason is Reason.REQUEST_REUSED
        assert await client.redemption(done.id) == done
        assert isinstance(await client.verify_pass(second.token, RIDE, 4), Eligible)
        assert isinstance(await client.verify_pass(first.token, RIDE, 3), Eligible)
        assert isinstance(await client.verify_pass(first.token, RIDE, 4), NotEligible)


async def test_two_partners_may_choose_the_same_id(city: Sandbox) -> None:
    [ride, gas] = await city.steward.resident("transit", "gas")
    own = new_request_id()
    async with _gate(city) as client:
        assert isinstance(await client.redeem_reward(ride.token, RIDE, request_id=own), Redemption)
    async with LaurelClient(city.partner("gas-desk")) as client:
        other = await client.redeem_reward(gas.token, "gas-priority", request_id=own)
    assert isinstance(other, Redemption)
    assert not other.replayed


async def test_the_quota_is_used_up_and_comes_back_once(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    async with _gate(city) as client:
        done = await client.redeem_reward(issued.token, RIDE, 4)
        assert isinstance(done, Redemption)
        over = await client.redeem_reward(issued.token, RIDE)
        assert isinstance(over, Refused)
        assert over.reason is Reason.NOT_ELIGIBLE
        part = await client.reverse_redemption(done.id, ReversalReason.GATE_NOT_OPENED, 1)
        assert isinstance(part, Redemption)
        assert (part.status, part.reversed_quantity) == ("PARTLY_REVERSED", 1)
        too_much = await client.reverse_redemption(done.id, ReversalReason.MISTAKE, 4)
        assert isinstance(too_much, Refused)
        assert too_much.reason is Reason.QUANTITY_EXCEEDED
        rest = await client.reverse_redemption(
            done.id, ReversalReason.MISTAKE, request_id=(own := new_request_id())
        )
        again = await client.reverse_redemption(done.id, ReversalReason.MISTAKE, request_id=own)
        assert isinstance(rest, Redemption)
        assert (rest.status, rest.reversed_quantity) == ("REVERSED", 4)
        assert again == replace(rest, replayed=True)
        assert isinstance(await client.verify_pass(issued.token, RIDE, 4), Eligible)
        assert isinstance(await client.verify_pass(issued.token, RIDE, 5), NotEligible)


async def test_sixteen_at_once_spend_the_quota_and_no_more(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    own = new_request_id()
    async with _gate(city) as client:
        same = await asyncio.gather(*(client.redeem_reward(issued.code, RIDE, request_id=own) for _ in range(16)))
        each = await asyncio.gather(*(client.redeem_reward(issued.code, RIDE) for _ in range(16)))
    assert sorted(str(one.replayed) for one in same if isinstance(one, Redemption)) == ["False"] + ["True"] * 15
    assert sum(isinstance(one, Redemption) for one in each) == 3


async def test_a_replaced_card_keeps_what_was_used(city: Sandbox) -> None:
    old, new = city.persona("card-replaced-old", "transit"), city.persona("card-replaced-new", "transit")
    async with _gate(city) as client:
        assert isinstance(await client.verify_pass(old["token"], RIDE), NotEligible)
        done = await client.redeem_reward(new["token"], RIDE, 3)
        assert isinstance(done, Redemption)
        try:
            assert isinstance(await client.verify_pass(new["code"], RIDE, 2), NotEligible)
        finally:
            assert isinstance(await client.reverse_redemption(done.id, ReversalReason.MISTAKE), Redemption)
