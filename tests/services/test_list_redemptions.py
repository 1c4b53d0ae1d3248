"""What a partner may read of its own redemptions: bounds, pages, and nobody else's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Redemption, Window
from gateway.services.list_redemptions import Listed, find_redemption, list_redemptions
from gateway.services.paging import PAGE_MAX
from tests.services.world import METRO, NOW, World

pytestmark = pytest.mark.anyio

FERRY = replace(METRO, partner_id="ferry")
WEST = timezone(-timedelta(hours=8))
EAST = timezone(timedelta(hours=8))


async def page(world: World, *, caller: Caller = METRO, **asked: Any) -> Listed:
    """List everything, unless something else is asked for."""
    redeemed = Window(asked.pop("since", None), asked.pop("until", None))
    usual: dict[str, Any] = {
        "first": 50,
        "after": None,
        "reversed_": Window(),
        "reward": None,
        "of_this_device": False,
    }
    return await list_redemptions(world.ports, caller, redeemed=redeemed, **usual | asked)


async def redeemed(world: World, count: int) -> list[Redemption]:
    """Redeem one ride in each of so many hours, each by another resident; return them, newest first."""
    answers = []
    for number in range(count):
        world.issue(f"card {number}")
        answers.append(await world.redeem(f"card {number}", request_id=f"request-{number:09}"))
        world.directory.now += timedelta(hours=1)
    found = [one for one in answers if isinstance(one, Redemption)]
    assert len(found) == count
    return found[::-1]


async def test_pages_follow_their_cursors_to_the_end(world: World) -> None:
    newest_first = await redeemed(world, 5)
    seen, after, more = [], None, True
    while more:
        listed = await page(world, first=2, after=after)
        seen += [one for _, one, _ in listed.redemptions]
        after, more = listed.redemptions[-1][0], listed.has_more
    assert seen == newest_first


async def test_times_and_rewards_choose(world: World) -> None:
    newest_first = await redeemed(world, 3)
    since, until = NOW.astimezone(EAST) + timedelta(hours=1), NOW.astimezone(WEST) + timedelta(hours=2)
    assert [one for _, one, _ in (await page(world, since=since)).redemptions] == newest_first[:2]
    assert [one for _, one, _ in (await page(world, until=until)).redemptions] == newest_first[1:]
    assert [one for _, one, _ in (await page(world, since=since, until=until)).redemptions] == newest_first[1:2]
    assert (await page(world, reward="open-ride")).redemptions == ()
    assert len((await page(world, reward="ride")).redemptions) == 3


async def test_another_partner_sees_and_finds_nothing(world: World) -> None:
    [redemption] = await redeemed(world, 1)
    [(cursor, _, _)] = (await page(world)).redemptions
    assert await page(world, caller=FERRY) == Listed(redemptions=(), has_more=False)
    assert await find_redemption(world.ports, FERRY, redemption_id=redemption.id, request_id=None) is None
    assert await find_redemption(world.ports, FERRY, redemption_id=None, request_id="request-000000000") is None
    with pytest.raises(MalformedInput, match=r"^after: "):
        await page(world, caller=FERRY, after=cursor)


async def test_a_device_asks_for_its_own_and_its_token_says_which_it_is(world: World) -> None:
    other = replace(METRO, device_id="gate-2")
    made: dict[Caller, list[str]] = {METRO: [], other: []}
    for number in range(4):
        caller = (METRO, other)[number % 2]
        world.issue(f"card {number}")
        one = await world.redeem(f"card {number}", request_id=f"request-{number:09}", caller=caller)
        assert isinstance(one, Redemption)
        made[caller].append(one.id)
        world.directory.now += timedelta(hours=1)
    for caller, theirs in made.items():
        listed = await page(world, caller=caller, of_this_device=True)
        assert [one.id for _, one, _ in listed.redemptions] == theirs[::-1]
        [(cursor, _, _)] = (await page(world, caller=caller, of_this_device=True, first=1)).redemptions
        rest = await page(world, caller=caller, of_this_device=True, after=cursor)
        assert [one.id for _, one, _ in rest.redemptions] == theirs[:1]
        assert len((await page(world, caller=caller)).redemptions) == 4
    nobody = replace(METRO, device_id="gate-3")
    assert (await page(world, caller=nobody, of_this_device=True)).redemptions == ()


@pytest.mark.parametrize("first", [1, PAGE_MAX])
async def test_a_page_has_up_to_so_many(world: World, first: int) -> None:
    assert (await page(world, first=first)).redemptions == ()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("first", 0),
        ("first", -1),
        ("first", PAGE_MAX + 1),
        ("first", 2**31 - 1),
        ("since", datetime(2026, 11, 22)),  # noqa: DTZ001
        ("until", datetime(2026, 11, 22)),  # noqa: DTZ001
        ("since", datetime.min.replace(tzinfo=EAST)),
        ("until", datetime.max.replace(tzinfo=WEST)),
        ("reward", ""),
        ("reward", "a b"),
        ("after", "made up"),
    ],
)
async def test_what_no_page_can_begin_with_is_refused(world: World, argument: str, value: Any) -> None:
    with pytest.raises(MalformedInput) as refusal:
        await page(world, **{argument: value})
    assert refusal.value.argument == argument
    assert world.calls.made == []


async def test_the_first_and_last_instants_of_utc_are_times_like_any(world: World) -> None:
    assert (await page(world, since=datetime.min.replace(tzinfo=UTC))).redemptions == ()
    assert (await page(world, until=datetime.max.replace(tzinfo=UTC))).redemptions == ()


async def test_a_redemption_is_found_by_its_id_or_its_requests(world: World) -> None:
    [redemption] = await redeemed(world, 1)
    for ids in ({"redemption_id": redemption.id, "request_id": None}, {"redemption_id": None}):
        found = await find_redemption(world.ports, METRO, **{"request_id": "request-000000000"} | ids)
        assert found == redemption


@pytest.mark.parametrize(
    ("redemption_id", "request_id", "argument"),
    [
        (None, None, "id"),
        ("rdm_" + "a" * 22, "request-000000000", "id"),
        ("", None, "id"),
        ("rdm_", None, "id"),
        (None, "", "requestId"),
        (None, "short", "requestId"),
    ],
)
async def test_what_finds_nothing_is_refused(
    world: World, redemption_id: str | None, request_id: str | None, argument: str
) -> None:
    with pytest.raises(MalformedInput) as refusal:
        await find_redemption(world.ports, METRO, redemption_id=redemption_id, request_id=request_id)
    assert refusal.value.argument == argument
