"""Who was erased comes back when no quota of before is open any more."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from gateway.domain.erasure import readmit_from
from gateway.domain.rewards import QuotaPeriod

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.mark.parametrize(
    ("quotas", "today", "day"),
    [
        ([], date(2026, 11, 25), date(2026, 11, 26)),
        ([QuotaPeriod.DAY], date(2026, 11, 30), date(2026, 12, 1)),
        ([QuotaPeriod.OCCASION], date(2026, 12, 31), date(2027, 1, 1)),
        ([QuotaPeriod.WEEK], date(2026, 11, 23), date(2026, 11, 30)),
        ([QuotaPeriod.WEEK], date(2026, 11, 29), date(2026, 11, 30)),
        ([QuotaPeriod.MONTH], date(2026, 12, 1), date(2027, 1, 1)),
        ([QuotaPeriod.MONTH], date(2027, 1, 31), date(2027, 2, 1)),
        ([QuotaPeriod.YEAR], date(2026, 1, 1), date(2027, 1, 1)),
        ([QuotaPeriod.YEAR, QuotaPeriod.WEEK], date(2026, 12, 31), date(2027, 1, 4)),
    ],
)
def test_every_quota_has_ended_by_then(quotas: list[QuotaPeriod], today: date, day: date) -> None:
    assert readmit_from(quotas, today, last_occasion=None, zone=SHANGHAI) == day


def test_nobody_gets_a_second_ticket_for_a_show_that_goes_on() -> None:
    ends = datetime(2027, 5, 1, 17, 0, tzinfo=UTC)
    day = readmit_from([QuotaPeriod.YEAR], date(2026, 11, 25), last_occasion=ends, zone=SHANGHAI)
    assert day == date(2027, 5, 3), "in Shanghai it ends on the second of May"
