"""SIGKILL at random moments: what was acknowledged is there, and whoever asks again finds out the rest."""

import asyncio
import os
import random
from contextlib import ExitStack

import pytest

from tests.faults.crew import crew_of
from tests.faults.towns import Town, seconds
from tests.faults.verdict import acquitted, refusals, report

pytestmark = pytest.mark.anyio

KILLS = int(os.environ.get("FAULT_KILLS", "1"))


async def test_a_node_is_killed_again_and_again(town: Town, seed: int) -> None:
    """On PostgreSQL another node goes on serving; SQLite's clients wait for the start."""
    chance = random.Random(seed)
    nodes = (0,) if town.on_sqlite else (0, 1)
    with ExitStack() as stack:
        running = [await asyncio.to_thread(stack.enter_context, town.node(node)) for node in nodes]
        async with crew_of(town, seed, nodes=nodes) as crew, crew.at_work():
            for _ in range(KILLS):
                await crew.more_effects()
                await asyncio.sleep(seconds(0.2) * chance.uniform(0, 2))
                running[0].process.kill()
                await asyncio.to_thread(running[0].process.wait)
                running[0] = await asyncio.to_thread(stack.enter_context, town.node(0))
            await crew.more_effects()
        calls = await acquitted(town)
    assert refusals(calls), "no kill hit anything"
    report("killed", calls)
