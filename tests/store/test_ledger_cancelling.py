"""Cancelling an occasion: closed at once, undone step by step, everything once, wherever it is interrupted."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from gateway.domain.ledger import Committed
from gateway.domain.occasions import Cancellation, CancellationStatus
from gateway.domain.redemptions import Reason, RedemptionStatus
from gateway.store import cancelling
from gateway.store.evidence import SqlEvidence
from gateway.store.tables import CANCELLATION, ENTRY, EVIDENCE, HELD_QUOTA, HELD_SEAT, HOLD, OCCASION, QUOTA
from tests.auth.key_home import Hands
from tests.store.city import City
from tests.store.commands import (
    PARTNER_ID,
    WINDOW,
    again,
    cancel,
    confirm,
    denied,
    granted,
    held,
    hold,
    redeem,
    release,
    reverse,
)

pytestmark = pytest.mark.anyio

GONE = (Reason.UNKNOWN_OCCASION, None)
ENDED = (Reason.HOLD_ENDED, None)


@pytest.fixture
async def sold(city: City, monkeypatch: pytest.MonkeyPatch) -> City:
    """A show with seats for all who come, and transactions that undo three at most."""
    monkeypatch.setattr(cancelling, "BATCH", 3)
    await city.announce(capacity=100)
    return city


async def _begin(city: City) -> Cancellation:
    outcome = await city.commit(cancel())
    assert isinstance(outcome, Committed)
    assert outcome.entry.cancellation is not None
    return outcome.entry.cancellation


async def _finish(city: City, state: Cancellation) -> Cancellation:
    while state.status is CancellationStatus.RUNNING:
        before = state.remaining
        state = await city.ledger.advance(PARTNER_ID, state)
        assert state.remaining < before or state.status is CancellationStatus.DONE
    return state


async def test_everybody_gets_back_what_remained_in_the_period_it_came_from(sold: City, clock: Hands) -> None:
    """Half of the seats were sold before the turn of the year, and all of the windows are over."""
    holders = [await sold.move_in() for _ in range(8)]
    for number, holder in enumerate(holders):
        year = {"bucket": "2026" if number < 4 else "2027"}
        redemption = granted(await sold.commit(redeem(holder, quantity=2, occasion="show-1", **year)))
        if number == 0:
            granted(await sold.commit(reverse(redemption, 1)))
    clock.now += WINDOW + timedelta(days=1)
    elsewhere = granted(await sold.commit(redeem(holders[0], bucket="2026")))
    state = await _finish(sold, await _begin(sold))
    assert (state.reversed_redemptions, state.reversed_units, state.released_holds) == (8, 15, 0)
    assert (state.remaining, state.finished_at) == (0, clock.now)
    quotas, [occasion], entries = await sold.tables(QUOTA, OCCASION, ENTRY)
    assert (
        sorted((row["bucket"], row["used"]) for row in quotas)
        == [("2026", 0)] * 3 + [("2026", 1)] + [("2027", 0)] * 4
    )
    assert (occasion["used"], occasion["held"]) == (0, 0)
    undone = [row for row in entries if row["request_id"].startswith("cancelled:")]
    assert sum(row["quantity"] for row in undone) == 15
    assert {(row["kind"], row["reason"]) for row in undone} == {("REVERSED", "OCCASION_CANCELLED")}
    found = await sold.ledger.redemption(PARTNER_ID, redemption_id=elsewhere.id)
    assert found is not None
    assert found.status is RedemptionStatus.REDEEMED


async def test_holds_are_released_and_those_that_had_expired_are_not_counted(sold: City, clock: Hands) -> None:
    expired = held(await sold.commit(hold(await sold.move_in(), occasion="show-1")))
    clock.now = expired.expires_at
    for _ in range(4):
        held(await sold.commit(hold(await sold.move_in(), occasion="show-1")))
    state = await _finish(sold, await _begin(sold))
    assert (state.reversed_redemptions, state.released_holds, state.remaining) == (0, 4, 0)
    units, seats, holds, quotas, [occasion] = await sold.tables(HELD_QUOTA, HELD_SEAT, HOLD, QUOTA, OCCASION)
    assert (units, seats, occasion["held"]) == ([], [], 0)
    assert {row["held"] for row in quotas} == {0}
    assert {row["id"]: row["ended"] for row in holds}.pop(expired.id) is None
    assert sum(row["ended"] == "RELEASED" for row in holds) == 4


async def test_from_the_first_commit_on_nothing_is_given_for_it(sold: City) -> None:
    holder = await sold.move_in()
    waiting = held(await sold.commit(hold(holder, occasion="show-1")))
    state = await _begin(sold)
    assert await sold.ledger.occasion(PARTNER_ID, "show-1") is None
    for command in (redeem(holder, occasion="show-1"), hold(holder, occasion="show-1")):
        assert denied(await sold.commit(command)) == GONE
    for ending in (confirm(waiting), release(waiting)):
        assert denied(await sold.commit(ending)) == ENDED
    state = await _finish(sold, state)
    assert state.released_holds == 1
    granted(await sold.commit(redeem(holder, quantity=2)))


async def test_a_retry_goes_on_and_another_request_joins(sold: City, clock: Hands) -> None:
    for _ in range(5):
        granted(await sold.commit(redeem(await sold.move_in(), occasion="show-1")))
    first, second = cancel(), cancel()
    outcome = await sold.commit(first)
    assert isinstance(outcome, Committed)
    assert outcome.entry.cancellation is not None
    half = await sold.ledger.advance(PARTNER_ID, outcome.entry.cancellation)
    assert (half.reversed_redemptions, half.remaining, half.status) == (3, 2, CancellationStatus.RUNNING)
    clock.now += timedelta(minutes=1)
    retried = await sold.commit(again(first))
    assert isinstance(retried, Committed)
    assert retried.replayed
    assert retried.entry.cancellation == half
    joined = await sold.commit(second)
    assert isinstance(joined, Committed)
    assert joined.entry.cancellation == replace(half, request_id=second.request_id)
    done = await _finish(sold, half)
    assert (done.reversed_redemptions, done.cancelled_at) == (5, half.cancelled_at)
    before = await sold.effects()
    assert await sold.ledger.advance(PARTNER_ID, done) == done
    assert await sold.effects() == before


async def test_what_is_taken_back_meanwhile_is_taken_back_once(sold: City) -> None:
    redemptions = [
        granted(await sold.commit(redeem(await sold.move_in(), quantity=2, occasion="show-1"))) for _ in range(5)
    ]
    state = await sold.ledger.advance(PARTNER_ID, await _begin(sold))
    outcomes = [await sold.commit(reverse(one, 1)) for one in redemptions]
    reasons = [one.entry.reason for one in outcomes if isinstance(one, Committed)]
    assert sorted(map(str, reasons)) == ["None"] * 2 + ["QUANTITY_EXCEEDED"] * 3
    state = await _finish(sold, state)
    assert (state.reversed_redemptions, state.reversed_units) == (5, 8)
    assert {row["used"] for row in await sold.rows(QUOTA)} == {0}


async def test_another_partner_s_show_of_the_same_id_goes_on(sold: City) -> None:
    await sold.open_partner("city-museum", "city-museum-till")
    await sold.announce(capacity=1, partner_id="city-museum")
    theirs = {"partner_id": "city-museum", "device_id": "city-museum-till"}
    granted(await sold.commit(redeem(await sold.move_in(), occasion="show-1", **theirs)))
    await _finish(sold, await _begin(sold))
    used = {row["partner_id"]: row["used"] for row in await sold.rows(OCCASION)}
    assert used == {PARTNER_ID: 0, "city-museum": 1}
    assert len(await sold.rows(CANCELLATION)) == 1


async def test_an_occasion_that_is_not_there_is_not_cancelled(sold: City) -> None:
    assert denied(await sold.commit(cancel("show-2"))) == GONE
    assert await sold.rows(CANCELLATION) == []
    assert await sold.rows(EVIDENCE) == []


async def test_an_auditor_finds_the_request_that_cancelled(sold: City) -> None:
    redemption = granted(await sold.commit(redeem(await sold.move_in(), occasion="show-1")))
    command = cancel()
    outcome = await sold.commit(command)
    assert isinstance(outcome, Committed)
    assert outcome.entry.cancellation is not None
    await _finish(sold, outcome.entry.cancellation)
    kept = await SqlEvidence(sold.database).find(redemption.id, command.request_id)
    assert kept is not None
    assert getattr(kept, "proof", None) == command.evidence


async def test_a_step_is_bounded_however_many_came(sold: City) -> None:
    for _ in range(7):
        granted(await sold.commit(redeem(await sold.move_in(), occasion="show-1")))
    state = await _begin(sold)
    assert state.remaining == 7
    async with sold.database.read() as connection:
        entries = select(func.count()).select_from(ENTRY)
        before = (await connection.execute(entries)).scalar_one()
    await sold.ledger.advance(PARTNER_ID, state)
    async with sold.database.read() as connection:
        assert (await connection.execute(entries)).scalar_one() == before + 3
