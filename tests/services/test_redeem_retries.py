"""A request id is answered once and for ever: before its pass is opened, and never with another content."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.ledger import Entry, EntryKind
from gateway.domain.redemptions import Reason, Redemption, Refused, ReversalReason
from gateway.domain.requests import ReverseRedemption
from gateway.services.answers import answer_of
from gateway.services.reverse_redemption import reverse_redemption
from tests.services.world import METRO, REQUEST_ID, World

pytestmark = pytest.mark.anyio


async def test_a_retry_gets_the_same_answer_before_the_pass_is_opened(world: World) -> None:
    world.issue("card")
    first = await world.redeem("card")
    assert isinstance(first, Redemption)
    world.issue("card", revoked=True)
    world.directory.now += timedelta(days=500)
    world.directory.registry_as_of = None
    world.calls.made.clear()
    world.calls.keyless.add("open")
    assert await world.redeem("card") == replace(first, replayed=True)
    assert world.calls.made == ["fingerprint", "recall"]


async def test_a_denial_is_final_for_its_request_id(world: World) -> None:
    first = await world.redeem("card")
    assert first == Refused(Reason.NOT_ELIGIBLE, "unknown-pass card", replayed=False)
    world.issue("card")
    assert await world.redeem("card") == Refused(Reason.NOT_ELIGIBLE, "unknown-pass card", replayed=True)
    assert isinstance(await world.redeem("card", request_id="request-000000002"), Redemption)


@pytest.mark.parametrize(
    "other",
    [
        {"text": "another"},
        {"text": "mistyped"},
        {"reward": "open-ride", "occasion": None},
        {"reward": "nothing", "occasion": None},
        {"quantity": 2},
        {"occasion": "saturday"},
        {"occasion": None},
    ],
)
async def test_another_content_under_the_same_id_is_refused(world: World, other: dict[str, Any]) -> None:
    world.issue("card")
    world.stage("friday", "show")
    asked: dict[str, Any] = {"text": "card", "reward": "show", "quantity": 1, "occasion": "friday"}
    assert isinstance(await world.redeem(**asked), Redemption)
    assert await world.redeem(**asked | other) == Refused(Reason.REQUEST_REUSED)
    assert len(world.ledger.commands) == 1


async def test_the_pin_is_no_part_of_the_content(world: World) -> None:
    first = await world.redeem("card", "check-up", pin="1234")
    assert isinstance(first, Refused)
    for pin in ("9999", None):
        assert await world.redeem("card", "check-up", pin=pin) == replace(first, replayed=True)
    assert "1234" not in str(world.ledger.entries)


async def test_a_reversal_under_a_redemptions_id_is_another_content(world: World) -> None:
    world.issue("card")
    redemption = await world.redeem("card")
    assert isinstance(redemption, Redemption)
    request = ReverseRedemption(
        redemption_id=redemption.id, quantity=None, reason=ReversalReason.MISTAKE, request_id=REQUEST_ID
    )
    assert await reverse_redemption(world.ports, METRO, request) == Refused(Reason.REQUEST_REUSED)


async def test_another_partner_may_use_the_same_id(world: World) -> None:
    world.issue("card")
    mine = await world.redeem("card")
    theirs = await world.redeem("card", caller=replace(METRO, partner_id="ferry"))
    assert isinstance(mine, Redemption)
    assert isinstance(theirs, Redemption)
    assert (theirs.replayed, theirs.id == mine.id) == (False, False)


async def test_an_undecided_request_may_come_again(world: World) -> None:
    world.issue("card")
    world.calls.keyless.add("pseudonym")
    await world.redeem("card")
    world.calls.keyless.clear()
    answer = await world.redeem("card")
    assert isinstance(answer, Redemption)
    assert not answer.replayed


def test_an_entry_without_an_outcome_is_a_bug() -> None:
    with pytest.raises(ValueError, match="effect of its kind"):
        answer_of(Entry(fingerprint=b"f", kind=EntryKind.DENIED), b"f", Redemption, replayed=False)
