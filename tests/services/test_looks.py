"""Every look at a pass is noted alike: whoever asks, whatever the answer, and for nobody too."""

from datetime import timedelta

import pytest

from gateway.domain.access import Look
from gateway.domain.offline import Rejection
from gateway.domain.standing import Standing
from tests.services.test_upload_redemptions import judged, tap
from tests.services.world import NOW, TODAY, World

pytestmark = pytest.mark.anyio


async def test_a_yes_a_no_and_nobody_leave_one_look_each_and_no_outcome() -> None:
    world = World()
    world.issue("good")
    world.issue("expired", expires_at=NOW - timedelta(days=1))
    world.issue("revoked", revoked=True)
    for text in ("good", "expired", "revoked", "nobody"):
        await world.verify(text)
    secrets = [b"secret of good", b"secret of expired", b"secret of revoked", None]
    assert world.looks.noted == [Look("metro", TODAY, secret) for secret in secrets]
    assert set(Look.__dataclass_fields__) == {"partner_id", "day", "secret"}


async def test_a_tap_leaves_the_look_of_its_day_whoever_it_was_and_once() -> None:
    world = World()
    yesterday, later = NOW - timedelta(hours=20), NOW - timedelta(hours=1)
    for text in ("good", "ineligible", "revoked", "nobody"):
        world.keys.tokens[text] = ("transit", NOW + timedelta(days=9))
    world.issue("good")
    world.issue("ineligible", Standing(0, TODAY))
    world.issue("revoked", revoked=True)
    await judged(world, *(tap(at, text, happened_at=later) for at, text in enumerate(("good", "ineligible"))))
    await judged(
        world, *(tap(9 + at, text, happened_at=yesterday) for at, text in enumerate(("revoked", "nobody")))
    )
    before = TODAY - timedelta(days=1)
    assert world.looks.noted == [
        Look("metro", TODAY, b"secret of good"),
        Look("metro", TODAY, b"secret of ineligible"),
        Look("metro", before, b"secret of revoked"),
        Look("metro", before, None),
    ]


async def test_a_tap_that_was_not_read_leaves_no_look() -> None:
    world = World()
    world.keys.tokens["good"] = ("transit", NOW + timedelta(days=9))
    world.issue("good")
    verdicts = await judged(
        world,
        tap(1, "good", quantity=4),
        tap(2, "good", reward="show"),
        tap(3, "good", happened_at=NOW - timedelta(days=3)),
        tap(4, "a typed code"),
        tap(5, "forged token"),
    )
    assert [reason for _, reason in verdicts] == [
        Rejection.BEYOND_ALLOWANCE,
        Rejection.UNKNOWN_REWARD,
        Rejection.OUTSIDE_ALLOWANCE,
        Rejection.NOT_VERIFIABLE,
        Rejection.NOT_VERIFIABLE,
    ]
    world.uploads.at = NOW + timedelta(days=40)
    assert await judged(world, tap(6, "good")) == [(verdicts[0][0], Rejection.PERIOD_CLOSED)]
    assert world.looks.noted == []
    assert "look_up" not in world.calls.made
