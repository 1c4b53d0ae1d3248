"""A reward for too few people is as unknown as none; what was redeemed before is still repeated and taken back."""

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.redemptions import (
    NotEligible,
    Reason,
    Redemption,
    RedemptionStatus,
    Refused,
    ReversalReason,
)
from gateway.domain.requests import ReverseRedemption
from gateway.services.reverse_redemption import reverse_redemption
from tests.schema.asking import data
from tests.services.world import METRO, World

pytestmark = pytest.mark.anyio


@pytest.fixture
def world() -> World:
    """A city with one card, in which rides are for too few people."""
    world = World()
    world.issue("card")
    world.groups.too_small = frozenset({"ride"})
    return world


async def test_it_is_unknown(world: World) -> None:
    with pytest.raises(MalformedInput, match="no reward of this code"):
        await world.verify("card")
    refused = await world.redeem("card")
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.UNKNOWN_REWARD


async def test_it_is_not_listed_and_the_others_are(world: World) -> None:
    codes = {one["code"] for one in (await data(world, "{ rewards { code } }"))["rewards"]}
    assert "ride" not in codes
    assert "open-ride" in codes
    assert not isinstance(await world.verify("card", "open-ride"), NotEligible)


async def test_what_was_redeemed_before_is_answered_again_and_taken_back(world: World) -> None:
    world.groups.too_small = frozenset()
    first = await world.redeem("card")
    assert isinstance(first, Redemption)
    world.groups.too_small = frozenset({"ride"})
    again = await world.redeem("card")
    assert isinstance(again, Redemption)
    assert (again.id, again.replayed) == (first.id, True)
    request = ReverseRedemption(
        redemption_id=first.id, quantity=1, reason=ReversalReason.MISTAKE, request_id="reversal-00000001"
    )
    reversed_ = await reverse_redemption(world.ports, METRO, request)
    assert isinstance(reversed_, Redemption)
    assert reversed_.status is RedemptionStatus.REVERSED
