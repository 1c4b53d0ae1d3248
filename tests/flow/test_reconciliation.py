"""A partner pages through its own redemptions, and through nobody else's."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from laurel_client import LaurelClient, Redemption, Refused, ReversalReason
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
async def test_denials_are_in_no_list(city: Sandbox) -> None:
    shown = city.persona("card-revoked", "transit")["token"]
    async with LaurelClient(city.partner("transit-turnstile")) as client:
        denied = await client.redeem_reward(shown, RIDE, request_id=(own := "denied-" + "x" * 20))
        assert isinstance(denied, Refused)
        assert own not in [one.request_id async for one in client.redemptions()]
        assert await client.redemption(request_id=own) is None
