"""A partner pages through its own redemptions, and through nobody else's."""

import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from laurel_client import Cancellation, LaurelClient, OccasionStatus, Redemption, Refused, ReversalReason
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

RIDE = "transit-discount"


def _pages(wire: Wire, **window: object) -> Iterator[dict[str, Any]]:
    """Go through the connection with its cursors, from the first page to the last."""
    after: str | None = None
    while True:
        page = wire.ask("Redemptions", **window, after=after)
        assert page["pageInfo"]["hasPreviousPage"] == (after is not None)
        yield page
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return


@pytest.mark.anyio
async def test_pages_hold_every_redemption_once_newest_first(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    gate = city.partner("transit-turnstile")
    async with LaurelClient(gate) as client:
        made = [await client.redeem_reward(issued.token, RIDE) for _ in range(4)]
        done = [one for one in made if isinstance(one, Redemption)]
        await client.reverse_redemption(done[0].id, ReversalReason.GATE_NOT_OPENED)
        iterated = [one.id async for one in client.redemptions(since=done[0].redeemed_at)]
    assert len(done) == 4
    with Wire(gate) as wire:
        pages = list(_pages(wire, first=3))
    nodes = [edge["node"] for page in pages for edge in page["edges"]]
    ids, times = [node["id"] for node in nodes], [node["redeemedAt"] for node in nodes]
    assert all(len(page["edges"]) == 3 for page in pages[:-1])
    assert len(ids) == len(set(ids))
    assert times == sorted(times, reverse=True)
    newest_first = [one.id for one in reversed(done)]
    assert [one for one in ids if one in newest_first] == newest_first
    assert [one for one in iterated if one in newest_first] == newest_first
    assert next(node for node in nodes if node["id"] == done[0].id)["status"] == "REVERSED"
    for page in pages:
        cursors = [edge["cursor"] for edge in page["edges"]]
        assert [page["pageInfo"]["startCursor"], page["pageInfo"]["endCursor"]] == [cursors[0], cursors[-1]]


@pytest.mark.anyio
async def test_a_window_takes_its_beginning_and_leaves_its_end(city: Sandbox) -> None:
    [issued] = await city.steward.resident("venue")
    async with LaurelClient(city.partner("venue-counter")) as client:
        first = await client.redeem_reward(issued.token, "cinema-discount")
        second = await client.redeem_reward(issued.token, "theatre-discount")
        assert isinstance(first, Redemption)
        assert isinstance(second, Redemption)

        async def found(since: datetime, until: datetime, reward: str | None = None) -> set[str]:
            listed = client.redemptions(since=since, until=until, reward=reward)
            return {one.id async for one in listed} & {first.id, second.id}

        begin, end = first.redeemed_at, second.redeemed_at
        after = end + timedelta(microseconds=1)
        assert await found(begin, end) == {first.id}
        assert await found(begin, after) == {first.id, second.id}
        assert await found(begin, after, "theatre-discount") == {second.id}
        assert await found(after, after + timedelta(days=1)) == set()


def test_a_cursor_that_is_not_ones_own_is_bad_input(city: Sandbox) -> None:
    with Wire(city.partner("transit-turnstile")) as gate, Wire(city.partner("venue-counter")) as counter:
        [edge] = gate.ask("Redemptions", first=1)["edges"]
        cursor = edge["cursor"]
        assert gate.send("Redemptions", after=cursor).json()["data"]
        middle = len(cursor) // 2
        tampered = cursor[:middle] + ("A" if cursor[middle] != "A" else "B") + cursor[middle + 1 :]
        foreign = counter.error("Redemptions", after=cursor)
        for error in (foreign, *(gate.error("Redemptions", after=one) for one in (tampered, "", "x", cursor * 9))):
            assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", "after")
            assert error["message"] == foreign["message"]


@pytest.mark.parametrize(
    ("argument", "window"),
    [
        ("first", {"first": 0}),
        ("first", {"first": -1}),
        ("first", {"first": 201}),
        ("since", {"since": "2026-01-01T00:00:00"}),
        ("reward", {"reward": "no reward; '--"}),
    ],
)
def test_a_window_that_is_none_is_bad_input(city: Sandbox, argument: str, window: dict[str, object]) -> None:
    with Wire(city.partner("transit-turnstile")) as wire:
        error = wire.error("Redemptions", **window)
    assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", argument)


@pytest.mark.anyio
async def test_a_device_lists_its_own_and_no_other_devices_redemptions(city: Sandbox) -> None:
    given = city.partner_file("transit-turnstile")
    gates = [await city.steward.add_device(given, scopes=" ".join(given["scopes"])) for _ in range(2)]
    [issued] = await city.steward.resident("transit")
    made: list[str] = []
    for gate in gates:
        async with LaurelClient(gate) as client:
            assert [one async for one in client.redemptions(of_this_device=True)] == []
            done = [await client.redeem_reward(issued.token, RIDE) for _ in range(2)]
            mine = [one.id for one in done if isinstance(one, Redemption)]
            assert [one.id async for one in client.redemptions(of_this_device=True)] == mine[::-1]
            made += mine
    assert len(made) == 4
    with Wire(gates[0]) as first, Wire(gates[1]) as second:
        listed = [edge["node"]["id"] for edge in first.ask("Redemptions", first=200)["edges"]]
        assert [one for one in listed if one in made] == made[::-1]
        [cursor] = [edge["cursor"] for edge in second.ask("DeviceRedemptions", first=1)["edges"]]
        pages = first.ask("DeviceRedemptions", after=cursor), second.ask("DeviceRedemptions", after=cursor)
        found = [[edge["node"]["id"] for edge in page["edges"]] for page in pages]
        assert found == [made[1::-1], made[2:3]], "a place in time is all that another device's cursor tells"
        denied = second.send("DeviceRedemptions", ofThisDevice=False).json()
        assert denied["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT", "the document says it, no variable"


@pytest.mark.anyio
async def test_a_box_office_lists_its_own_occasions_and_no_other_partners(city: Sandbox) -> None:
    given = city.partner_file("venue-counter")
    other = f"other-theatre-{secrets.token_hex(4)}"
    await city.steward.add_partner("venue-counter", other)
    others_file = {**given, "partner_id": other, "client_id": other}
    theirs = await city.steward.announce(other, "sports-event", capacity=3)
    ours = await city.steward.announce(given["client_id"], "cultural-event", capacity=3)
    [issued] = await city.steward.resident("venue")
    async with LaurelClient(city.partner("venue-counter")) as client:
        await client.redeem_reward(issued.token, "cultural-event", 2, ours)
        listed = {one.id: one async for one in client.occasions()}
        assert theirs not in listed
        assert (listed[ours].capacity, listed[ours].available, listed[ours].status) == (3, 1, OccasionStatus.ON)
        assert {one.reward for one in listed.values()} >= {"cultural-event", "sports-event"}
        assert isinstance(await client.cancel_occasion(ours), Cancellation)
        assert ours not in [one.id async for one in client.occasions()]
        found = [one async for one in client.occasions(reward="cultural-event", over=True) if one.id == ours]
        assert [(one.available, one.status) for one in found] == [(3, OccasionStatus.CANCELLED)]
    with Wire(await city.steward.add_device(others_file, scopes="redeem")) as wire:
        page = wire.ask("Occasions", over=True)
        assert [edge["node"]["id"] for edge in page["edges"]] == [theirs]
        with Wire(city.partner("venue-counter")) as ours_wire:
            assert ours_wire.error("Occasions", after=page["pageInfo"]["endCursor"])["argument"] == "after"
            assert ours_wire.error("Redemptions", after=ours_wire.ask("Occasions")["pageInfo"]["endCursor"])
    with Wire(await city.steward.add_device(others_file, scopes="verify report")) as wire:
        assert wire.error("Occasions")["code"] == "FORBIDDEN"


@pytest.mark.anyio
async def test_denials_are_in_no_list(city: Sandbox) -> None:
    shown = city.persona("card-revoked", "transit")["token"]
    async with LaurelClient(city.partner("transit-turnstile")) as client:
        denied = await client.redeem_reward(shown, RIDE, request_id=(own := "denied-" + "x" * 20))
        assert isinstance(denied, Refused)
        assert own not in [one.request_id async for one in client.redemptions()]
        assert await client.redemption(request_id=own) is None
