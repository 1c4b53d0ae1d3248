"""A gateway that dies before a commit, and one that dies between commit and reply: a retry tells them apart."""

import asyncio
import signal

import pytest

from laurel_client import new_request_id
from tests.faults.crew import Crew, crew_of
from tests.faults.faulty import AFTER, BEFORE
from tests.faults.towns import Town
from tests.faults.verdict import acquitted, state_of
from tests.history.journal import Event

pytestmark = pytest.mark.anyio


async def _asked_of_one_that_dies(town: Town, crew: Crew, point: str, own: str) -> Event:
    with town.node(faulty=True, FAULT_POINT=point) as mortal:
        answer = await crew.redeem(0, own)
        while answer.get("retry_after"):  # a busy machine: it was told to come back before it came that far
            await asyncio.sleep(0.1)
            answer = await crew.redeem(0, own)
        assert await asyncio.to_thread(mortal.process.wait, 60) == -signal.SIGKILL
    return answer


async def test_a_retry_finds_out(town: Town, seed: int) -> None:
    own = new_request_id()
    async with crew_of(town, seed) as crew:
        for point, recorded in ((BEFORE, 0), (AFTER, 1)):
            answer = await _asked_of_one_that_dies(town, crew, point, own)
            assert answer["event"] == "unknown"
            state = await state_of(town)
            assert (len(state.entries), len(state.redemptions)) == (recorded, recorded)
        with town.node():
            again = await crew.insist(*crew.redeeming(0, own))
    assert (again["event"], again["replayed"]) == ("ok", True)
    await acquitted(town, least=1)
