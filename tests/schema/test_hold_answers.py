"""What partners see of holds and cancellations."""

from typing import Any

import pytest

from tests.schema.asking import CANCEL, CONFIRM, HOLD, RELEASE, ask, data, only_error
from tests.services.world import REQUEST_ID, World

pytestmark = pytest.mark.anyio

REFUSED = "... on Refused { reason message reference replayed } ... on Undetermined { doubt message }"
HELD = f"... on Hold {{ id requestId reward quantity status occasion heldAt expiresAt replayed }} {REFUSED}"
REDEEMED = f"... on Redemption {{ id quantity status redeemedAt }} {REFUSED}"
CANCELLED = (
    "... on Cancellation { id requestId occasion reward status reversed reversedUnits releasedHolds remaining"
    f" cancelledAt finishedAt replayed }} {REFUSED}"
)
UTC_NOW = "2026-11-22T04:00:00+00:00"


async def held(world: World) -> dict[str, Any]:
    """Hold two rides of somebody who may have four."""
    world.issue("card")
    asked = {"pass": "card", "reward": "ride", "quantity": 2, "requestId": REQUEST_ID}
    answer: dict[str, Any] = (await data(world, HOLD % HELD, {"input": asked}))["holdReward"]
    return answer


async def test_a_hold_says_what_is_kept_and_until_when(world: World) -> None:
    answer = await held(world)
    assert answer.pop("id").startswith("hld_")
    assert answer == {
        "__typename": "Hold",
        "requestId": REQUEST_ID,
        "reward": "ride",
        "quantity": 2,
        "status": "HELD",
        "occasion": None,
        "heldAt": UTC_NOW,
        "expiresAt": "2026-11-22T04:10:00+00:00",
        "replayed": False,
    }


async def test_a_confirmation_is_a_redemption_and_a_release_a_hold(world: World) -> None:
    answer = await held(world)
    asked = {"holdId": answer["id"], "quantity": 1, "requestId": "confirm-00000001"}
    confirmed = (await data(world, CONFIRM % REDEEMED, {"input": asked}))["confirmHold"]
    assert (confirmed["__typename"], confirmed["quantity"], confirmed["status"]) == ("Redemption", 1, "REDEEMED")
    asked = {"holdId": answer["id"], "requestId": "release-00000001"}
    late = (await data(world, RELEASE % HELD, {"input": asked}))["releaseHold"]
    assert (late["__typename"], late["reason"]) == ("Refused", "HOLD_ENDED")
    assert "its time is over" in late["message"]


async def test_a_cancellation_is_a_receipt(world: World) -> None:
    world.stage("show-1", "show")
    asked = {"occasion": "show-1", "requestId": REQUEST_ID}
    answer = (await data(world, CANCEL % CANCELLED, {"input": asked}))["cancelOccasion"]
    assert answer.pop("id").startswith("cnl_")
    assert answer == {
        "__typename": "Cancellation",
        "requestId": REQUEST_ID,
        "occasion": "show-1",
        "reward": "show",
        "status": "DONE",
        "reversed": 0,
        "reversedUnits": 0,
        "releasedHolds": 0,
        "remaining": 0,
        "cancelledAt": UTC_NOW,
        "finishedAt": UTC_NOW,
        "replayed": False,
    }


@pytest.mark.parametrize("document", [CONFIRM, RELEASE])
@pytest.mark.parametrize("hold_id", ["", "hld_short", "rdm_" + "a" * 22])
async def test_what_can_be_no_hold_is_bad_input(world: World, document: str, hold_id: str) -> None:
    execution = await ask(world, document % "", {"input": {"holdId": hold_id, "requestId": REQUEST_ID}})
    error = only_error(execution)
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert world.calls.made == []


async def test_a_reward_that_is_never_held_is_bad_input(world: World) -> None:
    asked = {"pass": "card", "reward": "check-up", "requestId": REQUEST_ID}
    error = only_error(await ask(world, HOLD % "", {"input": asked}))
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "never held" in error["message"]
