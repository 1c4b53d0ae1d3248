"""A box office over HTTP, with the partner's client: hold while the buyer pays, and call a show off."""

from dataclasses import replace

import pytest

from laurel_client import (
    Cancellation,
    CancellationStatus,
    Eligible,
    Hold,
    HoldStatus,
    LaurelClient,
    NotEligible,
    Reason,
    Redemption,
    Refused,
    new_request_id,
)
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.anyio

SEAT = "sports-event"


async def test_a_buyer_pays_for_one_of_two_and_another_walks_away(city: Sandbox) -> None:
    office = city.partner("venue-counter")
    show = await city.steward.announce(office.client_id, SEAT, capacity=2)
    [[first], [second]] = [await city.steward.resident("venue") for _ in range(2)]
    own, ending = new_request_id(), new_request_id()
    async with LaurelClient(office) as client:
        held = await client.hold_reward(first.token, SEAT, 2, show, request_id=own)
        assert isinstance(held, Hold)
        assert (held.status, held.quantity, held.occasion) == (HoldStatus.HELD, 2, show)
        assert isinstance(await client.verify_pass(first.token, SEAT, 1, show), NotEligible)
        done = await client.confirm_hold(held.id, 1, request_id=ending)
        assert isinstance(done, Redemption)
        assert (done.quantity, done.request_id, done.occasion) == (1, ending, show)
        assert await client.confirm_hold(held.id, 1, request_id=ending) == replace(done, replayed=True)
        assert await client.hold_reward(first.token, SEAT, 2, show, request_id=own) == replace(held, replayed=True)
        assert isinstance(await client.verify_pass(first.token, SEAT, 1, show), Eligible)
        assert await client.redemption(request_id=ending) == done
        other = await client.hold_reward(second.code, SEAT, 1, show)
        assert isinstance(other, Hold)
        full = await client.hold_reward(second.code, SEAT, 1, show)
        assert isinstance(full, Refused)
        assert full.reason is Reason.SOLD_OUT
        released = await client.release_hold(other.id)
        assert isinstance(released, Hold)
        assert (released.id, released.status) == (other.id, HoldStatus.RELEASED)
        late = await client.confirm_hold(other.id)
        assert isinstance(late, Refused)
        assert late.reason is Reason.HOLD_ENDED
        assert isinstance(await client.redeem_reward(second.token, SEAT, 1, show), Redemption)


async def test_a_show_is_called_off(city: Sandbox) -> None:
    office = city.partner("venue-counter")
    reward = "cultural-event"
    show = await city.steward.announce(office.client_id, reward)
    [one], [two] = [await city.steward.resident("venue") for _ in range(2)]
    own = new_request_id()
    async with LaurelClient(office) as client:
        done = await client.redeem_reward(one.token, reward, 2, show)
        assert isinstance(done, Redemption)
        assert isinstance(await client.hold_reward(two.token, reward, 1, show), Hold)
        receipt = await client.cancel_occasion(show, request_id=own)
        assert isinstance(receipt, Cancellation)
        assert (receipt.status, receipt.remaining) == (CancellationStatus.DONE, 0)
        assert (receipt.reversed, receipt.reversed_units, receipt.released_holds) == (1, 2, 1)
        assert await client.cancel_occasion(show, request_id=own) == replace(receipt, replayed=True)
        found = await client.redemption(done.id)
        assert found is not None
        assert (found.status, found.reversed_quantity) == ("REVERSED", 2)
        refused = await client.redeem_reward(one.token, reward, 2, show)
        assert isinstance(refused, Refused)
        assert refused.reason is Reason.UNKNOWN_OCCASION
