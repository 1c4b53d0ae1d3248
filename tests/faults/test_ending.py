"""SIGTERM amid the clerks' work: who had asked is answered, nothing is lost, and it ends in time."""

import asyncio
import signal
import time
from collections.abc import Sequence
from contextlib import ExitStack

import pytest

from tests.faults.breaking import locked
from tests.faults.conftest import Standing
from tests.faults.crew import crew_of
from tests.faults.towns import SOAK, Town
from tests.faults.verdict import acquitted, report
from tests.flow.processes import END_SECONDS
from tests.history.journal import UNKNOWN, Call

pytestmark = pytest.mark.anyio

UNDER_WAY_SECONDS = 0.4
"""After so long without an answer, a request has surely arrived: on a machine that does nothing else."""


async def test_told_to_end_amid_work(town: Town, seed: int) -> None:
    async with crew_of(town, seed) as crew:
        with ExitStack() as stack:
            ending = stack.enter_context(town.node())
            async with crew.at_work():
                await crew.more_effects()
                async with locked(Standing(town, ())):
                    await asyncio.sleep(1.5 * UNDER_WAY_SECONDS)
                    told_at = time.time()
                    ending.process.send_signal(signal.SIGTERM)
                assert await asyncio.to_thread(ending.process.wait, END_SECONDS + 20) == 0
                await asyncio.to_thread(stack.enter_context, town.node())
                await crew.more_effects()
        calls = await acquitted(town)
    if SOAK:
        assert _under_way_and_answered(calls, told_at)
    report("told to end", calls)


def _under_way_and_answered(calls: Sequence[Call], told_at: float) -> bool:
    """Whether all who had asked by then were answered, and there were some."""
    under_way = [
        call for call in calls if call.asked["at"] < told_at - UNDER_WAY_SECONDS and call.answer["at"] > told_at
    ]
    return bool(under_way) and all(
        call.answer["event"] != UNKNOWN or call.answer["retry_after"] for call in under_way
    )
