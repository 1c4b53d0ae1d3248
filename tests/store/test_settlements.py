"""A month's sums are those of the rows: borders, tariffs, reversals in a later month, and nobody else's."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.settlement import FINAL_AFTER, Line, Month
from gateway.store.settlements import SqlSettlements
from tests.auth.key_home import Hands
from tests.store.city import City
from tests.store.commands import PARTNER_ID, REWARD, granted, redeem, reverse

pytestmark = pytest.mark.anyio

SHANGHAI = ZoneInfo("Asia/Shanghai")
OCTOBER, NOVEMBER, DECEMBER = (Month.named(f"2026-{number}", SHANGHAI) for number in (10, 11, 12))
TICK = timedelta(microseconds=1)


async def _lines(city: City, month: Month, partner_id: str = PARTNER_ID) -> list[tuple[int, int, int]]:
    settled = await SqlSettlements(city.database).settle(partner_id, month)
    assert all(line.reward == REWARD for line in settled.lines)
    return [(line.tariff_fen, line.redeemed, line.reversed) for line in settled.lines]


async def test_a_month_begins_and_ends_in_the_programme_s_zone(city: City, clock: Hands) -> None:
    assert NOVEMBER.begins == datetime(2026, 10, 31, 16, tzinfo=UTC)
    assert NOVEMBER.ends == datetime(2026, 11, 30, 16, tzinfo=UTC)
    for at in (NOVEMBER.begins - TICK, NOVEMBER.begins, NOVEMBER.ends - TICK, NOVEMBER.ends):
        clock.now = at
        await city.commit(redeem(await city.move_in()))
    assert await _lines(city, OCTOBER) == [(4500, 1, 0)]
    assert await _lines(city, NOVEMBER) == [(4500, 2, 0)]
    assert await _lines(city, DECEMBER) == [(4500, 1, 0)]


async def test_a_reversal_counts_in_its_own_month_at_the_tariff_of_then(city: City, clock: Hands) -> None:
    clock.now = NOVEMBER.ends - timedelta(hours=1)
    old = granted(await city.commit(redeem(await city.move_in(), quantity=2, tariff_fen=300)))
    await city.commit(reverse(old, 1))
    before = await _lines(city, NOVEMBER)
    clock.now = NOVEMBER.ends + timedelta(hours=1)
    await city.commit(reverse(old))
    await city.commit(redeem(await city.move_in(), tariff_fen=350))
    assert before == await _lines(city, NOVEMBER) == [(300, 2, 1)]
    assert await _lines(city, DECEMBER) == [(300, 0, 1), (350, 1, 0)]
    settled = await SqlSettlements(city.database).settle(PARTNER_ID, DECEMBER)
    assert settled.amount_fen == 350 - 300


async def test_denials_and_other_partners_are_in_no_settlement(city: City) -> None:
    await city.open_partner("museum", "museum-till")
    other = redeem(await city.move_in(), partner_id="museum", device_id="museum-till")
    await city.commit(replace(other, quantity=2))
    await city.commit(redeem(await city.move_in(), quantity=9))
    assert await _lines(city, NOVEMBER) == []
    assert await _lines(city, NOVEMBER, "museum") == [(4500, 2, 0)]


async def test_a_month_is_final_some_minutes_after_its_end(city: City, clock: Hands) -> None:
    for at, final in ((NOVEMBER.ends, False), (NOVEMBER.ends + FINAL_AFTER, True)):
        clock.now = at
        assert (await SqlSettlements(city.database).settle(PARTNER_ID, NOVEMBER)).final is final


def test_a_line_s_money_is_whole_fen() -> None:
    line = Line(reward=REWARD, tariff_fen=150, redeemed=2, reversed=5)
    assert (line.units, line.amount_fen) == (-3, -450)


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "1999-12", "2026-11-01", "", "２０２６-11", "2026-11\n"])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(MalformedInput, match="such as 2026-11"):
        Month.named(name, SHANGHAI)
