"""Importing occasions: safe to repeat, never below what is sold, and what was announced first stays."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from gateway.domain.acts import Act
from gateway.domain.errors import MalformedInput
from gateway.store.occasion_changes import TOLD_MAX
from gateway.store.occasions import NotPut, Put
from tests.auth.key_home import NOW, Hands
from tests.store.city import City, occasion
from tests.store.commands import PARTNER_ID, granted, redeem

pytestmark = pytest.mark.anyio

SHANGHAI = timezone(timedelta(hours=8))


async def _sell(city: City, quantity: int) -> None:
    granted(await city.commit(redeem(await city.move_in(), quantity=quantity, occasion="show-1")))


async def _acts(city: City) -> Sequence[Act]:
    return [act for act in await city.acts.acts() if act.action == "occasions import"]


async def test_an_occasion_comes_back_as_it_was_announced(city: City) -> None:
    announced = occasion(capacity=7)
    assert await city.occasions.put(announced) is Put.NEW
    assert await city.occasions.put(announced) is Put.UNCHANGED
    assert await city.occasions.listed() == [announced]
    assert await city.occasions.listed(partner_id="city-museum") == []


async def test_capacity_and_end_may_change_and_what_is_sold_stays_sold(city: City) -> None:
    await city.occasions.put(occasion(capacity=2))
    await _sell(city, 2)
    later = NOW + timedelta(days=400)
    assert await city.occasions.put(occasion(capacity=5, ends_at=later)) is Put.CHANGED
    [found] = await city.occasions.listed()
    assert (found.capacity, found.used, found.ends_at) == (5, 2, later)
    assert found.announced_end == occasion().announced_end  # its quota stays in the period that it began in
    await _sell(city, 2)


async def test_capacity_may_shrink_to_what_is_sold_but_not_below(city: City) -> None:
    await city.occasions.put(occasion(capacity=5))
    await _sell(city, 2)
    with pytest.raises(
        MalformedInput, match="capacity: 2 places of occasion show-1 are taken; give at least that"
    ):
        await city.occasions.put(occasion(capacity=1))
    await city.occasions.put(occasion(capacity=2))
    [found] = await city.occasions.listed()
    assert (found.capacity, found.used) == (2, 2)


async def test_an_occasion_keeps_its_reward(city: City) -> None:
    await city.occasions.put(occasion())
    with pytest.raises(MalformedInput, match="reward: Occasion show-1 is for theatre-ticket"):
        await city.occasions.put(occasion(reward="cinema-ticket"))


async def test_a_new_occasion_is_not_over_and_a_known_one_may_be(city: City, clock: Hands) -> None:
    ending = occasion(ends_at=NOW + timedelta(hours=1))
    await city.occasions.put(ending)
    clock.now = ending.ends_at
    assert await city.occasions.put(ending) is Put.UNCHANGED
    assert await city.occasions.put(replace(ending, ends_at=NOW)) is Put.CHANGED
    with pytest.raises(MalformedInput, match="ends_at: Occasion show-2 is new and over"):
        await city.occasions.put(replace(ending, id="show-2"))
    assert [one.id for one in await city.occasions.listed(over=True)] == ["show-1"]


async def test_what_has_ended_is_not_listed_unless_asked_for(city: City, clock: Hands) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    await city.occasions.put(occasion("show-2"))
    await city.occasions.put(occasion("show-1", ends_at=NOW + timedelta(hours=2), reward="cinema-ticket"))
    await city.occasions.put(occasion("show-0", ends_at=NOW + timedelta(hours=3), partner_id="city-museum"))

    async def listed(**chosen: object) -> list[str]:
        return [one.id for one in await city.occasions.listed(**chosen)]  # type: ignore[arg-type]

    assert await listed() == ["show-1", "show-0", "show-2"]
    assert await listed(partner_id=PARTNER_ID) == ["show-1", "show-2"]
    assert await listed(reward="cinema-ticket") == ["show-1"]
    clock.now = NOW + timedelta(hours=2)
    assert await listed(partner_id=PARTNER_ID) == ["show-2"]
    assert await listed(partner_id=PARTNER_ID, over=True) == ["show-1", "show-2"]


async def test_of_many_each_has_its_own_outcome_in_the_order_given(city: City) -> None:
    await city.occasions.put(occasion(capacity=5))
    await _sell(city, 2)
    await city.occasions.put_all([occasion("show-2"), occasion("show-3")])
    many = [
        occasion("show-9"),
        occasion("show-3"),
        occasion("show-4", ends_at=NOW),
        occasion("show-2", capacity=9),
        occasion("show-1", capacity=0),
        occasion("show-0", reward="cinema-ticket"),
    ]
    foreseen = await city.occasions.foresee(many)
    before = await city.occasions.listed()
    outcomes = await city.occasions.put_all(many)
    assert outcomes == foreseen
    assert [one.argument if isinstance(one, NotPut) else one.value for one in outcomes] == [
        "new",
        "unchanged",
        "ends_at",
        "changed",
        "capacity",
        "new",
    ]
    assert {one.id for one in before} == {"show-1", "show-2", "show-3"}  # foreseeing did nothing
    assert {one.id: one.capacity for one in await city.occasions.listed()} == {
        "show-0": 2,
        "show-1": 5,
        "show-2": 9,
        "show-3": 2,
        "show-9": 2,
    }


async def test_two_partners_occasions_of_one_id_are_two(city: City) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    theirs = occasion(partner_id="city-museum", capacity=9)
    assert await city.occasions.put_all([occasion(), theirs]) == [Put.NEW, Put.NEW]
    assert await city.occasions.put_all([theirs, occasion(capacity=3)]) == [Put.UNCHANGED, Put.CHANGED]
    assert {one.partner_id: one.capacity for one in await city.occasions.listed()} == {
        PARTNER_ID: 3,
        "city-museum": 9,
    }


async def test_what_changed_is_written_down_once_and_what_did_not_is_not(city: City) -> None:
    many = [occasion("show-1"), occasion("show-2", ends_at=NOW)]
    await city.occasions.put_all(many, rejected=3)
    await city.occasions.put_all(many, rejected=3)
    await city.occasions.put(occasion("show-1"))
    [act] = await _acts(city)
    assert (act.subject, act.facts) == (PARTNER_ID, {"new": 1, "changed": 0, "unchanged": 0, "rejected": 4})


async def test_the_act_says_what_was_changed_and_of_many_how_many(city: City) -> None:
    many = [occasion(f"show-{number:02}") for number in range(TOLD_MAX + 3)]
    await city.occasions.put_all(many)
    earlier = NOW + timedelta(days=3)
    await city.occasions.put_all([replace(many[0], capacity=7, ends_at=earlier.astimezone(SHANGHAI)), many[1]])
    await city.occasions.put_all([replace(one, capacity=9) for one in many])
    new, one, all_of_them = (act.facts for act in await _acts(city))
    counts = {"new": 0, "unchanged": 1, "changed": 1, "rejected": 0}
    ends = f"end {many[0].ends_at.isoformat()}->{earlier.isoformat()}"
    assert one == {**counts, f"occasion {PARTNER_ID}/show-00": f"capacity 2->7, {ends}"}
    assert set(new) == set(counts)
    assert len(all_of_them) == len(counts) + TOLD_MAX + 1
    assert all_of_them[f"occasion {PARTNER_ID}/show-01"] == "capacity 2->9"
    assert all_of_them["others_changed"] == 3


async def test_an_import_for_several_partners_names_none(city: City) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    await city.occasions.put_all([occasion(), occasion(partner_id="city-museum")])
    await city.occasions.put_all([occasion(capacity=3), occasion(partner_id="city-museum")])
    assert [(act.subject, act.facts["new"], act.facts["changed"]) for act in await _acts(city)] == [
        (None, 2, 0),
        (PARTNER_ID, 0, 1),
    ]
