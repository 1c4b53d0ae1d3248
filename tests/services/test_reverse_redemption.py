"""reverseRedemption: what reaches the ledger, and what comes back for it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.errors import NotAuthentic, Unavailable
from gateway.domain.ledger import InFlight, NotAccepted, Reverse
from gateway.domain.partners import Caller
from gateway.domain.redemptions import (
    Doubt,
    Reason,
    Redemption,
    RedemptionStatus,
    Refused,
    ReversalReason,
    Undetermined,
)
from gateway.domain.requests import ReverseRedemption
from gateway.services.reverse_redemption import reverse_redemption
from tests.services.world import METRO, RIDE, World

pytestmark = pytest.mark.anyio


async def redeemed(world: World) -> Redemption:
    """Redeem three rides."""
    world.issue("card")
    answer = await world.redeem("card", quantity=3)
    assert isinstance(answer, Redemption)
    return answer


async def reverse(
    world: World, redemption_id: str, *, caller: Caller = METRO, **asked: Any
) -> Redemption | Refused | Undetermined:
    """Take back all that remains by mistake, unless something else is asked for."""
    usual: dict[str, Any] = {
        "quantity": None,
        "reason": ReversalReason.MISTAKE,
        "request_id": "reversal-00000001",
    }
    request = ReverseRedemption(redemption_id=redemption_id, **usual | asked)
    return await reverse_redemption(world.ports, caller, request)


@pytest.mark.parametrize(
    ("quantity", "status"), [(None, RedemptionStatus.REVERSED), (1, RedemptionStatus.PARTLY_REVERSED)]
)
async def test_units_are_taken_back_and_their_quota_returns(
    world: World, quantity: int | None, status: RedemptionStatus
) -> None:
    redemption = await redeemed(world)
    answer = await reverse(world, redemption.id, quantity=quantity)
    assert answer == replace(redemption, reversed_quantity=quantity or 3)
    assert isinstance(answer, Redemption)
    assert answer.status is status
    assert list(world.ledger.units.values()) == [3 - (quantity or 3)]


async def test_the_ledger_is_told_who_asks_for_what(world: World) -> None:
    redemption = await redeemed(world)
    await reverse(world, redemption.id, quantity=2, reason=ReversalReason.GATE_NOT_OPENED)
    command = world.ledger.commands[-1]
    assert isinstance(command, Reverse)
    assert (command.partner_id, command.device_id, command.proof) == ("metro", "gate-1", METRO.proof)
    assert (command.redemption_id, command.quantity) == (redemption.id, 2)
    assert (command.reason, command.request_id) == (ReversalReason.GATE_NOT_OPENED, "reversal-00000001")
    assert command.evidence == b"the proof of metro for reversal-00000001"


async def test_a_retry_gets_the_same_answer_and_reverses_nothing_again(world: World) -> None:
    redemption = await redeemed(world)
    first = await reverse(world, redemption.id, quantity=1)
    assert isinstance(first, Redemption)
    await reverse(world, redemption.id, quantity=1, request_id="reversal-00000002")
    assert await reverse(world, redemption.id, quantity=1) == replace(first, replayed=True)
    assert list(world.ledger.units.values()) == [1]


@pytest.mark.parametrize(
    "other",
    [
        {"quantity": 2},
        {"quantity": None},
        {"reason": ReversalReason.RETURNED},
        {"redemption_id": "rdm_" + "a" * 22},
    ],
)
async def test_another_content_under_the_same_id_is_refused(world: World, other: dict[str, Any]) -> None:
    redemption = await redeemed(world)
    asked: dict[str, Any] = {"redemption_id": redemption.id, "quantity": 1}
    await reverse(world, **asked)
    assert await reverse(world, **asked | other) == Refused(Reason.REQUEST_REUSED)


async def test_what_the_ledger_refuses_is_refused_without_a_reference(world: World) -> None:
    redemption = await redeemed(world)
    nothing = "rdm_" + "a" * 22
    ferry = replace(METRO, partner_id="ferry")
    assert await reverse(world, nothing) == Refused(Reason.NOT_FOUND)
    assert await reverse(world, nothing) == Refused(Reason.NOT_FOUND, replayed=True)
    assert await reverse(world, redemption.id, caller=ferry) == Refused(Reason.NOT_FOUND)
    too_much = await reverse(world, redemption.id, quantity=4, request_id="reversal-00000002")
    assert too_much == Refused(Reason.QUANTITY_EXCEEDED)
    world.directory.now += RIDE.reversal_window + timedelta(microseconds=1)
    late = await reverse(world, redemption.id, request_id="reversal-00000003")
    assert late == Refused(Reason.WINDOW_CLOSED)


async def test_a_reversal_in_flight_is_in_progress(world: World) -> None:
    world.ledger.outcome = InFlight()
    assert await reverse(world, "rdm_" + "a" * 22) == Refused(Reason.IN_PROGRESS)


@pytest.mark.parametrize("missing", ["fingerprint", "evidence"])
async def test_a_missing_key_leaves_it_undetermined(world: World, missing: str) -> None:
    world.calls.keyless.add(missing)
    assert await reverse(world, "rdm_" + "a" * 22) == Undetermined(Doubt.KEYS_MISSING)
    assert world.ledger.entries == {}


async def test_a_used_proof_and_a_silent_ledger_are_no_answers(world: World) -> None:
    world.ledger.outcome = NotAccepted()
    with pytest.raises(NotAuthentic):
        await reverse(world, "rdm_" + "a" * 22)
    world.ledger.outcome = Unavailable("database")
    with pytest.raises(Unavailable):
        await reverse(world, "rdm_" + "a" * 22)
