"""verifyPass for rewards that belong to a show, match or screening."""

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.redemptions import Eligible, NotEligible
from gateway.domain.standing import Standing
from tests.services.world import TODAY, World

pytestmark = pytest.mark.anyio


async def test_without_an_occasion_the_pass_is_judged_by_its_standing(world: World) -> None:
    world.issue("card")
    world.issue("poor", Standing(0, TODAY))
    world.stage("friday", "show")
    await world.redeem("card", "show", 2, occasion="friday")
    assert isinstance(await world.verify("card", "show"), Eligible)
    assert isinstance(await world.verify("poor", "show"), NotEligible)


async def test_with_an_occasion_its_quota_counts(world: World) -> None:
    world.issue("card")
    world.stage("friday", "show")
    world.stage("saturday", "show")
    await world.redeem("card", "show", 2, occasion="friday")
    assert await world.verify("card", "show", occasion="friday") == NotEligible("quota-used-up card")
    assert isinstance(await world.verify("card", "show", occasion="saturday"), Eligible)


async def test_a_yearly_quota_counts_over_all_occasions(world: World) -> None:
    world.issue("card")
    world.stage("friday", "match")
    world.stage("saturday", "match")
    await world.redeem("card", "match", 2, occasion="friday")
    for occasion in ("friday", "saturday", None):
        assert await world.verify("card", "match", occasion=occasion) == NotEligible("quota-used-up card")


@pytest.mark.parametrize(
    ("reward", "occasion", "sentence"),
    [
        ("show", "unknown", "no occasion of this id"),
        ("show", "theirs", "no occasion of this id"),
        ("show", "final", "no occasion of this id"),
        ("ride", "friday", "leave it out"),
    ],
)
async def test_an_occasion_that_cannot_be_meant_is_refused(
    world: World, reward: str, occasion: str, sentence: str
) -> None:
    world.stage("friday", "show")
    world.stage("final", "match")
    world.stage("theirs", "show", partner_id="theatre")
    with pytest.raises(MalformedInput, match=f"^occasion: .*{sentence}"):
        await world.verify("card", reward, occasion=occasion)
    assert "open" not in world.calls.made
