"""Handing in to a gateway that says strange things: only a verdict ends a tap, and none holds up another."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from laurel_client import BadReply, Credentials, LaurelClient, Tap, TapVerdict, Verdict, new_key, new_request_id
from laurel_turnstile import handing_in
from laurel_turnstile.taps import State
from tests.client.conftest import partner_content
from tests.turnstile.alone import Alone, a_card, alone

pytestmark = pytest.mark.anyio


class Strange:
    """A client whose gateway says what a test wants."""

    def __init__(self, verdicts: Sequence[TapVerdict] = (), broken_for: str | None = None) -> None:
        self._verdicts, self._broken_for = verdicts, broken_for
        self.handed_in: list[str] = []

    async def upload(self, allowance: str, taps: Sequence[Tap]) -> AsyncIterator[TapVerdict]:
        self.handed_in += [tap.request_id for tap in taps]
        for each in self._verdicts:
            yield each

    async def redemption(self, redemption_id: str | None = None, *, request_id: str | None = None) -> None:
        if request_id == self._broken_for:
            raise BadReply("INTERNAL: Sorry.")


@pytest.fixture
async def one(tmp_path: Path) -> AsyncIterator[Alone]:
    nowhere = Credentials.from_mapping(partner_content("http://127.0.0.1:9", new_key()))
    async with alone(tmp_path, nowhere) as running:
        yield running


def said(own: str, verdict: Verdict, *, redemption_id: str | None = None) -> TapVerdict:
    return TapVerdict(request_id=own, verdict=verdict, reason=None, message=None, redemption_id=redemption_id)


async def run(one: Alone, client: Strange) -> None:
    await one.handing_in.run(cast(LaurelClient, client))


async def test_a_verdict_that_nobody_knows_is_for_people(one: Alone) -> None:
    own = new_request_id()
    await one.shown(a_card(), own)
    await run(one, Strange([said(own, Verdict("HALF_ACCEPTED"))]))
    [reject] = one.box.rejects()
    assert (reject["request_id"], reject["reason"]) == (own, "OTHER")
    assert one.box.count(State.GRANTED) == 0


async def test_a_tap_without_a_verdict_waits_and_a_strange_one_changes_nothing(one: Alone) -> None:
    first, second = new_request_id(), new_request_id()
    for number, own in enumerate((first, second)):
        await one.shown(a_card(number), own)
    told = [said(new_request_id(), Verdict.REJECTED), said(first, Verdict.ACCEPTED, redemption_id="rdm_1")]
    await run(one, Strange(told))
    assert (one.box.count(State.GRANTED), one.box.rejected()) == (1, 0)
    again = Strange()
    await run(one, again)
    assert again.handed_in == [second]


async def test_what_fails_for_one_ride_holds_up_no_other(one: Alone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handing_in, "IN_FLIGHT_SECONDS", 0.0)
    owns = sorted(new_request_id() for _ in range(3))
    for own in owns:
        one.box.ask(own, now=datetime.now(UTC))
        one.box.unwant(own)
    with pytest.raises(BadReply):
        await run(one, Strange(broken_for=owns[0]))
    left = one.box.of(State.UNWANTED, until=datetime.now(UTC))
    assert [tap.request_id for tap in left] == [owns[0]]
