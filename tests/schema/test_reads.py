"""What partners may read beside the decisions: their redemptions, their rewards, and the service itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.schema.asking import data
from tests.services.world import CATALOGUE, METRO, NOW, World

pytestmark = pytest.mark.anyio


async def test_the_list_is_a_relay_connection(world: World) -> None:
    ids = []
    for number in range(3):
        world.issue(f"card {number}")
        await world.redeem(f"card {number}", request_id=f"request-{number:09}")
        ids.append(world.redeem_commands()[-1].redemption_id)
        world.directory.now += timedelta(minutes=1)
    document = """query($after: String) { redemptions(first: 2, after: $after) {
      edges { cursor node { id } } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    first = (await data(world, document))["redemptions"]
    assert [edge["node"]["id"] for edge in first["edges"]] == [ids[2], ids[1]]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[1],
    }
    second = (await data(world, document, {"after": cursors[1]}))["redemptions"]
    assert [edge["node"]["id"] for edge in second["edges"]] == [ids[0]]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)


async def test_a_device_lists_its_own_redemptions_alone(world: World) -> None:
    document = "{ redemptions(ofThisDevice: %s) { edges { node { requestId } } } }"
    for number, caller in enumerate((METRO, replace(METRO, device_id="gate-2"))):
        world.issue(f"card {number}")
        await world.redeem(f"card {number}", request_id=f"request-{number:09}", caller=caller)
    own, others = "request-000000000", "request-000000001"
    for asked, expected in (("true", [own]), ("false", [own, others])):
        found = (await data(world, document % asked))["redemptions"]["edges"]
        assert sorted(edge["node"]["requestId"] for edge in found) == expected  # made at one instant, in no order


async def test_the_occasions_are_a_relay_connection(world: World) -> None:
    for number in range(3):
        world.stage(f"show-{number}", "show", capacity=number)
    world.stage("match-1", "match")
    document = """query($after: String) { occasions(first: 2, after: $after, reward: "show") {
      edges { cursor node { id reward endsAt capacity available status } }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } }"""
    first = (await data(world, document))["occasions"]
    node = {"reward": "show", "endsAt": "2026-11-22T07:00:00+00:00", "status": "ON"}
    assert [edge["node"] for edge in first["edges"]] == [
        {"id": f"show-{number}", "capacity": number, "available": number, **node} for number in range(2)
    ]
    cursors = [edge["cursor"] for edge in first["edges"]]
    assert first["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": cursors[0],
        "endCursor": cursors[1],
    }
    second = (await data(world, document, {"after": cursors[1]}))["occasions"]
    assert [edge["node"]["id"] for edge in second["edges"]] == ["show-2"]
    assert (second["pageInfo"]["hasNextPage"], second["pageInfo"]["hasPreviousPage"]) == (False, True)


async def test_an_occasion_that_is_cancelled_says_so_where_it_is_asked_for(world: World) -> None:
    world.stage("show-1", "show")
    world.ledger.staged["metro", "show-1"] = replace(world.ledger.staged["metro", "show-1"], cancelled_at=NOW)
    document = "{ occasions(over: %s) { edges { node { id status } } } }"
    assert (await data(world, document % "false"))["occasions"]["edges"] == []
    [edge] = (await data(world, document % "true"))["occasions"]["edges"]
    assert edge["node"] == {"id": "show-1", "status": "CANCELLED"}


async def test_an_empty_list_has_no_cursors(world: World) -> None:
    document = "{ redemptions { edges { cursor } pageInfo { hasNextPage startCursor endCursor } } }"
    page_info = {"hasNextPage": False, "startCursor": None, "endCursor": None}
    assert await data(world, document) == {"redemptions": {"edges": [], "pageInfo": page_info}}


async def test_the_rewards_are_the_callers_own_without_their_rules(world: World) -> None:
    document = """{ rewards { code titleZh titleEn sector benefit percent tariffFen quota { count per }
      needsOccasion needsPin offline reversalWindowMinutes } }"""
    rewards = {one["code"]: one for one in (await data(world, document))["rewards"]}
    assert list(rewards) == sorted(set(CATALOGUE.rewards) - {"others"})
    assert rewards["ride"] == {
        "code": "ride",
        "titleZh": "乘车",
        "titleEn": "Ride",
        "sector": "transit",
        "benefit": "DISCOUNT",
        "percent": 50,
        "tariffFen": 150,
        "quota": {"count": 4, "per": "DAY"},
        "needsOccasion": False,
        "needsPin": False,
        "offline": False,
        "reversalWindowMinutes": 15,
    }
    assert rewards["show"]["quota"] == {"count": 2, "per": "OCCASION"}
    assert (rewards["show"]["needsOccasion"], rewards["check-up"]["needsPin"]) == (True, True)


async def test_the_service_says_its_version_clock_and_zone(world: World) -> None:
    document = "{ service { name version policyVersion time timeZone sandbox } }"
    assert (await data(world, document))["service"] == {
        "name": "Laurel",
        "version": "1.2.3",
        "policyVersion": CATALOGUE.version,
        "time": "2026-11-22T04:00:00+00:00",
        "timeZone": "Asia/Shanghai",
        "sandbox": False,
    }
