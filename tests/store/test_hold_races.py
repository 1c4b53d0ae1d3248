"""Holds and cancellations between two real processes: one end each, and nothing that nobody counts."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.holds import Hold
from gateway.domain.ledger import Command, Committed, Outcome
from gateway.store.database import Database
from gateway.store.tables import CANCELLATION, HELD_QUOTA, HELD_SEAT, HOLD, OCCASION, QUOTA, REDEMPTION
from tests.store import hold_racer
from tests.store.city import City
from tests.store.commands import cancel, confirm, granted, held, hold, redeem, release, reverse

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("races")]

PROCESSES = 2
START_SECONDS = 0.3
SEATS = 12


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two processes that share nothing with this one but the database."""
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(time.sleep, [1.0] * PROCESSES))
        yield pool


@pytest.fixture
async def live(live_database: Database) -> City:
    """A city that lives by the database's own clock, with a show."""
    city = await City.found(live_database)
    await city.announce(capacity=SEATS)
    return city


def _race(processes: ProcessPoolExecutor, url: str, commands: Sequence[Command]) -> list[Outcome]:
    """Deal the commands out like cards."""
    start = time.time() + START_SECONDS
    shares = [commands[number::PROCESSES] for number in range(PROCESSES)]
    under_way = [processes.submit(hold_racer.commit_at, start, url, share) for share in shares]
    done = [future.result(60) for future in under_way]
    assert len({each.pid for each in done}) == PROCESSES
    return [outcome for each in done for outcome in each.result]


def _said(outcomes: Sequence[Outcome]) -> Counter[str]:
    entries = [one.entry for one in outcomes if isinstance(one, Committed)]
    assert len(entries) == len(outcomes)
    return Counter(str(entry.reason or entry.kind) for entry in entries)


async def _balances(city: City) -> dict[str, Any]:
    """What the counters say beside what they count; raises where they differ."""
    quotas, units, seats, redemptions, [occasion], holds = await city.tables(
        QUOTA, HELD_QUOTA, HELD_SEAT, REDEMPTION, OCCASION, HOLD
    )
    standing = sum(row["quantity"] - row["reversed_quantity"] for row in redemptions)
    assert sum(row["used"] for row in quotas) == standing
    assert sum(row["held"] for row in quotas) == sum(row["quantity"] for row in units)
    assert occasion["held"] == sum(row["quantity"] for row in seats)
    assert occasion["used"] == standing
    confirmed = {row["hold_id"] for row in redemptions} - {None}
    assert confirmed == {row["id"] for row in holds if row["ended"] == "CONFIRMED"}
    alive = {row["id"] for row in holds if row["ended"] is None}
    assert {row["hold_id"] for row in units} <= alive
    return {"standing": standing, "held": occasion["held"], "confirmed": len(confirmed)}


@pytest.mark.parametrize("expiring", [False, True])
async def test_a_hold_ends_once(
    processes: ProcessPoolExecutor, live: City, database_url: str, expiring: bool
) -> None:
    """Confirmed, confirmed in part, released; and, where it expires meanwhile, its units wanted by somebody
    else."""
    lifetime = timedelta(seconds=START_SECONDS + 0.05) if expiring else timedelta(minutes=2)
    holder = await live.move_in()
    taken: Hold = held(await live.commit(hold(holder, quantity=2, occasion="show-1", lifetime=lifetime)))
    ends: list[Command] = [make(taken) for _ in range(4) for make in (confirm, release)]
    ends += [confirm(taken, 1) for _ in range(2)]
    others = [redeem(holder, quantity=2, occasion="show-1") for _ in range(4 if expiring else 2)]
    said = _said(_race(processes, database_url, [*ends, *others]))
    assert said["CONFIRMED"] + said["RELEASED"] <= 1
    assert said["CONFIRMED"] + said["RELEASED"] + said["HOLD_ENDED"] == len(ends)
    if not expiring:
        assert said["HOLD_ENDED"] == len(ends) - 1
    assert said["REDEEMED"] <= 1
    await _balances(live)


async def test_held_and_redeemed_seats_never_exceed_what_there_is(
    processes: ProcessPoolExecutor, live: City, database_url: str
) -> None:
    """Holds that expired before, and whose seats everybody wants at once, are collected once."""
    for _ in range(SEATS // 2):
        lifetime = timedelta(milliseconds=1)
        held(await live.commit(hold(await live.move_in(), quantity=2, occasion="show-1", lifetime=lifetime)))
    holders = [await live.move_in() for _ in range(SEATS + 4)]
    commands = [make(one, occasion="show-1") for one, make in zip(holders, [redeem, hold] * SEATS, strict=False)]
    said = _said(_race(processes, database_url, commands))
    assert said["REDEEMED"] + said["HELD"] == SEATS
    assert said["SOLD_OUT"] == 4
    assert (await _balances(live))["held"] == said["HELD"]


async def test_a_cancellation_leaves_nothing_standing_whatever_comes_meanwhile(
    processes: ProcessPoolExecutor, live: City, database_url: str
) -> None:
    holders = [await live.move_in() for _ in range(SEATS)]
    done = [granted(await live.commit(redeem(one, occasion="show-1"))) for one in holders[:4]]
    waiting = [held(await live.commit(hold(one, occasion="show-1"))) for one in holders[4:8]]
    commands: list[Command] = []
    for number in range(4):
        commands += [redeem(holders[8 + number], occasion="show-1"), confirm(waiting[number])]
        commands += [reverse(done[number]), hold(holders[number], occasion="show-1")]
        commands += [release(waiting[number]), cancel()]
    said = _said(_race(processes, database_url, commands))
    assert said["CANCELLED"] == 4
    balances = await _balances(live)
    assert (balances["standing"], balances["held"]) == (0, 0)
    [cancellation] = await live.rows(CANCELLATION)
    assert cancellation["finished_at"] is not None
    quotas = await live.rows(QUOTA)
    assert {(row["used"], row["held"]) for row in quotas} == {(0, 0)}
