"""Gateways whose clocks are an hour wrong: tokens are judged by these, and all that counts by the database's."""

import asyncio
import re
import time
from collections.abc import Callable

import httpx2
import pytest

from laurel_client import ClockSkew, new_request_id
from laurel_client.clock import Clock
from tests.faults.crew import Crew, crew_of
from tests.faults.towns import SHOW, Town, answered, seconds
from tests.faults.verdict import acquitted
from tests.flow.databases import execute
from tests.flow.processes import Gateway
from tests.history.journal import Event

pytestmark = pytest.mark.anyio

HOUR = 3600
AHEAD = HOUR, -HOUR
HOLD_SECONDS = 600
SLACK_SECONDS = 60


def _clock(ahead: int) -> Clock:
    return Clock(wall=lambda: time.time() + ahead)


async def _execute(town: Town, statement: str) -> None:
    await asyncio.to_thread(execute, town.database_url, statement)


async def _hold(crew: Crew, resident: int, node: int) -> Event:
    """Hold a place at a node; return what the journal has of it."""
    given, own = (crew.town.passes[resident].token, SHOW, 1, crew.town.show), new_request_id()
    asked = {**crew.redeeming(resident, own)[0], "op": "hold"}
    answer = await crew.insist(asked, lambda client: client.hold_reward(*given, request_id=own), first=node)
    assert answer["event"] == "ok"
    return answer


async def _confirm(crew: Crew, hold: Event, node: int) -> Event:
    own, partner = new_request_id(), crew.town.credentials.partner_id
    asked = {"op": "confirm", "partner": partner, "request": own, "hold": hold["id"], "quantity": None}
    return await crew.insist(asked, lambda client: client.confirm_hold(hold["id"], request_id=own), first=node)


async def _skew_is_told(town: Town, node: int, matches: Callable[[int], bool]) -> None:
    async with town.client(node) as right:
        with pytest.raises(ClockSkew) as told:
            await answered(right.sign_in)
    assert matches(told.value.seconds)


async def _is_not_ready(node: Gateway, ahead: int) -> None:
    """It says so itself, and by how much."""
    async with httpx2.AsyncClient(base_url=node.url, trust_env=False, timeout=20) as http:
        answer, metrics = await http.get("/readyz"), await http.get("/metrics")
    assert (answer.status_code, answer.json()["checks"]["clock"]) == (503, "failing")
    [told] = re.findall(r"^laurel_clock_ahead_of_database_seconds (\S+)$", metrics.text, re.MULTILINE)
    assert abs(float(told) - ahead) < SLACK_SECONDS


async def test_an_hour_forward_and_an_hour_back(town: Town, seed: int) -> None:
    """The checker compares each redemption's time with the true one (I10)."""
    await _execute(town, "UPDATE device SET not_before = '2000-01-01 00:00:00.000000'")  # not of this minute
    first, second = (str(ahead) for ahead in AHEAD)
    with (
        town.node(0, faulty=True, until=Gateway.lives, FAULT_CLOCK_SECONDS=first) as fast,
        town.node(1, faulty=True, until=Gateway.lives, FAULT_CLOCK_SECONDS=second) as behind,
    ):
        for node, ahead in zip((fast, behind), AHEAD, strict=True):
            await _is_not_ready(node, ahead)
        await _skew_is_told(town, 0, lambda skew: skew < -HOUR / 2)
        await _skew_is_told(town, 1, lambda skew: skew > HOUR / 2)
        async with crew_of(town, seed, nodes=(0, 1), clocks=[_clock(ahead) for ahead in AHEAD]) as crew:
            holds = [await _hold(crew, node, node) for node in (0, 1)]
            for held in holds:
                assert abs(held["expires"] - time.time() - HOLD_SECONDS) < SLACK_SECONDS
            done = await _confirm(crew, holds[1], 0)  # by its own clock, this node is fifty minutes late
            assert done["event"] == "ok"
            await _execute(town, f"UPDATE hold SET expires_at = held_at WHERE id = '{holds[0]['id']}'")
            late = await _confirm(crew, holds[0], 1)  # and this one an hour early
            assert late["reason"] == "HOLD_ENDED"
            async with crew.at_work():
                await crew.more_effects(int(5 * seconds(1)))
        await acquitted(town)
