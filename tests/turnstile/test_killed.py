"""The agent is killed at random moments, on a line that is cut, silent and slow: no tap is lost, none is doubled.

The controller does as a real one must: it repeats a tap that got no answer, or says that the arm did not turn. In
the end the ledger is read past everybody, and judged by the checker of histories.
"""

import asyncio
import json
import random
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from laurel_client import ReversalReason, new_request_id
from laurel_turnstile.agent import QUEUE, REJECTS
from laurel_turnstile.door import ask
from laurel_turnstile.handing_in import derived_id
from laurel_turnstile.tables import connect
from tests.faults.towns import seconds
from tests.history.checker import judge
from tests.history.journal import OK, UNKNOWN, Call
from tests.history.snapshot import Snapshot
from tests.turnstile.metro import METRO, SECONDS_MAX, City, Process

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("turnstile")]

ANNULLED = 0.15
WEATHER = ("fair", "silent", "slow", "cut", "half open", "slow")
ROUND_SECONDS = 1.5
KILL_SHARE = 0.6
CARDS = 8
"""Of this test alone: its quotas are nobody else's."""


@dataclass
class Tap:
    """What the controller knows of one tap."""

    request_id: str
    text: str = field(repr=False)
    at: float
    answer: str | None = None
    annulled: bool = False


class Controller:
    """Shows cards, one after the other, to an agent that may be dead."""

    def __init__(self, process: Process, cards: list[str], chance: random.Random) -> None:
        self._process, self._cards, self._chance = process, cards, chance
        self.taps: list[Tap] = []
        self.over = False

    async def work(self) -> None:
        """Go on until it is over; then each tap has an answer, or is annulled."""
        while not self.over:
            tap = Tap(new_request_id(), self._chance.choice(self._cards), time.time())
            self.taps.append(tap)
            await self._insist(tap)
            if tap.answer == "open" and self._chance.random() < ANNULLED:
                tap.annulled = True
                await self._say({"annul": tap.request_id})

    async def _insist(self, tap: Tap) -> None:
        answer = await self._once({"pass": tap.text, "id": tap.request_id})
        while answer is None:
            if self._chance.random() < 0.5:
                tap.annulled = True
                await self._say({"annul": tap.request_id})
                return
            answer = await self._once({"pass": tap.text, "id": tap.request_id})
        tap.answer = str(answer["answer"])

    async def _say(self, question: dict[str, object]) -> None:
        while await self._once(question) is None:
            pass

    async def _once(self, question: dict[str, object]) -> dict[str, object] | None:
        """Return the answer to a line; None where the agent dies or is dead."""
        try:
            return await asyncio.to_thread(ask, self._process.socket, question, seconds=SECONDS_MAX)
        except (OSError, ValueError):
            await asyncio.sleep(0.02)
            return None


async def _break(town: City, weather: str) -> None:
    match weather:
        case "silent":
            town.cable.silence()
        case "slow":
            town.cable.delay(0.15)
        case "cut":
            town.cable.cut()
        case "half open":
            town.cable.half_open()


def _drawn(chance: random.Random) -> Iterator[str]:
    while True:
        yield from chance.sample(WEATHER, len(WEATHER))


@pytest.mark.parametrize("seed", [1])
async def test_no_tap_is_lost_or_doubled(town: City, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    cards = [(await town.steward.resident("transit"))[0].token for _ in range(CARDS)]
    process = Process.at(town, tmp_path)
    process.start()
    await _provisioned(process)
    controller = Controller(process, cards, chance)
    working, kills = asyncio.create_task(controller.work()), 0
    over = time.monotonic() + seconds(len(WEATHER) * ROUND_SECONDS)
    for weather in _drawn(chance):
        await _break(town, weather)
        await asyncio.sleep(chance.uniform(0.2, ROUND_SECONDS))
        if chance.random() < KILL_SHARE:
            await asyncio.to_thread(process.kill)
            await asyncio.to_thread(process.start)
            kills += 1
        town.cable.mend()
        if time.monotonic() > over and kills > 2 and _both(controller.taps):
            break
    controller.over = True
    await working
    await _emptied(process)
    assert await asyncio.to_thread(process.kill) == -9
    await _acquitted(town, controller.taps, tmp_path / "queue")
    assert not any(card.encode() in _written(tmp_path / "queue") for card in cards)


def _both(taps: list[Tap]) -> bool:
    return {"open"} <= {tap.answer for tap in taps} and any(tap.annulled for tap in taps)


async def _provisioned(process: Process) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while ask(process.socket, {"status": True})["allowance_left"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _emptied(process: Process) -> None:
    """Wait until everything has its verdict, but for what may still be under way for minutes."""
    async with asyncio.timeout(2 * SECONDS_MAX):
        while ask(process.socket, {"status": True})["queue"] != 0:  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        await asyncio.sleep(2)


async def _acquitted(town: City, taps: list[Tap], folder: Path) -> None:
    state = await town.state()
    made = {row["request_id"]: row for row in state.redemptions if row["partner_id"] == METRO}
    live = {own: row["quantity"] - row["reversed_quantity"] for own, row in made.items()}
    rejected = {json.loads(line)["request_id"]: json.loads(line) for line in _lines(folder / REJECTS)}
    opened = {tap.request_id for tap in taps if tap.answer == "open" and not tap.annulled}
    assert len(opened) > 5
    assert {own: live.get(own, 0) for own in opened} == {own: int(own not in rejected) for own in opened}
    assert {one["reason"] for one in rejected.values()} <= {"DENIED_ONLINE"}
    closed = {tap.request_id for tap in taps} - opened
    assert [own for own in closed if live.get(own, 0) != 0] == []
    assert judge(_history(taps, state), _of(taps, state)) == []
    with closing(connect(folder / QUEUE)) as connection:
        [(sealed,)] = connection.execute("SELECT count(*) FROM tap WHERE sealed IS NOT NULL")
    assert sealed == 0


def _written(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.iterdir())


def _lines(path: Path) -> list[str]:
    return path.read_text("utf-8").splitlines()


def _history(taps: list[Tap], state: Snapshot) -> list[Call]:
    """Return what the controller knows, in the checker's words; what a gate stayed closed on, nobody knows."""
    ids = {row["request_id"]: row["id"] for row in state.redemptions}
    calls = []
    for tap in taps:
        asked = {"op": "upload", "partner": METRO, "request": tap.request_id, "at": tap.at, "quantity": 1}
        known = tap.answer == "open" and not tap.annulled and tap.request_id in ids
        answer = {"event": OK, "id": ids[tap.request_id], "quantity": 1} if known else {"event": UNKNOWN}
        calls.append(Call(asked, {**answer, "at": time.time()}))
        for reason in (ReversalReason.GATE_NOT_OPENED, ReversalReason.SALE_FAILED):
            own = derived_id(tap.request_id, reason)
            back = {"op": "reverse", "partner": METRO, "request": own, "redemption": ids.get(tap.request_id, "")}
            calls.append(Call({**back, "at": tap.at}, {"event": UNKNOWN, "at": time.time()}))
    return calls


def _of(taps: list[Tap], state: Snapshot) -> Snapshot:
    """Return the state without what other tests of this city left in its books: entries, not counters."""
    ours = {tap.request_id for tap in taps}
    ours |= {derived_id(own, reason) for own in tuple(ours) for reason in ReversalReason}
    others = {row["id"] for row in state.redemptions if row["request_id"] not in ours}
    quotas = {(row["pseudonym"], row["bucket"]) for row in state.redemptions if row["id"] in others}
    return Snapshot(
        quotas=[row for row in state.quotas if (row["pseudonym"], row["bucket"]) not in quotas],
        entries=[row for row in state.entries if row["request_id"] in ours],
        redemptions=[row for row in state.redemptions if row["id"] not in others],
        holds=[],
        units=[],
        seats=[],
        occasions=[],
    )
