"""Commands of one transaction take their locks in one order, and two transactions never wait in a ring."""

import asyncio
import random
from collections.abc import AsyncIterator
from types import coroutine
from typing import Any

import pytest

from gateway.domain.ledger import Command, Committed
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from gateway.store.turns import Lock, Stumbled, in_turns, turn
from tests.store.city import City
from tests.store.commands import granted, hold, redeem, reverse

pytestmark = pytest.mark.anyio

ROUNDS = 6


async def test_each_goes_on_when_it_is_its_lock_s_turn() -> None:
    said: list[str] = []

    async def work(name: str, *locks: tuple[Lock, str]) -> str:
        for lock, key in locks:
            await turn(lock, key)
            said.append(f"{name} {lock.name} {key}")
            await asyncio.sleep(0)  # what else it waits for does not let another one in
            said.append(f"{name} done")
        return name

    one = work("one", (Lock.ENTRY, "a"), (Lock.QUOTA, "z"), (Lock.OCCASION, "s"))
    two = work("two", (Lock.ENTRY, "b"), (Lock.QUOTA, "y"), (Lock.OCCASION, "s"))
    three = work("three", (Lock.PROOF, "c"))
    assert await in_turns([one, two, three]) == ["one", "two", "three"]
    assert said[1::2] == [f"{line.split()[0]} done" for line in said[::2]]
    assert said[::2] == [
        "three PROOF c",
        "one ENTRY a",
        "two ENTRY b",
        "two QUOTA y",
        "one QUOTA z",
        "one OCCASION s",
        "two OCCASION s",
    ]


async def test_who_stumbles_is_named_and_the_others_are_closed() -> None:
    closed = []

    async def waits(name: str) -> None:
        try:
            await turn(Lock.OCCASION, name)
        finally:
            closed.append(name)

    async def fails() -> None:
        await turn(Lock.ENTRY, "a")
        raise ZeroDivisionError

    with pytest.raises(Stumbled) as stumbled:
        await in_turns([waits("first"), fails(), waits("last")])
    assert stumbled.value.number == 1
    assert isinstance(stumbled.value.error, ZeroDivisionError)
    assert closed == ["first", "last"]


async def test_a_cancellation_reaches_whoever_is_at_work() -> None:
    met = []

    @coroutine
    def never() -> Any:
        yield asyncio.get_running_loop().create_future()

    async def works() -> None:
        try:
            await never()
        except asyncio.CancelledError:
            met.append("cancelled")
            raise

    task = asyncio.create_task(in_turns([works()]))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert met == ["cancelled"]


@pytest.fixture
async def nodes(postgres_url: str) -> AsyncIterator[tuple[City, SqlLedger]]:
    """A city, and the ledger of another node on the same database."""
    own, other = Database(postgres_url), Database(postgres_url)
    yield await City.found(own), SqlLedger(other)
    await own.close()
    await other.close()


async def test_nodes_that_come_for_the_same_in_other_orders_never_wait_in_a_ring(
    nodes: tuple[City, SqlLedger],
) -> None:
    """Each node commits the same residents' redemptions, holds and reversals for two shows, in its own order.

    Transactions that waited for each other in a ring would be told 503 when a lock's timeout has passed.
    """
    city, other = nodes
    chance = random.Random(7)
    for name in ("show-1", "show-2"):
        await city.announce(name, capacity=10_000)
    holders = [await city.move_in() for _ in range(6)]

    def show() -> dict[str, Any]:
        return {"occasion": chance.choice(["show-1", "show-2"]), "allowance": 10_000}

    made = [granted(await city.commit(redeem(holder, **show()))) for holder in holders for _ in range(2 * ROUNDS)]
    for _ in range(ROUNDS):
        batches: list[list[Command]] = []
        for _node in range(2):
            batch: list[Command] = [make(holder, **show()) for holder in holders for make in (redeem, hold)]
            batch += [reverse(made.pop()) for _ in range(3)]
            chance.shuffle(batch)
            batches.append(batch)
        found = await asyncio.gather(city.ledger.commit(batches[0]), other.commit(batches[1]))
        assert all(isinstance(outcome, Committed) for outcomes in found for outcome in outcomes)
