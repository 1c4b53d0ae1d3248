"""What comes while a commit is under way goes into the next one together, and each has its own outcome."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.errors import Unavailable
from gateway.domain.ledger import Command, Committed, Redeem
from gateway.domain.redemptions import Reason
from gateway.store import coalescing
from gateway.store.applying import Kind
from gateway.store.tables import ENTRY, OCCASION, QUOTA, REDEMPTION
from tests.store.city import City
from tests.store.commands import BUCKET, again, cancel, denied, granted, hold, not_eligible, redeem
from tests.store.slow_disk import PATIENCE_SECONDS, Desk, SlowDisk, all_of, until

pytestmark = pytest.mark.anyio

SHOW = {"occasion": "show-1", "bucket": "occasion:show-1"}


@pytest.fixture
async def disk(database_url: str) -> AsyncIterator[SlowDisk]:
    """A database of each kind."""
    disk = SlowDisk(database_url)
    yield disk
    disk.flush()
    await disk.close()


@pytest.fixture
async def city(disk: SlowDisk) -> City:
    """The city on that database."""
    return await City.found(disk)


@pytest.fixture
async def desk(disk: SlowDisk, city: City) -> AsyncIterator[Desk]:
    """Clients at it, who all leave in the end."""
    desk = Desk(disk)
    yield desk
    disk.flush()
    await desk.writes.close(PATIENCE_SECONDS)


async def _redeems(city: City, count: int, **changes: object) -> list[Redeem]:
    return [redeem(await city.move_in(), **changes) for _ in range(count)]


async def test_what_comes_while_a_commit_runs_shares_the_next_one(city: City, desk: Desk) -> None:
    commands = await _redeems(city, desk.lanes + 5)
    tasks = await desk.occupy(commands[: desk.lanes])
    tasks += await desk.send(commands[desk.lanes :])
    assert desk.writes.waiting == 5
    assert not any(task.done() for task in tasks), "nobody is answered before the disk has it"
    desk.disk.flush()
    made = [granted(outcome) for outcome in await all_of(tasks)]
    assert [one.request_id for one in made] == [command.request_id for command in commands]
    assert desk.writes.sizes == {1: desk.lanes, 5: 1}
    assert len(await city.rows(REDEMPTION)) == desk.lanes + 5


async def test_all_kinds_of_commands_share_a_transaction(city: City, desk: Desk) -> None:
    await city.announce(capacity=9)
    others: list[Command] = [hold(await city.move_in(), **SHOW), redeem(await city.move_in(), **SHOW)]
    others += [redeem(await city.move_in(), allowance=0, cause=Cause.NOT_ENTITLED)]
    tasks = await desk.occupy(await _redeems(city, desk.lanes))
    mine = await desk.send(others)
    desk.disk.flush()
    await all_of(tasks)
    kept, made, no = await all_of(mine)
    assert isinstance(kept, Committed)
    assert kept.entry.hold is not None
    assert granted(made).occasion == "show-1"
    assert denied(no) == not_eligible(Cause.NOT_ENTITLED)
    assert len(await city.rows(ENTRY)) == desk.lanes + 3


async def test_who_touches_the_same_comes_after_it(city: City, desk: Desk) -> None:
    """The same request is answered again, the same proof is refused, and the last unit goes to the first."""
    holder = await city.move_in()
    first = redeem(holder, allowance=1)
    tasks = await desk.send(
        [first, again(first), replace(first, request_id="r" * 20), redeem(holder, allowance=1)]
    )
    one, same, proof, late = await all_of(tasks)
    assert granted(one).quantity == 1
    assert isinstance(one, Committed)
    assert same == Committed(one.entry, replayed=True)
    assert not isinstance(proof, Committed)
    assert denied(late) == not_eligible(Cause.QUOTA_USED_UP)
    assert desk.writes.sizes[1] == 4
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 1


async def test_the_last_seats_go_to_whoever_came_first(city: City, desk: Desk) -> None:
    await city.announce(capacity=3)
    late = await _redeems(city, 8, **SHOW)
    tasks = await desk.occupy(await _redeems(city, desk.lanes))
    buyers = await desk.send(late)
    desk.disk.flush()
    await all_of(tasks)
    outcomes = await all_of(buyers)
    assert all(granted(outcome) for outcome in outcomes[:3])
    assert [denied(outcome) for outcome in outcomes[3:]] == [(Reason.SOLD_OUT, None)] * 5
    occasions, quotas = await city.tables(OCCASION, QUOTA)
    assert [row["used"] for row in occasions] == [3]
    assert len(quotas) == desk.lanes + 3, "whoever got no seat has touched no quota"


def _failing(cause: Cause) -> str:
    raise ZeroDivisionError(cause)


async def test_one_that_fails_takes_nobody_with_it(city: City, desk: Desk) -> None:
    good = await _redeems(city, 4)
    [bug, data] = await _redeems(city, 2)
    bad = [replace(bug, allowance=0, seal=_failing), replace(data, tariff_fen=2**80)]
    tasks = await desk.occupy(await _redeems(city, desk.lanes))
    mixed = await desk.send([good[0], bad[0], good[1], good[2], bad[1], good[3]])
    desk.disk.flush()
    await all_of(tasks)
    done = await asyncio.gather(*mixed, return_exceptions=True)
    assert isinstance(done[1], ZeroDivisionError)
    assert isinstance(done[4], Exception)
    for place in (0, 2, 3, 5):
        outcome = done[place]
        assert not isinstance(outcome, BaseException)
        granted(outcome)
    assert len(await city.rows(ENTRY)) == desk.lanes + 4


async def test_a_full_queue_says_come_back(city: City, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coalescing, "QUEUE_MAX", 3)
    commands = await _redeems(city, desk.lanes + 5)
    tasks = await desk.occupy(commands[: desk.lanes])
    waiting = await desk.send(commands[desk.lanes : desk.lanes + 3])
    with pytest.raises(Unavailable):
        await desk.ledger.commit([commands[-1]])
    assert desk.writes.refused == 1
    waiting.pop().cancel()
    await asyncio.sleep(0)
    waiting += await desk.send([commands[-2]])  # who left makes room
    desk.disk.flush()
    await all_of(tasks)
    assert all(granted(outcome) for outcome in await all_of(waiting))
    assert desk.writes.waiting == 0


async def test_who_leaves_before_the_transaction_leaves_nothing(city: City, desk: Desk) -> None:
    commands = await _redeems(city, 3)
    tasks = await desk.occupy(await _redeems(city, desk.lanes))
    waiting = await desk.send(commands)
    waiting[1].cancel()
    desk.disk.flush()
    await all_of(tasks)
    granted(await waiting[0])
    granted(await waiting[2])
    assert waiting[1].cancelled()
    assert await city.ledger.recall(commands[1].partner_id, commands[1].request_id) is None
    granted(await city.commit(commands[1]))  # not even its proof was used up


async def test_who_leaves_during_the_commit_counts_once(city: City, desk: Desk) -> None:
    commands = await _redeems(city, desk.lanes)
    tasks = await desk.occupy(commands)
    tasks[0].cancel()
    await asyncio.sleep(0)
    desk.disk.flush()
    await all_of(tasks[1:])
    await until(lambda: not desk.writes._running)
    retried = await city.commit(again(commands[0]))
    assert isinstance(retried, Committed)
    assert retried.replayed
    assert len(await city.rows(REDEMPTION)) == desk.lanes


async def test_a_disk_that_answers_too_late_costs_its_own_transaction(
    city: City, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    commands = await _redeems(city, desk.lanes + 1)
    monkeypatch.setattr(coalescing, "SECONDS", dict.fromkeys(Kind, 0.3))
    desk.disk.stick()
    tasks = await desk.send(commands[: desk.lanes])
    for task in tasks:
        with pytest.raises(Unavailable, match="deadline"):
            await task
    monkeypatch.setattr(coalescing, "SECONDS", dict.fromkeys(Kind, PATIENCE_SECONDS))
    desk.disk.flush()
    granted(*await all_of(await desk.send(commands[-1:])))
    assert len(await city.rows(REDEMPTION)) == 1
    granted(await city.commit(commands[0]))


async def test_what_was_accepted_is_ended_and_nothing_more_is_taken(city: City, desk: Desk) -> None:
    commands = await _redeems(city, desk.lanes + 3)
    tasks = await desk.occupy(commands[: desk.lanes])
    tasks += await desk.send(commands[desk.lanes : -1])
    closing = asyncio.create_task(desk.writes.close(PATIENCE_SECONDS))
    await asyncio.sleep(0)
    with pytest.raises(Unavailable):
        await desk.ledger.commit([commands[-1]])
    desk.disk.flush()
    await closing
    assert all(task.done() for task in tasks)
    assert all(granted(outcome) for outcome in await all_of(tasks))


async def test_nobody_hangs_where_the_disk_never_answers(city: City, desk: Desk) -> None:
    commands = await _redeems(city, desk.lanes + 2)
    tasks = await desk.occupy(commands[: desk.lanes])
    tasks += await desk.send(commands[desk.lanes :])
    await desk.writes.close(0.01)
    for task in tasks:
        with pytest.raises(Unavailable):
            await task


async def test_what_takes_long_has_a_lane_of_its_own(city: City, desk: Desk) -> None:
    """On PostgreSQL; SQLite has one writer, and whoever comes first writes first."""
    await city.announce(capacity=1)
    tasks = await desk.occupy(await _redeems(city, desk.lanes))
    [closing] = await desk.send([cancel()])
    if desk.disk.is_sqlite:
        assert desk.writes.waiting == 1
    else:
        await until(lambda: desk.disk.at_the_disk == desk.lanes + 1)
    desk.disk.flush()
    await all_of(tasks)
    outcome = await closing
    assert isinstance(outcome, Committed)
    assert outcome.entry.cancellation is not None


async def test_questions_are_answered_while_the_disk_is_busy(city: City, desk: Desk) -> None:
    holder = await city.move_in()
    tasks = await desk.occupy(await _redeems(city, desk.lanes))
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await desk.ledger.used(holder.pseudonym, BUCKET) == 0
        assert await desk.ledger.recall("nobody", "r" * 20) is None
    desk.disk.flush()
    await all_of(tasks)


@pytest.mark.parametrize("count", [coalescing.MOST[Kind.PLAIN], coalescing.MOST[Kind.PLAIN] + 1])
async def test_a_batch_has_a_most(city: City, desk: Desk, count: int) -> None:
    commands = await _redeems(city, count)
    outcomes: Sequence[object] = await desk.ledger.commit(commands)
    assert len(outcomes) == count
    assert max(desk.writes.sizes) == coalescing.MOST[Kind.PLAIN]
