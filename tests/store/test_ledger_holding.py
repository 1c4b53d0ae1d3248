"""Holds: they count like redemptions, have one end, and free what they kept without anybody's doing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.holds import Hold, HoldStatus
from gateway.domain.ledger import Command, Committed, EntryKind
from gateway.domain.partners import Partner
from gateway.domain.redemptions import Reason, RedemptionStatus
from gateway.store.sweep import sweep
from gateway.store.tables import ENTRY, EVIDENCE, HELD_QUOTA, HELD_SEAT, HOLD, OCCASION, QUOTA, REDEMPTION
from tests.auth.key_home import NOW, Hands
from tests.store.city import City, device
from tests.store.commands import (
    BUCKET,
    DEVICE_ID,
    KEY_PERIOD,
    LIFETIME,
    PARTNER_ID,
    PERIOD_CLOSES,
    WINDOW,
    Holder,
    again,
    confirm,
    denied,
    granted,
    held,
    hold,
    not_eligible,
    redeem,
    release,
    reverse,
)

pytestmark = pytest.mark.anyio

THEATRE = Partner(id=PARTNER_ID, kind="venue-counter", name="Grand Theatre")
INSTANT = timedelta(milliseconds=1)
ENDED = (Reason.HOLD_ENDED, None)
NOT_FOUND = (Reason.NOT_FOUND, None)
SOLD_OUT = (Reason.SOLD_OUT, None)


@pytest.fixture
async def holder(city: City) -> Holder:
    return await city.move_in()


@pytest.fixture
async def two(city: City, holder: Holder) -> Hold:
    """A hold of two units of a quota of two, and of two seats of three."""
    await city.announce(capacity=3)
    return held(await city.commit(hold(holder, quantity=2, occasion="show-1")))


async def _counted(city: City) -> tuple[tuple[int, int], tuple[int, int]]:
    """What is used and held of the one quota, and of the one occasion."""
    [[quota], [occasion]] = await city.tables(QUOTA, OCCASION)
    return (quota["used"], quota["held"]), (occasion["used"], occasion["held"])


async def test_a_hold_says_what_it_keeps_and_until_when(two: Hold) -> None:
    assert (two.reward, two.quantity, two.occasion) == ("theatre-ticket", 2, "show-1")
    assert (two.status, two.held_at, two.expires_at) == (HoldStatus.HELD, NOW, NOW + LIFETIME)


async def test_held_units_and_seats_are_nobody_else_s(city: City, holder: Holder, two: Hold) -> None:
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 2
    assert await _counted(city) == ((0, 2), (0, 2))
    for command in (redeem(holder), hold(holder)):
        assert denied(await city.commit(command)) == not_eligible(Cause.QUOTA_USED_UP)
    other = await city.move_in()
    for command in (redeem(other, quantity=2, occasion="show-1"), hold(other, quantity=2, occasion="show-1")):
        assert denied(await city.commit(command)) == SOLD_OUT
    granted(await city.commit(redeem(other, occasion="show-1")))


async def test_all_of_it_becomes_a_redemption_with_an_id_of_its_own(city: City, clock: Hands, two: Hold) -> None:
    clock.now = NOW + LIFETIME - INSTANT
    command = confirm(two)
    redemption = granted(await city.commit(command))
    assert (redemption.id, redemption.request_id) == (command.redemption_id, command.request_id)
    assert (redemption.quantity, redemption.status) == (2, RedemptionStatus.REDEEMED)
    assert (redemption.redeemed_at, redemption.reversible_until) == (clock.now, clock.now + WINDOW)
    assert await _counted(city) == ((2, 0), (2, 0))
    assert await city.ledger.redemption(PARTNER_ID, redemption_id=redemption.id) == redemption


async def test_of_a_part_the_rest_is_released(city: City, holder: Holder, two: Hold) -> None:
    redemption = granted(await city.commit(confirm(two, 1)))
    assert redemption.quantity == 1
    assert await _counted(city) == ((1, 0), (1, 0))
    assert denied(await city.commit(confirm(two, 1))) == ENDED
    granted(await city.commit(redeem(holder, occasion="show-1")))
    granted(await city.commit(reverse(redemption)))
    assert await _counted(city) == ((1, 0), (1, 0))


async def test_more_than_is_held_confirms_nothing_and_ends_nothing(city: City, two: Hold) -> None:
    assert denied(await city.commit(confirm(two, 3))) == (Reason.QUANTITY_EXCEEDED, None)
    assert await _counted(city) == ((0, 2), (0, 2))
    granted(await city.commit(confirm(two, 2)))


async def test_a_release_frees_everything(city: City, holder: Holder, two: Hold) -> None:
    released = held(await city.commit(release(two)))
    assert (released.id, released.status) == (two.id, HoldStatus.RELEASED)
    assert await _counted(city) == ((0, 0), (0, 0))
    granted(await city.commit(redeem(holder, quantity=2, occasion="show-1")))


@pytest.mark.parametrize("how", [confirm, release])
async def test_once_ended_it_has_ended(city: City, two: Hold, how: Callable[[Hold], Command]) -> None:
    await city.commit(how(two))
    before = await _counted(city)
    for command in (confirm(two), confirm(two, 1), release(two)):
        assert denied(await city.commit(command)) == ENDED
    assert await _counted(city) == before


async def test_when_its_time_is_over_it_ends_without_anybody(
    city: City, clock: Hands, holder: Holder, two: Hold
) -> None:
    clock.now = two.expires_at
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 0
    for command in (confirm(two), release(two)):
        assert denied(await city.commit(command)) == ENDED
    granted(await city.commit(redeem(holder, quantity=2, occasion="show-1")))
    assert await _counted(city) == ((2, 0), (2, 0))


async def test_until_its_last_instant_it_keeps(city: City, clock: Hands, holder: Holder, two: Hold) -> None:
    clock.now = two.expires_at - INSTANT
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 2
    assert denied(await city.commit(redeem(holder))) == not_eligible(Cause.QUOTA_USED_UP)
    assert denied(await city.commit(redeem(await city.move_in(), quantity=2, occasion="show-1"))) == SOLD_OUT


async def test_seats_and_quota_of_an_expired_hold_are_freed_apart(
    city: City, clock: Hands, holder: Holder, two: Hold
) -> None:
    """Whoever needs seats touches nobody's quota, and the other way round: so nobody waits for anybody in a
    ring."""
    clock.now = two.expires_at
    granted(await city.commit(redeem(await city.move_in(), quantity=2, occasion="show-1")))
    [quota] = [row for row in await city.rows(QUOTA) if row["pseudonym"] == holder.pseudonym]
    assert (quota["held"], len(await city.rows(HELD_QUOTA)), await city.rows(HELD_SEAT)) == (2, 1, [])
    assert denied(await city.commit(hold(holder, quantity=2, occasion="show-1"))) == SOLD_OUT
    held(await city.commit(hold(holder, quantity=2)))


@pytest.mark.parametrize("collected", ["seats", "quota"])
async def test_a_clock_that_was_set_back_revives_nothing(
    city: City, clock: Hands, holder: Holder, two: Hold, collected: str
) -> None:
    clock.now = two.expires_at
    if collected == "seats":
        granted(await city.commit(redeem(await city.move_in(), quantity=2, occasion="show-1")))
    else:
        granted(await city.commit(redeem(holder, quantity=2)))
    clock.now = NOW
    assert denied(await city.commit(confirm(two))) == ENDED
    clock.now = two.expires_at
    quotas, [occasion] = await city.tables(QUOTA, OCCASION)
    assert (sum(row["used"] for row in quotas), sum(row["held"] for row in quotas), occasion["held"]) == (2, 0, 0)


@pytest.mark.parametrize("end", ["confirmed", "part", "released", "expired"])
async def test_a_retry_gets_the_first_answer_whatever_came_after(
    city: City, clock: Hands, holder: Holder, end: str
) -> None:
    await city.announce(capacity=3)
    taken = hold(holder, quantity=2, occasion="show-1")
    first = await city.commit(taken)
    ends: dict[str, Command] = {
        "confirmed": confirm(held(first)),
        "part": confirm(held(first), 1),
        "released": release(held(first)),
        "expired": confirm(held(first)),
    }
    if end == "expired":
        clock.now += LIFETIME
    ended = await city.commit(ends[end])
    clock.now += timedelta(days=20)
    await sweep(city.database)
    before = await city.effects()
    for command, outcome in ((taken, first), (ends[end], ended)):
        assert isinstance(outcome, Committed)
        assert await city.commit(again(command)) == Committed(outcome.entry, replayed=True)
        recalled = await city.ledger.recall(PARTNER_ID, command.request_id)
        assert recalled == outcome.entry
    assert await city.effects() == before


async def test_somebody_who_may_not_have_it_may_not_hold_it(city: City, holder: Holder) -> None:
    await city.announce(capacity=3)
    command = hold(holder, occasion="show-1", cause=Cause.NOT_ENTITLED)
    assert denied(await city.commit(command)) == not_eligible(Cause.NOT_ENTITLED)
    quotas, holds, seats, [occasion] = await city.tables(QUOTA, HOLD, HELD_SEAT, OCCASION)
    assert (quotas, holds, seats, occasion["held"]) == ([], [], [], 0)


async def test_an_unknown_hold_and_another_partner_s_are_not_found(city: City, two: Hold) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    theirs: dict[str, Any] = {"partner_id": "city-museum", "device_id": "city-museum-till"}
    for command in (
        confirm(two, **theirs),
        release(two, **theirs),
        confirm(two, hold_id="hld_unknown"),
        release(two, hold_id="hld_unknown"),
    ):
        assert denied(await city.commit(command)) == NOT_FOUND
    granted(await city.commit(confirm(two)))


async def test_it_counts_in_the_period_in_which_it_was_held(city: City, clock: Hands, holder: Holder) -> None:
    """The eligibility of the last minute of a day is not charged to the next one."""
    taken = held(await city.commit(hold(holder, bucket="2026-11-22")))
    clock.now += timedelta(minutes=5)
    granted(await city.commit(redeem(holder, bucket="2026-11-23")))
    redemption = granted(await city.commit(confirm(taken)))
    [row] = [row for row in await city.rows(REDEMPTION) if row["id"] == redemption.id]
    assert (row["bucket"], row["key_period"], row["hold_id"]) == ("2026-11-22", KEY_PERIOD, taken.id)
    granted(await city.commit(reverse(redemption)))
    assert await city.ledger.used(holder.pseudonym, "2026-11-22") == 0
    assert await city.ledger.used(holder.pseudonym, "2026-11-23") == 1


async def test_the_terms_are_those_of_the_hold(city: City, holder: Holder) -> None:
    taken = hold(holder, tariff_fen=777, policy_version="sha256:old", reversal_window=timedelta(hours=1))
    redemption = granted(await city.commit(confirm(held(await city.commit(taken)))))
    assert (redemption.tariff_fen, redemption.policy_version) == (777, "sha256:old")
    assert redemption.reversible_until == NOW + timedelta(hours=1)


@pytest.mark.parametrize("what", ["device", "partner"])
async def test_a_stopped_machine_confirms_nothing_and_its_holds_run_out(
    city: City, clock: Hands, holder: Holder, two: Hold, what: str
) -> None:
    await (city.partners.suspend(PARTNER_ID) if what == "partner" else city.partners.revoke_device(DEVICE_ID))
    for command in (confirm(two), release(two)):
        assert not isinstance(await city.commit(command), Committed)
    clock.now = two.expires_at
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 0


async def test_another_machine_of_the_partner_ends_it_as_well(city: City, two: Hold) -> None:
    await city.partners.add_device(device("grand-theatre-office", THEATRE))
    granted(await city.commit(confirm(two, device_id="grand-theatre-office")))


async def test_what_an_ended_hold_leaves_says_nothing_about_anybody(
    city: City, clock: Hands, holder: Holder
) -> None:
    released = held(await city.commit(hold(holder)))
    expired = held(await city.commit(hold(holder)))
    held(await city.commit(release(released)))
    clock.now = expired.expires_at + INSTANT
    await sweep(city.database)
    kept, seats, proofs, quotas, holds = await city.tables(HELD_QUOTA, HELD_SEAT, EVIDENCE, QUOTA, HOLD)
    assert (kept, seats, proofs) == ([], [], [])
    assert [(row["used"], row["held"]) for row in quotas] == [(0, 0)]
    assert len(holds) == 2
    assert all(holder.pseudonym not in row.values() for row in holds)


async def test_the_proof_of_a_hold_becomes_the_redemption_s(city: City, holder: Holder) -> None:
    taken = hold(holder)
    before = held(await city.commit(taken))
    [proof] = await city.rows(EVIDENCE)
    assert (proof["redemption_id"], proof["closes_at"]) == (before.id, before.expires_at)
    confirming = confirm(before)
    redemption = granted(await city.commit(confirming))
    proofs = {row["request_id"]: row for row in await city.rows(EVIDENCE)}
    assert set(proofs) == {taken.request_id, confirming.request_id}
    assert {row["redemption_id"] for row in proofs.values()} == {redemption.id}
    assert {row["closes_at"] for row in proofs.values()} == {PERIOD_CLOSES}
    assert proofs[taken.request_id]["proof"] == taken.evidence


async def test_each_request_is_one_entry(city: City, holder: Holder) -> None:
    taken = hold(holder, quantity=2)
    confirming = confirm(held(await city.commit(taken)), 1)
    redemption = granted(await city.commit(confirming))
    entries = {row["request_id"]: row for row in await city.rows(ENTRY)}
    assert entries[taken.request_id]["kind"] == EntryKind.HELD
    assert entries[taken.request_id]["redemption_id"] is None
    entry = entries[confirming.request_id]
    assert (entry["kind"], entry["hold_id"], entry["redemption_id"]) == ("CONFIRMED", taken.hold_id, redemption.id)
