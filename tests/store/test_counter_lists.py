"""What a counter lists: the redemptions of its own device, and its partner's occasions to choose from."""

import secrets
from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from gateway.domain.occasions import ListedOccasion, OccasionPage, OccasionStatus
from gateway.domain.redemptions import Page, Redemption, Window
from gateway.store.ledger import SqlLedger
from tests.auth.key_home import NOW, Hands
from tests.store.city import City, device, occasion
from tests.store.commands import (
    DEVICE_ID,
    LIFETIME,
    PARTNER_ID,
    REWARD,
    cancel,
    confirm,
    granted,
    held,
    hold,
    redeem,
    release,
    reverse,
)
from tests.store.taps import tap

pytestmark = pytest.mark.anyio

OTHER_DEVICE = "grand-theatre-till-2"
HOUR = timedelta(hours=1)


@pytest.fixture
async def two_tills(city: City) -> City:
    """A partner with a second device."""
    known = await city.partners.device(DEVICE_ID)
    assert known is not None
    await city.partners.add_device(device(OTHER_DEVICE, known.partner))
    return city


async def of_device(city: City, device_id: str | None, *, partner_id: str = PARTNER_ID, **asked: Any) -> Page:
    """List a device's redemptions, all of them unless something else is asked for."""
    usual: dict[str, Any] = {
        "first": 50,
        "after": None,
        "redeemed": Window(),
        "reversed_": Window(),
        "reward": None,
    }
    return await city.ledger.redemptions(partner_id, device_id=device_id, **usual | asked)


async def on_offer(
    ledger: SqlLedger,
    *,
    partner_id: str = PARTNER_ID,
    first: int = 50,
    after: tuple[datetime, str] | None = None,
    ending: Window = Window(),  # noqa: B008 - it never changes
    rewards: Collection[str] = (REWARD,),
    over: bool = False,
) -> OccasionPage:
    """List a partner's occasions, all that are on unless something else is asked for."""
    return await ledger.occasions(partner_id, first=first, after=after, ending=ending, rewards=rewards, over=over)


def ids(page: OccasionPage) -> list[str]:
    return [one.id for one in page.occasions]


async def test_a_device_sees_what_it_gave_and_no_other_devices(two_tills: City, clock: Hands) -> None:
    city = two_tills
    made: dict[str, list[Redemption]] = {DEVICE_ID: [], OTHER_DEVICE: []}
    for turn in range(6):
        clock.now = NOW + timedelta(seconds=turn // 3)  # some at the same instant
        till = (DEVICE_ID, OTHER_DEVICE)[turn % 2]
        made[till].append(granted(await city.commit(redeem(await city.move_in(), device_id=till))))
    for till, theirs in made.items():
        newest_first = sorted(theirs, key=lambda one: (one.redeemed_at, one.id), reverse=True)
        seen: list[Redemption] = []
        more, after = True, None
        while more:
            page = await of_device(city, till, first=2, after=after)
            seen += page.redemptions
            more, after = page.has_more, (seen[-1].redeemed_at, seen[-1].id)
        assert seen == newest_first
    assert len((await of_device(city, None)).redemptions) == 6
    assert (await of_device(city, "till-of-nobody")).redemptions == ()
    assert (await of_device(city, DEVICE_ID, partner_id="city-museum")).redemptions == ()


async def test_a_hold_is_whose_who_confirmed_it_and_a_reversal_changes_nothing_of_that(two_tills: City) -> None:
    city = two_tills
    kept = held(await city.commit(hold(await city.move_in(), device_id=DEVICE_ID)))
    made = granted(await city.commit(confirm(kept, device_id=OTHER_DEVICE)))
    await city.commit(reverse(made, device_id=DEVICE_ID))
    assert (await of_device(city, DEVICE_ID)).redemptions == ()
    page = await of_device(city, OTHER_DEVICE)
    [found] = page.redemptions
    assert (found.id, len(page.reversals[found.id])) == (made.id, 1)


async def test_a_tap_is_whose_who_handed_it_in(two_tills: City) -> None:
    city = two_tills
    ride = tap(await city.move_in(), device_id=OTHER_DEVICE, taken_by=DEVICE_ID)
    await city.uploads.record([ride])
    assert (await of_device(city, DEVICE_ID)).redemptions == ()
    assert [found.id for found in (await of_device(city, OTHER_DEVICE)).redemptions] == [ride.redemption_id]


async def test_a_devices_list_is_bounded_by_what_bounds_its_partners(two_tills: City, clock: Hands) -> None:
    city = two_tills
    await city.begin_period("other")
    first = granted(await city.commit(redeem(await city.move_in())))
    clock.now = NOW + HOUR
    second = granted(await city.commit(redeem(await city.move_in(), reward="other")))
    granted(await city.commit(redeem(await city.move_in(), device_id=OTHER_DEVICE)))
    await city.commit(reverse(second))
    for asked, expected in (
        ({"redeemed": Window(until=NOW + HOUR)}, [first.id]),
        ({"redeemed": Window(since=NOW + HOUR)}, [second.id]),
        ({"reward": "other"}, [second.id]),
        ({"reversed_": Window(since=NOW)}, [second.id]),
    ):
        assert [one.id for one in (await of_device(city, DEVICE_ID, **asked)).redemptions] == expected


async def test_pages_of_occasions_go_by_their_end_without_gaps(city: City) -> None:
    ends = {
        f"show-{turn}": NOW + HOUR * (1 + turn // 2) for turn in (3, 0, 4, 1, 2)
    }  # two end at the same instant
    for name, ends_at in ends.items():
        await city.occasions.put(occasion(name, ends_at=ends_at))
    seen: list[str] = []
    after, more = None, True
    while more:
        page = await on_offer(city.ledger, first=2, after=after)
        seen += ids(page)
        more, after = page.has_more, (page.occasions[-1].ends_at, page.occasions[-1].id)
    assert seen == sorted(ends)
    assert (await on_offer(city.ledger, after=after)).occasions == ()


async def test_a_partner_sees_its_own_occasions_for_its_own_rewards_alone(city: City) -> None:
    await city.open_partner("city-museum", "city-museum-desk")
    await city.announce("ours", capacity=1)
    await city.announce("theirs", capacity=1, partner_id="city-museum")
    await city.occasions.put(occasion("matinee", reward="other"))
    assert ids(await on_offer(city.ledger)) == ["ours"]
    assert ids(await on_offer(city.ledger, rewards=["other"])) == ["matinee"]
    assert ids(await on_offer(city.ledger, rewards=[REWARD, "other"])) == ["matinee", "ours"]
    assert ids(await on_offer(city.ledger, rewards=[])) == []
    assert ids(await on_offer(city.ledger, partner_id="city-museum")) == ["theirs"]
    assert ids(await on_offer(city.ledger, partner_id="nobody", over=True)) == []


async def test_what_is_over_or_cancelled_is_listed_where_it_is_asked_for(city: City, clock: Hands) -> None:
    for name, hours in (("matinee", 1), ("soiree", 2), ("gala", 3)):
        await city.occasions.put(occasion(name, ends_at=NOW + hours * HOUR))
    await city.commit(cancel("gala"))
    clock.now = NOW + HOUR  # an occasion is on before its end, and not at it
    assert ids(await on_offer(city.ledger)) == ["soiree"]
    found = (await on_offer(city.ledger, over=True)).occasions
    assert [(one.id, one.status) for one in found] == [
        ("matinee", OccasionStatus.OVER),
        ("soiree", OccasionStatus.ON),
        ("gala", OccasionStatus.CANCELLED),
    ]
    window = Window(NOW + 2 * HOUR, NOW + 3 * HOUR)
    assert ids(await on_offer(city.ledger, ending=window, over=True)) == ["soiree"]
    assert ids(await on_offer(city.ledger, ending=Window(until=NOW + 2 * HOUR))) == []


async def test_seats_are_available_that_are_neither_redeemed_nor_held_now(city: City, clock: Hands) -> None:
    await city.announce(capacity=5)
    granted(await city.commit(redeem(await city.move_in(), occasion="show-1", quantity=2)))
    held(await city.commit(hold(await city.move_in(), occasion="show-1")))
    released = held(await city.commit(hold(await city.move_in(), occasion="show-1")))

    async def listed() -> ListedOccasion:
        [one] = (await on_offer(city.ledger)).occasions
        return one

    whole = await listed()
    assert (whole.capacity, whole.available) == (5, 1)
    await city.commit(release(released))
    assert (await listed()).available == 2
    clock.now = NOW + LIFETIME - timedelta(microseconds=1)
    assert (await listed()).available == 2
    clock.now = (
        NOW + LIFETIME
    )  # nobody has collected the seat of the hold that has expired: it is free all the same
    assert await listed() == replace(whole, available=3)
    granted(await city.commit(redeem(await city.move_in(), occasion="show-1", quantity=2)))
    assert (await listed()).available == 1


async def test_a_refusal_leaves_no_trace_in_what_is_available(city: City) -> None:
    """Whoever watches the list learns of redemptions, which are the partner's own, and never of denials."""
    await city.announce(capacity=5)
    await city.commit(redeem(await city.move_in(), occasion="show-1", allowance=0))
    [one] = (await on_offer(city.ledger)).occasions
    assert one.available == 5


async def test_sqlite_goes_straight_to_a_page(two_tills: City) -> None:
    """By an index that is in the order of the list; nothing is sorted, and no other device's row is read."""
    city = two_tills
    if not city.database.is_sqlite:
        pytest.skip("tests/store/test_plans_of_postgresql.py asks PostgreSQL")
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, text: str, parameters: Any, *___: Any) -> None:
        asked.append((text, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await of_device(city, DEVICE_ID, after=(NOW, secrets.token_hex(8)), redeemed=Window(since=NOW - HOUR))
        await on_offer(city.ledger, after=(NOW, "show-1"))
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    plans = []
    async with city.database.read() as connection:
        for text, parameters in asked:
            if text.startswith("SELECT"):
                found = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters)).all()
                plans.append({row.detail for row in found})
    [redemptions, occasions] = plans
    assert len(redemptions) == 1
    assert "ix_redemption_partner_id_device_id_redeemed_at_id (partner_id=? AND device_id=? AND " in min(
        redemptions
    )
    assert any(
        "occasion USING INDEX ix_occasion_partner_id_ends_at_id (partner_id=? AND " in one for one in occasions
    )
    assert not any("TEMP B-TREE" in one or one.startswith("SCAN") for one in occasions | redemptions)
