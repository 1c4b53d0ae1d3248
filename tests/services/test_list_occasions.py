"""What a partner may read of its own occasions: pages, its own rewards, and nobody else's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Caller
from gateway.domain.redemptions import Window
from gateway.services.list_occasions import ListedOccasions, list_occasions
from gateway.services.paging import PAGE_MAX
from tests.services.test_list_redemptions import page as page_of_redemptions
from tests.services.world import METRO, NOW, World

pytestmark = pytest.mark.anyio

FERRY = replace(METRO, partner_id="ferry")
EAST = timezone(timedelta(hours=8))


async def page(world: World, *, caller: Caller = METRO, **asked: Any) -> ListedOccasions:
    """List what is on, unless something else is asked for."""
    ending = Window(asked.pop("since", None), asked.pop("until", None))
    usual: dict[str, Any] = {"first": 50, "after": None, "reward": None, "over": False}
    return await list_occasions(world.ports, caller, ending=ending, **usual | asked)


def ids(listed: ListedOccasions) -> list[str]:
    return [one.id for _, one in listed.occasions]


@pytest.fixture
def season(world: World) -> World:
    """Three shows, a match, and what is another partner's or for a reward that the caller does not give."""
    for name, reward in (("show-1", "show"), ("show-2", "show"), ("show-3", "show"), ("match-1", "match")):
        world.stage(name, reward)
    world.stage("theirs", "show", partner_id="ferry")
    world.stage("elsewhere", "others")
    return world


async def test_pages_follow_their_cursors_to_the_end(season: World) -> None:
    seen, after, more = [], None, True
    while more:
        listed = await page(season, first=3, after=after)
        seen += ids(listed)
        after, more = listed.occasions[-1][0], listed.has_more
    assert seen == ["match-1", "show-1", "show-2", "show-3"]


async def test_a_partner_sees_its_own_for_the_rewards_that_it_gives(season: World) -> None:
    assert ids(await page(season, reward="match")) == ["match-1"]
    assert ids(await page(season, reward="others")) == []
    assert ids(await page(season, reward="never-heard-of")) == []
    assert ids(await page(season, caller=FERRY)) == ["theirs"]
    assert ids(await page(season, caller=replace(METRO, rewards=frozenset()))) == []


async def test_a_reward_that_is_not_active_has_no_occasions(season: World) -> None:
    season.groups.too_small = frozenset({"match"})
    assert ids(await page(season)) == ["show-1", "show-2", "show-3"]
    # But its shows may have to be called off, and who looks for their ids asks for those that are over, too.
    assert ids(await page(season, over=True)) == ["match-1", "show-1", "show-2", "show-3"]


async def test_times_choose_by_the_end(season: World) -> None:
    ends = NOW + timedelta(hours=3)
    assert ids(await page(season, since=ends.astimezone(EAST), reward="match")) == ["match-1"]
    assert ids(await page(season, until=ends)) == []
    season.directory.now = ends
    assert ids(await page(season)) == []
    assert ids(await page(season, over=True, reward="match")) == ["match-1"]


async def test_a_cursor_leads_on_in_its_own_list_of_its_own_partner_alone(season: World) -> None:
    (cursor, _), *_ = (await page(season)).occasions
    with pytest.raises(MalformedInput, match=r"^after: "):
        await page(season, caller=FERRY, after=cursor)
    with pytest.raises(MalformedInput, match=r"^after: "):
        await page_of_redemptions(season, after=cursor)


@pytest.mark.parametrize("first", [1, PAGE_MAX])
async def test_a_page_has_up_to_so_many(world: World, first: int) -> None:
    assert (await page(world, first=first)).occasions == ()


@pytest.mark.parametrize(
    ("argument", "value"),
    [
        ("first", 0),
        ("first", PAGE_MAX + 1),
        ("since", datetime(2026, 11, 22)),  # noqa: DTZ001
        ("until", datetime.min.replace(tzinfo=EAST)),
        ("reward", "a b"),
        ("after", "made up"),
    ],
)
async def test_what_no_page_can_begin_with_is_refused(world: World, argument: str, value: Any) -> None:
    with pytest.raises(MalformedInput) as refusal:
        await page(world, **{argument: value})
    assert refusal.value.argument == argument
    assert world.calls.made == []


async def test_the_last_instant_of_utc_is_a_time_like_any(world: World) -> None:
    assert (await page(world, until=datetime.max.replace(tzinfo=UTC))).occasions == ()
