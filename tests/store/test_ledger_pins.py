"""The counter of wrong PINs: three lock a reward for an hour, and then nothing of it stays."""

import secrets
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import Outcome, PinTry, Redeem
from gateway.domain.redemptions import Reason
from gateway.store.database import Database
from gateway.store.sweep import sweep
from gateway.store.tables import PIN_FAILURE, QUOTA
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.commands import Holder, again, denied, granted, not_eligible, redeem

pytestmark = pytest.mark.anyio

WRONG = not_eligible(Cause.WRONG_PIN)
LOCKED = not_eligible(Cause.PIN_LOCKED)


class Desk:
    """Somebody who types PINs for one pass and one reward."""

    def __init__(self, city: City, holder: Holder) -> None:
        self.city = city
        self.holder = holder
        self.counter = secrets.token_bytes(32)

    def types(self, *, presented: bool = True, right: bool = False, **changes: Any) -> Redeem:
        attempt = PinTry(counter=self.counter, presented=presented, right=right)
        return redeem(self.holder, pin=attempt, **changes)

    async def right(self) -> Outcome:
        return await self.city.commit(self.types(right=True))

    async def wrong(self) -> tuple[Reason | None, str | None]:
        return denied(await self.city.commit(self.types()))

    async def none(self) -> tuple[Reason | None, str | None]:
        return denied(await self.city.commit(self.types(presented=False)))


@pytest.fixture
async def desk(city: City) -> Desk:
    return Desk(city, await city.move_in())


async def test_a_right_pin_is_granted(desk: Desk) -> None:
    granted(await desk.right())


async def test_a_wrong_pin_is_denied_and_takes_no_quota(desk: Desk, city: City) -> None:
    assert await desk.wrong() == WRONG
    assert await city.rows(QUOTA) == []
    granted(await desk.right())


async def test_the_third_wrong_pin_locks_even_the_right_one_out(desk: Desk) -> None:
    assert [await desk.wrong() for _ in range(3)] == [WRONG, WRONG, LOCKED]
    assert denied(await desk.right()) == LOCKED


async def test_a_right_pin_between_wrong_ones_buys_no_more_tries(desk: Desk) -> None:
    assert [await desk.wrong() for _ in range(2)] == [WRONG, WRONG]
    granted(await desk.right())
    assert await desk.wrong() == LOCKED


async def test_the_lock_ends_after_an_hour(desk: Desk, clock: Hands) -> None:
    for _ in range(3):
        await desk.wrong()
    clock.now = NOW + timedelta(minutes=60) - timedelta(milliseconds=1)
    assert denied(await desk.right()) == LOCKED
    clock.now = NOW + timedelta(minutes=60)
    granted(await desk.right())
    assert [await desk.wrong() for _ in range(3)] == [WRONG, WRONG, LOCKED]


async def test_tries_against_a_lock_do_not_prolong_it(desk: Desk, clock: Hands) -> None:
    for _ in range(3):
        await desk.wrong()
    for minutes in (20, 40, 59):
        clock.now = NOW + timedelta(minutes=minutes)
        assert await desk.wrong() == LOCKED
        assert denied(await desk.right()) == LOCKED
    clock.now = NOW + timedelta(minutes=60)
    granted(await desk.right())


async def test_wrong_pins_an_hour_apart_do_not_add_up(desk: Desk, clock: Hands) -> None:
    for hours in range(4):
        clock.now = NOW + timedelta(hours=hours)
        assert await desk.wrong() == WRONG


async def test_no_pin_is_denied_but_is_no_try(desk: Desk, clock: Hands) -> None:
    assert [await desk.none() for _ in range(3)] == [WRONG] * 3
    assert [await desk.wrong() for _ in range(2)] == [WRONG] * 2
    clock.now = NOW + timedelta(minutes=59)
    assert await desk.none() == WRONG
    clock.now = NOW + timedelta(minutes=60)  # counted from the last wrong PIN, and not from the missing one
    assert [await desk.wrong() for _ in range(3)] == [WRONG, WRONG, LOCKED]
    assert await desk.none() == LOCKED


async def test_a_right_pin_leaves_no_trace_after_the_next_sweep(
    desk: Desk, city: City, database: Database, clock: Hands
) -> None:
    granted(await desk.right())
    clock.now = NOW + timedelta(milliseconds=1)
    await sweep(database)
    assert await city.rows(PIN_FAILURE) == []


async def test_counters_do_not_know_each_other(desk: Desk, city: City) -> None:
    other = Desk(city, desk.holder)  # the same pass, another reward
    for _ in range(3):
        await desk.wrong()
    granted(await other.right())


async def test_a_retry_of_a_wrong_pin_does_not_count(desk: Desk, city: City) -> None:
    command = desk.types()
    await city.commit(command)
    for _ in range(3):
        await city.commit(again(command))
    granted(await desk.right())


async def test_a_wrong_pin_hides_behind_what_speaks_against_the_pass_anyway(desk: Desk, city: City) -> None:
    assert denied(await city.commit(desk.types(cause=Cause.NOT_ENTITLED))) == not_eligible(Cause.NOT_ENTITLED)


async def test_nothing_of_it_stays_after_an_hour(desk: Desk, city: City, database: Database, clock: Hands) -> None:
    for _ in range(3):
        await desk.wrong()
    [row] = await city.rows(PIN_FAILURE)
    assert row == {"counter": desk.counter, "failures": 3, "expires_at": NOW + timedelta(hours=1)}
    clock.now = NOW + timedelta(hours=1, milliseconds=1)
    await sweep(database)
    assert await city.rows(PIN_FAILURE) == []
