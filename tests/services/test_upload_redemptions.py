"""What decides an uploaded tap, in order; that none of it is about a person; and what stays unread."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.offline import TAPS_MAX, Judged, Known, Rejection, Tap, Upload, Verdict
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Undetermined
from gateway.domain.standing import Standing
from gateway.services.upload_redemptions import upload_redemptions
from tests.services.world import METRO, NOW, TODAY, World

pytestmark = pytest.mark.anyio

EARLIER = NOW - timedelta(hours=1)


def tap(number: int, text: str = "card", **changes: Any) -> Tap:
    """Return a tap of one ride."""
    one = Tap(
        request_id=f"request-{number:09}",
        presented=PresentedPass(text),
        reward="ride",
        quantity=1,
        happened_at=EARLIER,
    )
    return replace(one, **changes)


@pytest.fixture
def world() -> World:
    """A city in which `card` is a good token, and `other` one of somebody who is not entitled."""
    world = World()
    for text in ("card", "other", "unknown"):
        world.keys.tokens[text] = ("transit", NOW + timedelta(days=9))
    world.issue("card")
    world.issue("other", Standing(0, TODAY))
    return world


async def judged(world: World, *taps: Tap) -> list[tuple[Verdict, Rejection | None]]:
    """Upload taps and return what becomes of them."""
    found = await upload_redemptions(world.ports, METRO, Upload(allowance="signed", taps=taps))
    assert not isinstance(found, Undetermined)
    assert [one.request_id for one in found] == [one.request_id for one in taps]
    return [(one.verdict, one.rejection) for one in found]


async def test_whoever_it_was_the_verdict_is_the_same(world: World) -> None:
    taps = [tap(number, text) for number, text in enumerate(("card", "other", "unknown"))]
    assert await judged(world, *taps) == [(Verdict.ACCEPTED, None)] * 3
    good, ineligible, unknown = world.uploads.commands
    assert (good.allowance, ineligible.allowance, unknown.allowance) == (4, 0, 0)
    assert good.pseudonym.startswith(b"b'secret of card'")
    assert ineligible.pseudonym == unknown.pseudonym, "nobody: nothing about a failed check is kept"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reward": "show"}, Rejection.UNKNOWN_REWARD),
        ({"reward": "nothing"}, Rejection.UNKNOWN_REWARD),
        ({"happened_at": NOW + timedelta(minutes=2)}, Rejection.OUTSIDE_ALLOWANCE),
        ({"happened_at": NOW - timedelta(days=3)}, Rejection.OUTSIDE_ALLOWANCE),
        ({"quantity": 4}, Rejection.BEYOND_ALLOWANCE),
        ({"presented": PresentedPass("forged token")}, Rejection.NOT_VERIFIABLE),
        ({"presented": PresentedPass("a typed code")}, Rejection.NOT_VERIFIABLE),
        ({"presented": PresentedPass("mistyped")}, Rejection.NOT_VERIFIABLE),
    ],
)
async def test_what_is_against_the_rules_is_rejected(
    world: World, changes: dict[str, Any], reason: Rejection
) -> None:
    assert await judged(world, tap(1, **changes), tap(2)) == [(Verdict.REJECTED, reason), (Verdict.ACCEPTED, None)]


@pytest.mark.parametrize("token", [("venue", NOW + timedelta(days=9)), ("transit", EARLIER)])
async def test_what_the_token_itself_says_a_gate_could_read(world: World, token: Any) -> None:
    world.keys.tokens["card"] = token
    assert await judged(world, tap(1)) == [(Verdict.REJECTED, Rejection.NOT_VERIFIABLE)]


async def test_beyond_the_allowance_nothing_is_opened(world: World) -> None:
    world.uploads.used = 2
    taps = [tap(number) for number in range(4)]
    assert (
        await judged(world, *taps)
        == [(Verdict.ACCEPTED, None)] + [(Verdict.REJECTED, Rejection.BEYOND_ALLOWANCE)] * 3
    )
    assert world.calls.made.count("open") == world.calls.made.count("look_up") == 1


async def test_after_the_allowance_it_is_late_and_after_the_upload_window_closed(world: World) -> None:
    world.uploads.at = NOW + timedelta(days=3)
    assert await judged(world, tap(1)) == [(Verdict.ACCEPTED_LATE, None)]
    world.uploads.at = NOW + timedelta(days=40)
    assert await judged(world, tap(2)) == [(Verdict.REJECTED, Rejection.PERIOD_CLOSED)]


async def test_what_is_known_is_answered_from_the_record(world: World) -> None:
    fresh = tap(0)
    await judged(world, fresh)
    fingerprint = world.uploads.commands[0].fingerprint

    def known(rejection: Rejection | None, redemption: str | None, mark: bytes | None = fingerprint) -> Known:
        verdict = Verdict.REJECTED if rejection else None
        return Known(fingerprint=mark, redemption_id=redemption, verdict=verdict, rejection=rejection)

    for found, expected in (
        (known(None, "rdm_1"), (Verdict.DUPLICATE, None)),
        (known(None, None), (Verdict.REJECTED, Rejection.DENIED_ONLINE)),
        (known(Rejection.NOT_VERIFIABLE, None), (Verdict.REJECTED, Rejection.NOT_VERIFIABLE)),
        (known(Rejection.PERIOD_CLOSED, None, None), (Verdict.REJECTED, Rejection.PERIOD_CLOSED)),
        (known(None, "rdm_1", b"another"), (Verdict.REJECTED, Rejection.REQUEST_REUSED)),
    ):
        world.uploads.known[fresh.request_id] = found
        world.uploads.commands.clear()
        assert await judged(world, fresh) == [expected]
        assert world.uploads.commands == []


async def test_a_missing_key_leaves_everything_as_it_is(world: World) -> None:
    world.calls.keyless.add("pseudonym")
    found = await upload_redemptions(world.ports, METRO, Upload(allowance="signed", taps=[tap(1)]))
    assert isinstance(found, Undetermined)
    assert "record" not in world.calls.made


def test_what_is_no_upload() -> None:
    for taps in ((), [tap(number) for number in range(TAPS_MAX + 1)], [tap(1), tap(1)]):
        with pytest.raises(MalformedInput, match="taps"):
            Upload(allowance="signed", taps=taps)
    with pytest.raises(MalformedInput, match="happenedAt"):
        tap(1, happened_at=NOW.replace(tzinfo=None))


async def test_an_allowance_that_is_not_ours(world: World) -> None:
    with pytest.raises(MalformedInput, match="allowance"):
        await upload_redemptions(world.ports, METRO, Upload(allowance="made up", taps=[tap(1)]))


def test_a_verdict_says_no_more_than_this() -> None:
    assert set(Judged.__dataclass_fields__) == {"request_id", "verdict", "rejection", "redemption_id"}
