"""The agent is killed at each point and at random, on a bad line: no tap is lost, none is doubled.

The controller does as a real one must: it repeats a tap that got no answer, or says that the arm did not turn. In
the end the ledger is read past everybody, and judged by the checker of histories.
"""

import asyncio
import json
import random
import time
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from laurel_client import ReversalReason, new_request_id
from laurel_turnstile.agent import QUEUE, REJECTS
from laurel_turnstile.door import ask
from laurel_turnstile.handing_in import derived_id
from laurel_turnstile.tables import connect
from tests.history.checker import judge
from tests.history.journal import OK, UNKNOWN, Call
from tests.history.snapshot import Snapshot
from tests.turnstile.metro import METRO, SECONDS_MAX, City
from tests.turnstile.mortal import POINTS, Fate, Mortal

pytestmark = pytest.mark.anyio

JAMMED, LATE = 0.15, 0.15
"""How often the arm does not turn, and how often that is told a few taps later."""

WEATHER = ("silent", "slow", "cut", "half open")
BAD_SECONDS, FAIR_SECONDS = (0.1, 0.4), 1.5
GIVEN_UP = 0.3
"""How often a tap without an answer is annulled; else it is shown again."""

PACE_SECONDS = 0.02
ANY = "any moment"
CARDS = 16
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

    def __init__(self, process: Mortal, cards: list[str], chance: random.Random) -> None:
        self._process, self._cards, self._chance = process, cards, chance
        self.taps: list[Tap] = []
        self.over = False

    async def work(self) -> None:
        """Go on until it is over; then each tap has an answer, or is annulled."""
        while not self.over:
            tap = Tap(new_request_id(), self._chance.choice(self._cards), time.time())
            self.taps.append(tap)
            await self._insist(tap)
            opened = [one for one in self.taps[-4:] if one.answer == "open" and not one.annulled]
            drawn = self._chance.random()
            if opened and drawn < JAMMED + LATE:
                jammed = opened[-1] if drawn < JAMMED else opened[0]
                jammed.annulled = True
                await self._say({"annul": jammed.request_id})
            await asyncio.sleep(PACE_SECONDS)

    async def _insist(self, tap: Tap) -> None:
        answer = await self._once({"pass": tap.text, "id": tap.request_id})
        while answer is None:
            if self._chance.random() < GIVEN_UP:
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
            town.cable.delay(0.3)
        case "cut":
            town.cable.cut()
        case "half open":
            town.cable.half_open()


@pytest.mark.timeout(900)  # ten lives take 20 s, and on a machine that runs all the tests at once much longer
async def test_no_tap_is_lost_or_doubled(town: City, tmp_path: Path, seed: int) -> None:
    """`FAULT_SEED=N` plays one of these lives again."""
    chance = random.Random(seed)
    cards = [(await town.steward.resident("transit"))[0].token for _ in range(CARDS)]
    process = Mortal(town, tmp_path)
    process.start()
    await _provisioned(process)
    controller = Controller(process, cards, chance)
    working = asyncio.create_task(controller.work())
    ends = [*POINTS, "grant after", ANY]
    chance.shuffle(ends)
    process.kill()
    for end in ends:
        await _live_until(end, town, process, chance)
    await asyncio.to_thread(process.start)
    controller.over = True
    await working
    await _at_rest(town, process, controller.taps)
    await asyncio.to_thread(process.kill)
    print(f"seed {seed}: {len(controller.taps)} taps, killed at: {', '.join(ends)}")
    await _acquitted(town, controller.taps, tmp_path / "queue")
    assert not any(card.encode() in _written(tmp_path / "queue") for card in cards)


async def _live_until(end: str, town: City, process: Mortal, chance: random.Random) -> None:
    """Let the agent live once more, in bad weather and in fair, until it has met its end."""
    await _break(town, chance.choice(WEATHER))
    await asyncio.to_thread(process.start, None if end == ANY else Fate.drawn(end, chance))
    async with asyncio.timeout(SECONDS_MAX):
        while not await _dies_within(chance.uniform(*BAD_SECONDS), process):
            town.cable.mend()
            if end == ANY:
                await _dies_within(chance.uniform(0, FAIR_SECONDS), process)
                await asyncio.to_thread(process.kill)
            elif not await _dies_within(FAIR_SECONDS, process):
                await _break(town, chance.choice(WEATHER))
    town.cable.mend()


async def _dies_within(seconds: float, process: Mortal) -> bool:
    until = time.monotonic() + seconds
    while not process.is_dead() and time.monotonic() < until:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)
    return process.is_dead()


async def _provisioned(process: Mortal) -> None:
    async with asyncio.timeout(SECONDS_MAX):
        while ask(process.socket, {"status": True})["allowance_left"] is None:  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def _at_rest(town: City, process: Mortal, taps: list[Tap]) -> None:
    """Wait until each tap has its verdict, and what a gate stayed closed on is given back."""
    closed = {tap.request_id for tap in taps if tap.answer != "open" or tap.annulled}
    async with asyncio.timeout(2 * SECONDS_MAX):
        while ask(process.socket, {"status": True})["queue"] != 0:  # noqa: ASYNC110
            await asyncio.sleep(0.05)
        while closed & _live(await town.state()).keys():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
        file = process.folder / "queue" / REJECTS
        while ask(process.socket, {"status": True})["rejects"] != len(_lines(file)):  # noqa: ASYNC110 - at a round's end
            await asyncio.sleep(0.05)


def _live(state: Snapshot) -> dict[str, int]:
    """Return the units that remain, by request id."""
    made = [row for row in state.redemptions if row["partner_id"] == METRO]
    left = {row["request_id"]: row["quantity"] - row["reversed_quantity"] for row in made}
    return {own: units for own, units in left.items() if units != 0}


async def _acquitted(town: City, taps: list[Tap], folder: Path) -> None:
    state = await town.state()
    live = _live(state)
    rejected = {json.loads(line)["request_id"]: json.loads(line) for line in _lines(folder / REJECTS)}
    opened = {tap.request_id for tap in taps if tap.answer == "open" and not tap.annulled}
    assert len(opened) > 5
    assert {own: live.get(own, 0) for own in opened} == {own: int(own not in rejected) for own in opened}
    assert {one["reason"] for one in rejected.values()} <= {"DENIED_ONLINE"}
    closed = {tap.request_id for tap in taps} - opened
    assert closed & live.keys() == set()
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
