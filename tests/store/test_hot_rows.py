"""Everybody who comes for a show comes for one row: its lock is taken last, and whoever is refused never waits."""

import asyncio
import re
from collections.abc import Callable

import pytest
from sqlalchemy import select

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import Command, Committed
from gateway.domain.redemptions import Reason
from gateway.store.database import Database
from gateway.store.tables import HELD_QUOTA, OCCASION, QUOTA, REDEMPTION
from tests.store.city import City
from tests.store.commands import denied, granted, hold, not_eligible, redeem, reverse
from tests.store.tracing import traced

pytestmark = pytest.mark.anyio

SHOW = {"occasion": "show-1", "bucket": "occasion:show-1"}


async def _after_the_lock(city: City, command: Command) -> list[str]:
    """Return what writes are sent from the statement that locks the occasion on."""
    with traced() as seen:
        await city.commit(command)
    [at] = [number for number, one in enumerate(seen) if "UPDATE occasion SET" in one]
    found = (re.search(r"UPDATE occasion SET|INSERT INTO held_seat|COMMIT", one) for one in seen[at:])
    return ["another" if one is None else one[0] for one in found]


async def test_no_statement_stands_between_the_occasion_s_lock_and_the_commit(city: City) -> None:
    await city.announce(capacity=10)
    holder = await city.move_in()
    assert await _after_the_lock(city, redeem(holder, **SHOW)) == ["UPDATE occasion SET", "COMMIT"]
    made = granted(await city.commit(redeem(holder, **SHOW)))
    assert await _after_the_lock(city, reverse(made)) == ["UPDATE occasion SET", "COMMIT"]
    keeps = ["UPDATE occasion SET", "INSERT INTO held_seat", "COMMIT"]
    assert await _after_the_lock(city, hold(holder, **SHOW)) == keeps


@pytest.mark.parametrize("free", [0, 1])
async def test_whoever_is_refused_does_not_wait_for_the_occasion(city: City, database_url: str, free: int) -> None:
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite has one writer, and no row to wait for")
    await city.announce(capacity=1 + free)
    holder = await city.move_in()
    granted(await city.commit(redeem(holder, **SHOW)))
    other = Database(database_url)
    async with other.write() as somebody:
        await somebody.execute(select(OCCASION).with_for_update())
        found = denied(await city.commit(redeem(holder, cause=Cause.NOT_ENTITLED, **SHOW)))
    await other.close()
    assert found == (not_eligible(Cause.NOT_ENTITLED) if free else (Reason.SOLD_OUT, None))


@pytest.mark.parametrize("make", [redeem, hold])
async def test_whoever_loses_the_last_seat_leaves_nothing(city: City, make: Callable[..., Command]) -> None:
    """All of them see the last seat, and one gets it. The others are told, and their quotas were never touched."""
    await city.announce(capacity=1)
    commands = [make(await city.move_in(), **SHOW) for _ in range(6)]
    outcomes = await asyncio.gather(*map(city.commit, commands))
    entries = [one.entry for one in outcomes if isinstance(one, Committed)]
    assert sorted(str(one.reason) for one in entries) == ["None"] + ["SOLD_OUT"] * 5
    quotas, redemptions, kept = await city.tables(QUOTA, REDEMPTION, HELD_QUOTA)
    assert len(quotas) == len(redemptions) + len(kept) == 1
