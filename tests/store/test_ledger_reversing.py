"""Taking redemptions back: each unit once, within the window, and the quota to the bucket it came from."""

from datetime import timedelta

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import ANNULMENT_WINDOW, Committed, EntryKind
from gateway.domain.partners import Partner
from gateway.domain.redemptions import Reason, Redemption, RedemptionStatus, ReversalReason
from gateway.store.tables import ENTRY
from tests.auth.key_home import NOW, Hands
from tests.store.city import City, device
from tests.store.commands import (
    BUCKET,
    PARTNER_ID,
    WINDOW,
    Holder,
    again,
    denied,
    granted,
    not_eligible,
    redeem,
    reverse,
)

pytestmark = pytest.mark.anyio

TOO_MUCH = (Reason.QUANTITY_EXCEEDED, None)
NOT_FOUND = (Reason.NOT_FOUND, None)


@pytest.fixture
async def holder(city: City) -> Holder:
    return await city.move_in()


@pytest.fixture
async def three(city: City, holder: Holder) -> Redemption:
    """A redemption of all three units of a quota."""
    return granted(await city.commit(redeem(holder, quantity=3, allowance=3)))


async def test_the_whole_comes_back(city: City, holder: Holder, three: Redemption) -> None:
    reversed_ = granted(await city.commit(reverse(three)))
    assert (reversed_.id, reversed_.quantity, reversed_.reversed_quantity) == (three.id, 3, 3)
    assert reversed_.status is RedemptionStatus.REVERSED
    assert await city.ledger.redemption(PARTNER_ID, redemption_id=three.id) == reversed_
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 0


async def test_parts_come_back_up_to_the_whole(city: City, holder: Holder, three: Redemption) -> None:
    for part, so_far, status in (
        (1, 1, RedemptionStatus.PARTLY_REVERSED),
        (2, 3, RedemptionStatus.REVERSED),
    ):
        reversed_ = granted(await city.commit(reverse(three, part)))
        assert (reversed_.reversed_quantity, reversed_.status) == (so_far, status)
        assert await city.ledger.used(holder.pseudonym, BUCKET) == 3 - so_far
    assert denied(await city.commit(reverse(three, 1))) == TOO_MUCH
    assert denied(await city.commit(reverse(three))) == TOO_MUCH
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 0


async def test_without_a_quantity_what_remains_comes_back(city: City, three: Redemption) -> None:
    granted(await city.commit(reverse(three, 1)))
    assert granted(await city.commit(reverse(three))).reversed_quantity == 3


async def test_more_than_remains_gives_nothing_back(city: City, holder: Holder, three: Redemption) -> None:
    assert denied(await city.commit(reverse(three, 4))) == TOO_MUCH
    granted(await city.commit(reverse(three, 2)))
    assert denied(await city.commit(reverse(three, 2))) == TOO_MUCH
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 1


async def test_what_came_back_can_be_redeemed_again(city: City, holder: Holder, three: Redemption) -> None:
    granted(await city.commit(reverse(three, 2)))
    granted(await city.commit(redeem(holder, quantity=2, allowance=3)))
    refused = await city.commit(redeem(holder, allowance=3))
    assert denied(refused) == not_eligible(Cause.QUOTA_USED_UP)


async def test_the_window_closes(city: City, clock: Hands, three: Redemption) -> None:
    clock.now = NOW + WINDOW
    granted(await city.commit(reverse(three, 1)))
    clock.now = NOW + WINDOW + timedelta(milliseconds=1)
    assert denied(await city.commit(reverse(three, 1))) == (Reason.WINDOW_CLOSED, None)
    found = await city.ledger.redemption(PARTNER_ID, redemption_id=three.id)
    assert found is not None
    assert found.reversed_quantity == 1


async def test_the_quota_comes_back_to_the_period_it_came_from(
    city: City, clock: Hands, holder: Holder, three: Redemption
) -> None:
    clock.now = NOW + timedelta(days=1)
    today = {"bucket": "2026-11-23", "allowance": 3}
    granted(await city.commit(redeem(holder, quantity=3, **today)))
    granted(await city.commit(reverse(three)))
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 0
    assert await city.ledger.used(holder.pseudonym, "2026-11-23") == 3
    assert denied(await city.commit(redeem(holder, **today))) == not_eligible(Cause.QUOTA_USED_UP)


async def test_an_unknown_redemption_is_not_found(city: City, three: Redemption) -> None:
    assert denied(await city.commit(reverse(three, redemption_id=f"rdm_{'0' * 22}"))) == NOT_FOUND


async def test_another_partner_s_redemption_is_as_unknown(city: City, holder: Holder, three: Redemption) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    theirs = reverse(three, partner_id="city-museum", device_id="city-museum-till")
    assert denied(await city.commit(theirs)) == NOT_FOUND
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 3


async def test_a_retry_gives_nothing_back_again(city: City, three: Redemption) -> None:
    command = reverse(three, 1)
    first = await city.commit(command)
    granted(first)
    before = await city.effects()
    assert isinstance(first, Committed)
    assert await city.commit(again(command)) == Committed(first.entry, replayed=True)
    assert await city.effects() == before


async def test_a_retry_gets_the_answer_as_it_was_before_the_next_reversal(city: City, three: Redemption) -> None:
    command = reverse(three, 1)
    first = await city.commit(command)
    granted(await city.commit(reverse(three)))
    retried = await city.commit(again(command))
    assert isinstance(first, Committed)
    assert isinstance(retried, Committed)
    assert retried.entry == first.entry


async def test_a_refused_reversal_is_final_for_its_id(city: City, holder: Holder, three: Redemption) -> None:
    command = reverse(three, 4)
    first = await city.commit(command)
    assert denied(first) == TOO_MUCH
    assert isinstance(first, Committed)
    assert await city.commit(again(command, quantity=1)) == Committed(first.entry, replayed=True)
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 3


async def test_the_entry_says_what_came_back_and_why(city: City, three: Redemption) -> None:
    command = reverse(three, reason=ReversalReason.GATE_NOT_OPENED)
    granted(await city.commit(command))
    [row] = [row for row in await city.rows(ENTRY) if row["kind"] == EntryKind.REVERSED]
    assert (row["redemption_id"], row["quantity"], row["reversed_quantity"]) == (three.id, 3, 3)
    assert (row["reason"], row["recorded_at"], row["forget_after"]) == ("GATE_NOT_OPENED", NOW, None)


ANNULLED = ReversalReason.GATE_NOT_OPENED


async def test_only_the_gate_itself_says_that_it_did_not_open(city: City, three: Redemption) -> None:
    await city.partners.add_device(device("gate-2", Partner(id=PARTNER_ID, kind="venue-counter", name="x")))
    assert denied(await city.commit(reverse(three, reason=ANNULLED, device_id="gate-2"))) == NOT_FOUND
    granted(await city.commit(reverse(three, 1, reason=ANNULLED)))
    granted(await city.commit(reverse(three, 1, device_id="gate-2")))


async def test_a_gate_says_so_within_a_quarter_of_an_hour_whatever_the_window(
    city: City, clock: Hands, holder: Holder, three: Redemption
) -> None:
    short = redeem(holder, bucket="2026-11-23", quantity=2, reversal_window=timedelta(minutes=1))
    brief = granted(await city.commit(short))
    clock.now = NOW + ANNULMENT_WINDOW
    for redemption in (three, brief):
        granted(await city.commit(reverse(redemption, 1, reason=ANNULLED)))
    assert denied(await city.commit(reverse(brief, 1))) == (Reason.WINDOW_CLOSED, None)
    clock.now += timedelta(milliseconds=1)
    for redemption in (three, brief):
        assert denied(await city.commit(reverse(redemption, 1, reason=ANNULLED))) == (Reason.WINDOW_CLOSED, None)
    granted(await city.commit(reverse(three, 1)))


async def test_what_happened_in_time_and_arrives_late_still_counts(
    city: City, clock: Hands, three: Redemption
) -> None:
    """A gate's queue is sent when its line is back: what counts is when the gate did not open."""
    clock.now = NOW + timedelta(days=2)
    late = reverse(three, 1, reason=ANNULLED, happened_at=NOW + ANNULMENT_WINDOW + timedelta(milliseconds=1))
    assert denied(await city.commit(late)) == (Reason.WINDOW_CLOSED, None)
    granted(await city.commit(reverse(three, 1, reason=ANNULLED, happened_at=NOW + ANNULMENT_WINDOW)))
