"""Redeeming against a quota: recorded as answered, never over the allowance, each resident and period apart."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.redemptions import Redemption, RedemptionStatus, Window
from gateway.store.tables import ENTRY, OCCASION, QUOTA, REDEMPTION
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.commands import BUCKET, PARTNER_ID, WINDOW, denied, granted, not_eligible, redeem, reverse

pytestmark = pytest.mark.anyio

USED_UP = not_eligible(Cause.QUOTA_USED_UP)


async def test_a_redemption_is_recorded_as_it_was_answered(city: City, clock: Hands) -> None:
    holder = await city.move_in()
    command = redeem(holder, quantity=2)
    redemption = granted(await city.commit(command))
    assert (redemption.id, redemption.request_id) == (command.redemption_id, command.request_id)
    assert (redemption.reward, redemption.quantity, redemption.tariff_fen) == (command.reward, 2, 4500)
    assert (redemption.reversed_quantity, redemption.status) == (0, RedemptionStatus.REDEEMED)
    assert (redemption.redeemed_at, redemption.reversible_until) == (clock(), clock() + WINDOW)
    assert redemption.policy_version == command.policy_version
    for found in (
        await city.ledger.redemption(PARTNER_ID, redemption_id=command.redemption_id),
        await city.ledger.redemption(PARTNER_ID, request_id=command.request_id),
    ):
        assert found == redemption
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 2


async def test_a_used_up_quota_refuses(city: City) -> None:
    holder = await city.move_in()
    for _ in range(2):
        granted(await city.commit(redeem(holder)))
    assert denied(await city.commit(redeem(holder))) == USED_UP
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 2
    assert len(await city.rows(REDEMPTION)) == 2


async def test_more_than_the_whole_quota_is_refused_at_once(city: City) -> None:
    holder = await city.move_in()
    assert denied(await city.commit(redeem(holder, quantity=3))) == USED_UP
    assert await city.rows(QUOTA) == []
    granted(await city.commit(redeem(holder, quantity=2)))


async def test_more_than_what_is_left_is_refused_and_less_is_granted(city: City) -> None:
    holder = await city.move_in()
    granted(await city.commit(redeem(holder)))
    assert denied(await city.commit(redeem(holder, quantity=2))) == USED_UP
    granted(await city.commit(redeem(holder)))


async def test_two_residents_have_a_quota_each(city: City) -> None:
    one, other = await city.move_in(), await city.move_in()
    granted(await city.commit(redeem(one, quantity=2)))
    granted(await city.commit(redeem(other, quantity=2)))
    assert denied(await city.commit(redeem(one))) == USED_UP
    assert [row["used"] for row in await city.rows(QUOTA)] == [2, 2]


async def test_each_period_has_a_bucket_of_its_own(city: City) -> None:
    holder = await city.move_in()
    granted(await city.commit(redeem(holder, quantity=2)))
    granted(await city.commit(redeem(holder, quantity=2, bucket="2026-11-23")))
    assert denied(await city.commit(redeem(holder))) == USED_UP
    assert denied(await city.commit(redeem(holder, bucket="2026-11-23"))) == USED_UP
    assert await city.ledger.used(holder.pseudonym, "2026-11-24") == 0


async def test_the_newest_allowance_counts(city: City) -> None:
    holder = await city.move_in()
    granted(await city.commit(redeem(holder, quantity=2)))
    assert denied(await city.commit(redeem(holder, allowance=1))) == USED_UP
    granted(await city.commit(redeem(holder, allowance=3)))
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 3


@pytest.mark.parametrize("allowance", [0, 2])
async def test_a_cause_denies_whatever_the_allowance(city: City, allowance: int) -> None:
    holder = await city.move_in()
    command = redeem(holder, cause=Cause.NOT_ENTITLED, allowance=allowance)
    assert denied(await city.commit(command)) == not_eligible(Cause.NOT_ENTITLED)
    assert (await city.rows(QUOTA), await city.rows(REDEMPTION)) == ([], [])


async def test_nobody_is_denied_like_anybody(city: City) -> None:
    nobody = redeem(await city.move_in(), pass_id=None, cause=Cause.UNKNOWN_PASS, allowance=0)
    assert denied(await city.commit(nobody)) == not_eligible(Cause.UNKNOWN_PASS)


async def test_a_partner_sees_its_own_redemptions_alone(city: City) -> None:
    redemption = granted(await city.commit(redeem(await city.move_in())))
    assert await city.ledger.redemption("city-museum", redemption_id=redemption.id) is None
    assert await city.ledger.redemption("city-museum", request_id=redemption.request_id) is None


async def test_pages_go_from_the_newest_to_the_oldest_without_gaps(city: City, clock: Hands) -> None:
    made = []
    for turn in range(5):
        clock.now = NOW + timedelta(microseconds=turn // 2)  # some at the same instant: the id decides
        made.append(granted(await city.commit(redeem(await city.move_in()))))
    newest_first = sorted(made, key=lambda one: (one.redeemed_at, one.id), reverse=True)
    seen: list[Redemption] = []
    after = None
    while True:
        page = await city.ledger.redemptions(
            PARTNER_ID, first=2, after=after, redeemed=Window(), reversed_=Window(), reward=None, device_id=None
        )
        seen.extend(page.redemptions)
        if not page.has_more:
            break
        after = (seen[-1].redeemed_at, seen[-1].id)
    assert seen == newest_first


async def test_pages_are_bounded_by_time_reward_and_partner(city: City, clock: Hands) -> None:
    made = []
    for turn in range(3):
        clock.now = NOW + timedelta(hours=turn)
        await city.begin_period(f"reward-{turn}")
        made.append(granted(await city.commit(redeem(await city.move_in(), reward=f"reward-{turn}"))))
    hour = timedelta(hours=1)

    async def page(partner_id: str = PARTNER_ID, **bounds: object) -> list[str]:
        usual = {"first": 9, "after": None, "redeemed": Window(), "reversed_": Window(), "reward": None}
        asked: dict[str, Any] = {**usual, "device_id": None, **bounds}
        return [one.reward for one in (await city.ledger.redemptions(partner_id, **asked)).redemptions]

    assert await page(redeemed=Window(since=NOW + hour)) == ["reward-2", "reward-1"]
    assert await page(redeemed=Window(until=NOW + hour)) == ["reward-0"]
    assert await page(reward="reward-1") == ["reward-1"]
    assert await page("city-museum") == []
    await city.commit(reverse(made[1]))
    assert await page(reversed_=Window(NOW, NOW + 3 * hour)) == ["reward-1"]
    assert await page(reversed_=Window(until=NOW)) == []


async def test_nothing_else_was_written(city: City) -> None:
    holder = await city.move_in()
    granted(await city.commit(redeem(holder)))
    [entry], [redemption], [quota] = (
        await city.rows(ENTRY),
        await city.rows(REDEMPTION),
        await city.rows(QUOTA),
    )
    assert await city.rows(OCCASION) == []
    assert entry["redemption_id"] == redemption["id"]
    assert (entry["quantity"], entry["reversed_quantity"]) == (1, 0)
    counters = {"used": 1, "held": 0, "allowance": 2, "overdraft": 0}
    assert quota == {"pseudonym": holder.pseudonym, "bucket": BUCKET, **counters}
    assert redemption["pseudonym"] == holder.pseudonym
    assert holder.registry_hash not in redemption.values()
