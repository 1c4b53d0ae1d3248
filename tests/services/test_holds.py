"""Holding, confirming, releasing, cancelling: who is asked what in which order, and what a retry gets."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.holds import Hold, HoldStatus
from gateway.domain.ledger import Confirm, InFlight, NotAccepted, TakeHold
from gateway.domain.occasions import Cancellation, CancellationStatus
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Doubt, Reason, Redemption, Refused, Undetermined
from gateway.domain.requests import CancelOccasion, ConfirmHold, HoldReward, ReleaseHold
from gateway.services.cancel_occasion import STEPS_MAX, cancel_occasion
from gateway.services.confirm_hold import confirm_hold
from gateway.services.hold_reward import hold_reward
from gateway.services.release_hold import release_hold
from tests.services.world import METRO, REQUEST_ID, World

pytestmark = pytest.mark.anyio

END_ID = "ending-0000000001"
NOTHING = "hld_" + "a" * 22


async def hold(world: World, text: str = "card", reward: str = "ride", **changes: Any) -> Any:
    asked: dict[str, Any] = {"quantity": 1, "occasion": None, "request_id": REQUEST_ID, "pin": None, **changes}
    return await hold_reward(world.ports, METRO, HoldReward(presented=PresentedPass(text), reward=reward, **asked))


async def confirm(world: World, hold_id: str, quantity: int | None = None, request_id: str = END_ID) -> Any:
    request = ConfirmHold(hold_id=hold_id, quantity=quantity, request_id=request_id)
    return await confirm_hold(world.ports, METRO, request)


async def release(world: World, hold_id: str, request_id: str = END_ID) -> Any:
    return await release_hold(world.ports, METRO, ReleaseHold(hold_id=hold_id, request_id=request_id))


async def cancel(world: World, occasion: str = "show-1", request_id: str = END_ID) -> Any:
    return await cancel_occasion(world.ports, METRO, CancelOccasion(occasion=occasion, request_id=request_id))


async def test_a_hold_lasts_as_long_as_the_reward_says(world: World) -> None:
    world.issue("card")
    held = await hold(world, quantity=3)
    assert isinstance(held, Hold)
    assert held.expires_at - held.held_at == timedelta(minutes=10)
    [command] = world.ledger.commands
    assert isinstance(command, TakeHold)
    assert (command.hold_id, command.lifetime) == (held.id, timedelta(minutes=10))
    assert command.evidence == f"the proof of metro for {REQUEST_ID}".encode()


async def test_what_is_held_is_confirmed_unless_its_pass_was_revoked_since(world: World) -> None:
    world.issue("card")
    first, second = await hold(world), await hold(world, request_id="holding-000000002")
    assert isinstance(await confirm(world, first.id), Redemption)
    world.directory.records[b"card"] = replace(world.directory.records[b"card"], revoked=True)
    assert await confirm(world, second.id, request_id="ending-0000000002") == Refused(Reason.HOLD_ENDED)
    assert isinstance(await confirm(world, first.id), Redemption)


async def test_where_nobody_can_tell_the_pass_of_a_hold_nothing_is_decided(world: World) -> None:
    world.issue("card")
    held = await hold(world)
    world.held_passes.lost = True
    assert await confirm(world, held.id) == Undetermined(Doubt.KEYS_MISSING)
    world.held_passes.lost = False
    assert isinstance(await confirm(world, held.id), Redemption)


async def test_a_reward_that_is_never_held_is_a_mistake_of_the_caller(world: World) -> None:
    world.issue("card")
    with pytest.raises(MalformedInput, match="never held"):
        await hold(world, reward="check-up", pin="1234")
    assert world.ledger.entries == {}


async def test_a_retry_of_each_gets_the_first_answer_before_the_pass_is_opened(world: World) -> None:
    world.issue("card")
    held = await hold(world, quantity=2)
    done = await confirm(world, held.id, 1)
    world.directory.now += timedelta(days=1)
    world.calls.keyless.add("open")
    assert await hold(world, quantity=2) == replace(held, replayed=True)
    assert await confirm(world, held.id, 1) == replace(done, replayed=True)
    assert list(world.ledger.units.values()) == [1]


async def test_a_hold_is_confirmed_or_released_and_then_over(world: World) -> None:
    world.issue("card")
    first = await hold(world)
    done = await confirm(world, first.id)
    assert isinstance(done, Redemption)
    assert (done.quantity, done.request_id) == (1, END_ID)
    second = await hold(world, request_id="request-000000002")
    given_up = await release(world, second.id, "ending-0000000002")
    assert given_up == replace(second, status=HoldStatus.RELEASED)
    for ended in (first, second):
        assert await confirm(world, ended.id, request_id=f"late-{ended.id}") == Refused(Reason.HOLD_ENDED)
    assert await release(world, NOTHING, "ending-0000000004") == Refused(Reason.NOT_FOUND)


@pytest.mark.parametrize("operation", ["hold", "confirm", "release"])
async def test_another_content_under_the_same_id_is_refused(world: World, operation: str) -> None:
    world.issue("card")
    held = await hold(world)
    match operation:
        case "hold":
            answer = await world.redeem("card")
        case "confirm":
            await confirm(world, held.id)
            answer = await confirm(world, held.id, 1)
        case _:
            await release(world, held.id)
            answer = await confirm(world, held.id)
    assert answer == Refused(Reason.REQUEST_REUSED)


async def test_who_may_not_have_it_may_not_hold_it(world: World) -> None:
    assert await hold(world) == Refused(Reason.NOT_ELIGIBLE, "unknown-pass card")
    assert world.limits.denied == 1
    assert await hold(world, reward="others", request_id="request-000000002") == Refused(Reason.UNKNOWN_REWARD)
    unknown = await hold(world, reward="show", occasion="show-1", request_id="request-000000003")
    assert unknown == Refused(Reason.UNKNOWN_OCCASION)


@pytest.mark.parametrize("missing", ["fingerprint", "evidence"])
async def test_a_missing_key_leaves_it_undetermined(world: World, missing: str) -> None:
    world.issue("card")
    world.stage("show-1", "show")
    world.calls.keyless.add(missing)
    for answer in (
        await hold(world),
        await confirm(world, NOTHING),
        await release(world, NOTHING),
        await cancel(world),
    ):
        assert answer == Undetermined(Doubt.KEYS_MISSING)
    assert world.ledger.entries == {}


async def test_what_is_in_flight_is_in_progress_and_a_used_proof_is_no_answer(world: World) -> None:
    world.stage("show-1", "show")
    asks: tuple[Callable[[], Awaitable[Any]], ...] = (
        lambda: confirm(world, NOTHING),
        lambda: release(world, NOTHING),
        lambda: cancel(world),
    )
    for ask in asks:
        world.ledger.outcome = InFlight()
        assert await ask() == Refused(Reason.IN_PROGRESS)
        world.ledger.outcome = NotAccepted()
        with pytest.raises(NotAuthentic):
            await ask()


async def test_the_ledger_is_told_who_ends_which_hold(world: World) -> None:
    await confirm(world, NOTHING, 2)
    [command] = world.ledger.commands
    assert isinstance(command, Confirm)
    assert (command.partner_id, command.device_id, command.proof) == ("metro", "gate-1", METRO.proof)
    assert (command.hold_id, command.quantity) == (NOTHING, 2)
    assert command.redemption_id.startswith("rdm_")


async def test_a_cancellation_is_done_within_a_request_or_goes_on_with_the_next(world: World) -> None:
    world.stage("show-1", "show")
    world.ledger.steps = STEPS_MAX + 1
    state = await cancel(world)
    assert isinstance(state, Cancellation)
    assert (state.status, state.remaining, state.replayed) == (CancellationStatus.RUNNING, 1, False)
    state = await cancel(world)
    assert (state.status, state.remaining, state.replayed) == (CancellationStatus.DONE, 0, True)
    world.calls.made.clear()
    assert await cancel(world) == state
    assert "advance" not in world.calls.made
    assert await hold(world, reward="show", occasion="show-1") == Refused(Reason.UNKNOWN_OCCASION)


async def test_an_occasion_of_somebody_else_is_not_cancelled_and_its_id_stays_free(world: World) -> None:
    world.stage("show-1", "show", partner_id="ferry")
    assert await cancel(world) == Refused(Reason.UNKNOWN_OCCASION)
    world.stage("show-1", "show")
    assert isinstance(await cancel(world), Cancellation)
