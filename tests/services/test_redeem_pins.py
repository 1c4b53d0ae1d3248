"""Rewards that need a PIN: what the ledger is told of it, for whoever is there and for nobody."""

import pytest

from gateway.domain.redemptions import Reason, Redemption, Refused
from tests.services.world import HONOREE, World

pytestmark = pytest.mark.anyio


async def test_the_right_pin_opens_the_reward(world: World) -> None:
    world.issue("card", HONOREE)
    assert isinstance(await world.redeem("card", "check-up", pin="1234"), Redemption)
    pin = world.redeem_command().pin
    assert pin is not None
    assert (pin.presented, pin.right, pin.counter) == (True, True, b"secret of card check-up")


@pytest.mark.parametrize(("typed", "presented"), [("4321", True), (None, False)])
async def test_a_wrong_or_missing_pin_is_the_same_refusal(
    world: World, typed: str | None, presented: bool
) -> None:
    world.issue("card", HONOREE)
    answer = await world.redeem("card", "check-up", pin=typed)
    assert answer == Refused(Reason.NOT_ELIGIBLE, "wrong-pin card")
    command = world.redeem_command()
    assert command.pin is not None
    assert (command.pin.presented, command.pin.right) == (presented, False)
    assert command.cause is None


async def test_a_pass_without_a_pin_opens_no_reward_that_needs_one(world: World) -> None:
    world.issue("card", HONOREE, pin_hash=None)
    assert await world.redeem("card", "check-up", pin="1234") == Refused(Reason.NOT_ELIGIBLE, "wrong-pin card")


async def test_tries_are_counted_for_the_resident_and_not_for_the_card(world: World) -> None:
    world.issue("card", HONOREE, resident_secret=b"resident")
    world.issue("new card", HONOREE, resident_secret=b"resident")
    for number, text in enumerate(("card", "new card")):
        await world.redeem(text, "check-up", pin="4321", request_id=f"request-{number:09}")
    counters = {command.pin.counter for command in world.redeem_commands() if command.pin}
    assert counters == {b"resident check-up"}


@pytest.mark.parametrize("text", ["unknown", "forged"])
async def test_nobodys_pin_takes_the_same_work_and_is_never_right(world: World, text: str) -> None:
    world.issue("card", HONOREE)
    await world.redeem("card", "check-up", pin="4321")
    for_somebody = list(world.calls.made)
    world.calls.made.clear()
    world.ledger.commands.clear()
    await world.redeem(text, "check-up", pin="1234", request_id="request-000000002")
    assert world.calls.made == for_somebody
    pin = world.redeem_command().pin
    assert pin is not None
    assert (pin.right, pin.counter) == (False, text.encode() + b" check-up")


async def test_a_pin_that_is_not_needed_is_not_looked_at(world: World) -> None:
    world.issue("card")
    assert isinstance(await world.redeem("card", "ride", pin="4321"), Redemption)
    assert world.redeem_command().pin is None
    assert {"matches", "counter"}.isdisjoint(world.calls.made)
