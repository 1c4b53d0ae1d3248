"""Importing occasions: safe to repeat, never below what is sold, and what was announced first stays."""

from datetime import timedelta

import pytest

from gateway.domain.errors import MalformedInput
from tests.auth.key_home import NOW, Hands
from tests.store.city import City, occasion
from tests.store.commands import PARTNER_ID, granted, redeem

pytestmark = pytest.mark.anyio


async def _sell(city: City, quantity: int) -> None:
    granted(await city.commit(redeem(await city.move_in(), quantity=quantity, occasion="show-1")))


async def test_an_occasion_comes_back_as_it_was_announced(city: City) -> None:
    announced = occasion(capacity=7)
    await city.occasions.put(announced)
    await city.occasions.put(announced)
    assert await city.occasions.of_partner(PARTNER_ID) == [announced]
    assert await city.occasions.of_partner("city-museum") == []


async def test_capacity_and_end_may_change_and_what_is_sold_stays_sold(city: City) -> None:
    await city.occasions.put(occasion(capacity=2))
    await _sell(city, 2)
    later = NOW + timedelta(days=400)
    await city.occasions.put(occasion(capacity=5, ends_at=later))
    [found] = await city.occasions.of_partner(PARTNER_ID)
    assert (found.capacity, found.used, found.ends_at) == (5, 2, later)
    assert found.announced_end == occasion().announced_end  # its quota stays in the period that it began in
    await _sell(city, 2)


async def test_capacity_may_shrink_to_what_is_sold_but_not_below(city: City) -> None:
    await city.occasions.put(occasion(capacity=5))
    await _sell(city, 2)
    with pytest.raises(MalformedInput, match="2 places of occasion show-1 are taken"):
        await city.occasions.put(occasion(capacity=1))
    await city.occasions.put(occasion(capacity=2))
    [found] = await city.occasions.of_partner(PARTNER_ID)
    assert (found.capacity, found.used) == (2, 2)


async def test_an_occasion_keeps_its_reward(city: City) -> None:
    await city.occasions.put(occasion())
    with pytest.raises(MalformedInput, match="is for theatre-ticket"):
        await city.occasions.put(occasion(reward="cinema-ticket"))


async def test_what_has_ended_is_not_listed(city: City, clock: Hands) -> None:
    await city.occasions.put(occasion("show-2"))
    await city.occasions.put(occasion("show-1", ends_at=NOW + timedelta(hours=2)))
    assert [each.id for each in await city.occasions.of_partner(PARTNER_ID)] == ["show-1", "show-2"]
    clock.now = NOW + timedelta(hours=2)
    assert [each.id for each in await city.occasions.of_partner(PARTNER_ID)] == ["show-2"]
