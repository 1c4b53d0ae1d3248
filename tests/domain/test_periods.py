"""Quota periods: which bucket an instant counts in, which key hides it, and when that key may go."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.periods import OFFLINE_ALLOWANCE_MAX, UPLOAD_WINDOW, Period, period_of
from gateway.domain.rewards import QuotaPeriod

SHANGHAI = ZoneInfo("Asia/Shanghai")
CIVIL = [QuotaPeriod.DAY, QuotaPeriod.WEEK, QuotaPeriod.MONTH, QuotaPeriod.YEAR]

instants = st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
windows = st.timedeltas(timedelta(minutes=1), timedelta(days=92))


def civil(per: QuotaPeriod, at: datetime, *, window: timedelta = timedelta(days=1)) -> Period:
    """The period of an instant, for an occasion the one that ends at the instant."""
    return period_of(per, at, zone=SHANGHAI, reversal_window=window, occasion=("show", at))


def noon(year: int, month: int, day: int) -> datetime:
    """Noon of a civil day in Shanghai."""
    return datetime(year, month, day, 12, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("per", "at", "bucket", "key_period"),
    [
        (QuotaPeriod.DAY, noon(2026, 11, 30), "2026-11-30", "2026-11"),
        (QuotaPeriod.DAY, noon(2026, 12, 31), "2026-12-31", "2026-12"),
        (QuotaPeriod.DAY, noon(2028, 2, 29), "2028-02-29", "2028-02"),
        (QuotaPeriod.WEEK, noon(2026, 11, 22), "2026-W47", "2026-11"),
        (QuotaPeriod.WEEK, noon(2026, 11, 29), "2026-W48", "2026-11"),
        (QuotaPeriod.WEEK, noon(2026, 11, 30), "2026-W49", "2026-11"),
        (QuotaPeriod.WEEK, noon(2026, 12, 6), "2026-W49", "2026-11"),
        (QuotaPeriod.WEEK, noon(2026, 12, 7), "2026-W50", "2026-12"),
        (QuotaPeriod.WEEK, noon(2026, 12, 31), "2026-W53", "2026-12"),
        (QuotaPeriod.WEEK, noon(2027, 1, 3), "2026-W53", "2026-12"),
        (QuotaPeriod.WEEK, noon(2027, 1, 4), "2027-W01", "2027-01"),
        (QuotaPeriod.WEEK, noon(2024, 12, 30), "2025-W01", "2024-12"),
        (QuotaPeriod.MONTH, noon(2026, 11, 1), "2026-11", "2026-11"),
        (QuotaPeriod.MONTH, noon(2026, 12, 31), "2026-12", "2026-12"),
        (QuotaPeriod.YEAR, noon(2026, 1, 1), "2026", "2026"),
        (QuotaPeriod.YEAR, noon(2026, 12, 31), "2026", "2026"),
        (QuotaPeriod.OCCASION, noon(2026, 12, 31), "occasion:show", "2026-12"),
    ],
)
def test_the_bucket_and_its_keys_period(per: QuotaPeriod, at: datetime, bucket: str, key_period: str) -> None:
    period = civil(per, at)
    assert (period.bucket, period.key_period) == (bucket, key_period)


@pytest.mark.parametrize(
    ("per", "before", "after"),
    [
        (QuotaPeriod.DAY, "2026-12-31", "2027-01-01"),
        (QuotaPeriod.WEEK, "2026-W53", "2026-W53"),
        (QuotaPeriod.MONTH, "2026-12", "2027-01"),
        (QuotaPeriod.YEAR, "2026", "2027"),
    ],
)
def test_midnight_is_the_programmes_and_not_utcs(per: QuotaPeriod, before: str, after: str) -> None:
    midnight = datetime(2026, 12, 31, 16, tzinfo=UTC)  # 2027-01-01 00:00 in Shanghai
    assert civil(per, midnight - timedelta(microseconds=1)).bucket == before
    assert civil(per, midnight).bucket == after
    assert civil(per, midnight + timedelta(hours=8)).bucket == after


def test_an_occasion_counts_where_it_ends() -> None:
    ends = datetime(2026, 11, 30, 16, tzinfo=UTC)  # 1 December in Shanghai
    days_before = datetime(2026, 10, 3, tzinfo=UTC)
    period = period_of(
        QuotaPeriod.OCCASION, days_before, zone=SHANGHAI, reversal_window=timedelta(), occasion=("a:b", ends)
    )
    assert (period.bucket, period.key_period) == ("occasion:a:b", "2026-12")


def test_a_quota_per_occasion_needs_one() -> None:
    with pytest.raises(ValueError, match="occasion"):
        period_of(QuotaPeriod.OCCASION, noon(2026, 1, 1), zone=SHANGHAI, reversal_window=timedelta())


@pytest.mark.parametrize(
    ("per", "at", "last_day"),
    [
        (QuotaPeriod.DAY, noon(2026, 11, 1), date(2026, 11, 30)),
        (QuotaPeriod.WEEK, noon(2026, 11, 2), date(2026, 12, 6)),
        (QuotaPeriod.MONTH, noon(2026, 12, 1), date(2026, 12, 31)),
        (QuotaPeriod.YEAR, noon(2026, 2, 1), date(2026, 12, 31)),
        (QuotaPeriod.OCCASION, noon(2026, 12, 24), date(2026, 12, 31)),
    ],
)
def test_the_key_outlives_reversals_and_late_uploads(per: QuotaPeriod, at: datetime, last_day: date) -> None:
    end = datetime(last_day.year, last_day.month, last_day.day, tzinfo=SHANGHAI) + timedelta(days=1)
    window = timedelta(days=30)
    assert civil(per, at, window=window).closes_at == end + window + OFFLINE_ALLOWANCE_MAX + UPLOAD_WINDOW
    assert (timedelta(days=7), timedelta(days=31)) == (OFFLINE_ALLOWANCE_MAX, UPLOAD_WINDOW)


@given(st.sampled_from(QuotaPeriod), instants, st.timedeltas(timedelta(0), timedelta(days=40)), windows)
def test_all_buckets_of_a_key_period_close_at_one_time(
    per: QuotaPeriod, at: datetime, later: timedelta, window: timedelta
) -> None:
    first, second = civil(per, at, window=window), civil(per, at + later, window=window)
    assert (first.key_period == second.key_period) == (first.closes_at == second.closes_at)


@given(st.sampled_from(CIVIL), instants, windows)
def test_a_bucket_has_one_key_and_is_over_before_it_closes(
    per: QuotaPeriod, at: datetime, window: timedelta
) -> None:
    period = civil(per, at, window=window)
    last = at
    while civil(per, last + timedelta(days=1)).bucket == period.bucket:
        last += timedelta(days=1)
        assert civil(per, last).key_period == period.key_period
    assert last + window + OFFLINE_ALLOWANCE_MAX + UPLOAD_WINDOW < period.closes_at
