"""Seats of an occasion: no seat twice, and what is not about the person is said first."""

import asyncio
import re
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update

from gateway.domain.eligibility import Cause
from gateway.domain.errors import MalformedInput
from gateway.domain.ledger import Committed
from gateway.domain.redemptions import Reason
from gateway.store.occasions import Put
from gateway.store.tables import OCCASION, QUOTA
from tests.auth.key_home import NOW, Hands
from tests.store.city import City, occasion
from tests.store.commands import PARTNER_ID, denied, granted, not_eligible, redeem, reverse
from tests.store.racer import patiently

pytestmark = pytest.mark.anyio

SEATS = 400

SOLD_OUT = (Reason.SOLD_OUT, None)
SHOW = {"occasion": "show-1", "bucket": "occasion:show-1"}


async def test_no_more_seats_than_there_are(city: City) -> None:
    await city.announce(capacity=3)
    first, second = await city.move_in(), await city.move_in()
    assert granted(await city.commit(redeem(first, quantity=2, **SHOW))).occasion == "show-1"
    assert denied(await city.commit(redeem(second, quantity=2, **SHOW))) == SOLD_OUT
    granted(await city.commit(redeem(second, **SHOW)))
    assert denied(await city.commit(redeem(second, **SHOW))) == SOLD_OUT
    assert await city.seats_used() == 3
    assert [row["used"] for row in await city.rows(QUOTA)].count(2) == 1


async def test_sold_out_comes_before_not_eligible_and_takes_no_quota(city: City) -> None:
    await city.announce(capacity=1)
    granted(await city.commit(redeem(await city.move_in(), **SHOW)))
    quotas = await city.rows(QUOTA)
    holder = await city.move_in()
    assert denied(await city.commit(redeem(holder, cause=Cause.NOT_ENTITLED, **SHOW))) == SOLD_OUT
    assert denied(await city.commit(redeem(holder, **SHOW))) == SOLD_OUT
    assert await city.rows(QUOTA) == quotas


@pytest.mark.parametrize("cause", [None, Cause.NOT_ENTITLED])
async def test_a_refusal_gives_the_seats_back(city: City, cause: Cause | None) -> None:
    await city.announce(capacity=5)
    holder = await city.move_in()
    refused = redeem(holder, quantity=3, cause=cause, **SHOW)
    assert denied(await city.commit(refused)) == not_eligible(cause or Cause.QUOTA_USED_UP)
    assert await city.seats_used() == 0


async def test_reversed_seats_are_free_again(city: City) -> None:
    await city.announce(capacity=2)
    redemption = granted(await city.commit(redeem(await city.move_in(), quantity=2, **SHOW)))
    granted(await city.commit(reverse(redemption, 1)))
    assert await city.seats_used() == 1
    granted(await city.commit(reverse(redemption)))
    assert await city.seats_used() == 0
    granted(await city.commit(redeem(await city.move_in(), quantity=2, **SHOW)))


async def test_another_partner_s_occasion_of_the_same_id_is_another(city: City) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    await city.announce(capacity=2)
    await city.announce(capacity=2, partner_id="city-museum")
    redemption = granted(await city.commit(redeem(await city.move_in(), **SHOW)))
    granted(await city.commit(redeem(await city.move_in(), **SHOW)))
    granted(await city.commit(reverse(redemption)))
    theirs = await city.ledger.occasion("city-museum", "show-1")
    assert theirs is not None
    assert (theirs.used, await city.seats_used("show-1")) == (0, 0)


async def test_an_occasion_is_known_to_its_partner_until_it_ends(city: City, clock: Hands) -> None:
    await city.announce(capacity=2)
    occasion = await city.ledger.occasion(PARTNER_ID, "show-1")
    assert occasion is not None
    assert (occasion.capacity, occasion.used) == (2, 0)
    assert await city.ledger.occasion(PARTNER_ID, "show-2") is None
    assert await city.ledger.occasion("city-museum", "show-1") is None
    clock.now = occasion.ends_at - timedelta(microseconds=1)
    assert await city.ledger.occasion(PARTNER_ID, "show-1") == occasion
    clock.now = occasion.ends_at
    assert await city.ledger.occasion(PARTNER_ID, "show-1") is None


async def test_lowering_capacity_waits_for_a_sale_and_then_names_what_is_sold(city: City) -> None:
    await city.announce(capacity=5)
    async with city.database.write() as connection:
        await connection.execute(update(OCCASION).values(used=OCCASION.c.used + 3))
        lowering = asyncio.create_task(city.occasions.put(occasion(capacity=2, ends_at=NOW)))
        await asyncio.wait([lowering], timeout=0.2)  # whether it reads before it waits or not, it has to wait
        assert not lowering.done()
    with pytest.raises(MalformedInput, match="3 places of occasion show-1 are taken"):
        await lowering


async def test_lowering_capacity_amid_sales_never_oversells_and_names_true_figures(city: City) -> None:
    await city.announce(capacity=SEATS)
    holder = await city.move_in()

    async def sell() -> None:
        sold = True
        while sold:
            outcome = await patiently(lambda: city.commit(redeem(holder, allowance=SEATS, **SHOW)))
            assert isinstance(outcome, Committed)
            sold = outcome.entry.redemption is not None

    async def lower() -> None:
        for margin in range(SEATS):
            before = await city.seats_used()
            try:
                await patiently(partial(city.announce, capacity=before + margin))
            except MalformedInput as refusal:
                [sold] = re.findall(r"^(\d+) places", refusal.message)
                assert before + margin < int(sold) <= await city.seats_used()
            else:
                return

    await asyncio.gather(*(sell() for _ in range(4)), lower())
    [row] = await city.rows(OCCASION)
    assert row["used"] == row["capacity"] < SEATS


async def test_two_imports_at_once_end_as_one_of_them(city: City) -> None:
    await asyncio.gather(*(city.database.answers() for _ in range(2)))  # two connections, open
    for number in range(10):
        shows = [f"show-{number}-{seat:03}" for seat in range(200)]
        one = [occasion(show, capacity=1) for show in shows]
        other = [occasion(show, capacity=2) for show in reversed(shows)]
        outcomes = await asyncio.gather(city.occasions.put_all(one), city.occasions.put_all(other))
        assert sorted(map(set, outcomes), key=str) == [{Put.CHANGED}, {Put.NEW}]
    assert len(await city.occasions.listed()) == 2000
