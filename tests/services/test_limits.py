"""Limits count look-ups of passes, and denied codes alike for every cause, before anything is looked up."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.errors import MalformedInput, Throttled
from gateway.domain.ledger import Committed
from gateway.domain.occasions import Occasion
from gateway.domain.passes import PassForm
from gateway.domain.redemptions import Eligible, NotEligible, Reason, Redemption, Refused, Undetermined
from gateway.domain.standing import Standing
from tests.services.world import HONOREE, NOW, TODAY, World

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(days=1)
BUSY = Throttled("device", retry_after_seconds=7)
PIN_CAUSES = (Cause.PIN_LOCKED, Cause.WRONG_PIN)
CODE_CAUSES = [cause for cause in Cause if cause not in (Cause.FORGED_PASS, Cause.OUT_OF_TIME, *PIN_CAUSES)]


async def denied(world: World, cause: Cause) -> str:
    """Let somebody live there who is denied for a cause; return the code."""
    changes: dict[Cause, dict[str, Any]] = {
        Cause.EXPIRED_PASS: {"expires_at": NOW},
        Cause.REVOKED_PASS: {"revoked": True},
        Cause.OTHER_SECTOR: {"sector": "venue"},
        Cause.STALE_CREDIT: {"standing": Standing(1000, TODAY - timedelta(401))},
        Cause.NOT_ENTITLED: {"standing": Standing(999, TODAY)},
        Cause.USED_BEFORE: {"form": PassForm.SLIP},
        Cause.QUOTA_USED_UP: {},
    }
    world.directory.used.add(b"mark of used-before")
    if cause in changes:
        world.issue(cause, **changes[cause])
    if cause is Cause.QUOTA_USED_UP:
        await world.redeem(cause, quantity=4, request_id="request-used-up-1")
    return cause


@pytest.mark.parametrize("cause", CODE_CAUSES)
async def test_a_denied_code_counts_once_whatever_the_cause(world: World, cause: Cause) -> None:
    code = await denied(world, cause)
    assert isinstance(await world.verify(code), NotEligible)
    assert world.limits.denied == 1
    assert await world.redeem(code) == Refused(Reason.NOT_ELIGIBLE, f"{cause} {code}")
    assert world.limits.denied == 2


@pytest.mark.parametrize("pin", [None, "0000"])
async def test_a_code_that_its_pin_denies_counts_as_well(world: World, pin: str | None) -> None:
    world.issue("card", HONOREE)
    assert isinstance(await world.redeem("card", "check-up", pin=pin), Refused)
    assert world.limits.denied == 1


@pytest.mark.parametrize("text", ["forged", "unknown", Cause.REVOKED_PASS])
async def test_a_token_never_counts_good_or_forged_and_goes_on_while_codes_are_stopped(
    world: World, text: str
) -> None:
    world.keys.tokens |= {"unknown": ("transit", LATER), Cause.REVOKED_PASS: ("transit", LATER)}
    world.issue(Cause.REVOKED_PASS, revoked=True)
    world.limits.refuse_codes = BUSY
    assert isinstance(await world.verify(text), NotEligible)
    assert isinstance(await world.redeem(text), Refused)
    assert (world.limits.admitted, world.limits.codes, world.limits.denied) == (2, 0, 0)


async def test_what_is_granted_counts_as_a_look_up_alone(world: World) -> None:
    world.issue("card")
    assert isinstance(await world.verify("card"), Eligible)
    assert isinstance(await world.redeem("card"), Redemption)
    assert (world.limits.admitted, world.limits.codes, world.limits.denied) == (2, 2, 0)


async def test_a_known_request_is_answered_past_every_limit(world: World) -> None:
    world.issue("card", revoked=True)
    first = await world.redeem("card")
    world.limits.refuse = world.limits.refuse_codes = BUSY
    assert isinstance(first, Refused)
    assert await world.redeem("card") == replace(first, replayed=True)
    assert (world.limits.admitted, world.limits.denied) == (1, 1)


async def test_a_denial_that_another_request_has_counted_counts_no_more(world: World) -> None:
    world.issue("card", revoked=True)
    await world.redeem("card")
    [entry] = world.ledger.entries.values()
    world.ledger.entries.clear()
    world.ledger.outcome = Committed(entry, replayed=True)  # it was under way at the same time
    assert isinstance(await world.redeem("card"), Refused)
    assert (world.limits.admitted, world.limits.denied) == (2, 1)


@pytest.mark.parametrize("limit", ["refuse", "refuse_codes"])
async def test_beyond_a_limit_nothing_is_looked_up_or_recorded(world: World, limit: str) -> None:
    world.issue("card")
    setattr(world.limits, limit, BUSY)
    with pytest.raises(Throttled):
        await world.verify("card")
    with pytest.raises(Throttled):
        await world.redeem("card")
    assert "look_up" not in world.calls.made
    assert (world.ledger.entries, world.limits.admitted, world.limits.denied) == ({}, 0, 0)


async def test_a_mistyped_code_is_no_look_up(world: World) -> None:
    with pytest.raises(MalformedInput):
        await world.verify("mistyped")
    assert (world.limits.admitted, world.limits.codes, world.limits.denied) == (0, 0, 0)


async def test_what_is_not_about_the_pass_denies_no_code(world: World) -> None:
    world.issue("card")
    world.stage("full", "show", capacity=0)
    full = world.ledger.staged["metro", "full"]
    assert isinstance(full, Occasion)
    assert await world.redeem("card", "show", occasion="full") == Refused(Reason.SOLD_OUT)
    assert await world.redeem("card", "others", request_id="request-000000002") == Refused(Reason.UNKNOWN_REWARD)
    world.directory.registry_as_of = None
    assert isinstance(await world.verify("card"), Undetermined)
    assert world.limits.denied == 0
