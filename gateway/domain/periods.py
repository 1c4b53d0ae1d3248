"""Quota periods: which bucket a redemption counts in, which key hides it, and when that key is destroyed.

Buckets are civil days, ISO weeks, months and years in the programme's time zone, or one occasion. A
pseudonym is made under one random key per reward and *key period*: the year for yearly quotas; else the
month in which the day, week or month starts, or in which the occasion ends. Once a key is destroyed
nobody, the operator included, can tell whose redemptions those were.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from gateway.domain.rewards import QuotaPeriod

OFFLINE_ALLOWANCE_MAX = timedelta(days=7)
"""The longest that a gate may decide offline."""

UPLOAD_WINDOW = timedelta(days=31)
"""How long after the allowance an offline tap may still arrive: one month, so one settlement."""

REMEMBERED_MAX = 256
"""Periods of civil days, as they were worked out: today's few, and those of late taps."""


@dataclass(frozen=True, slots=True)
class Period:
    """The bucket of a quota, the period of its key, and the instant after which the key may be destroyed."""

    bucket: str
    key_period: str
    closes_at: datetime


def period_of(
    per: QuotaPeriod,
    at: datetime,
    *,
    zone: ZoneInfo,
    reversal_window: timedelta,
    occasion: tuple[str, datetime] | None = None,
) -> Period:
    """Return the period that an instant falls into.

    `occasion` names an occasion among all partners' and says when it was first announced to end; it is
    demanded where `per` is OCCASION. A show that is put off stays in its period, or its quota would begin anew.
    `closes_at` depends on the key period and the reward's window alone, so that all who make the key agree.
    """
    if per is not QuotaPeriod.OCCASION:
        return _civil_period(per, at.astimezone(zone).date(), zone, reversal_window)
    if occasion is None:
        raise ValueError("a quota per occasion needs an occasion")
    name, announced_end = occasion
    start = announced_end.astimezone(zone).date().replace(day=1)
    return _period(per, f"occasion:{name}", start, zone=zone, reversal_window=reversal_window)


@lru_cache(REMEMBERED_MAX)
def _civil_period(per: QuotaPeriod, day: date, zone: ZoneInfo, reversal_window: timedelta) -> Period:
    bucket, start = _civil_bucket(per, day)
    return _period(per, bucket, start, zone=zone, reversal_window=reversal_window)


def _period(per: QuotaPeriod, bucket: str, start: date, *, zone: ZoneInfo, reversal_window: timedelta) -> Period:
    """Return a bucket's period by a civil day: its own first, or for an occasion the first of the month."""
    yearly = per is QuotaPeriod.YEAR
    key_period = f"{start.year:04d}" if yearly else f"{start.year:04d}-{start.month:02d}"
    end = date(start.year + 1, 1, 1) if yearly else _next_month(start)
    if per is QuotaPeriod.WEEK:
        end += timedelta(days=6)  # a week that starts on the month's last day ends six days later
    midnight = datetime.combine(end, time.min, tzinfo=zone).astimezone(UTC)
    return Period(bucket, key_period, midnight + reversal_window + OFFLINE_ALLOWANCE_MAX + UPLOAD_WINDOW)


def _civil_bucket(per: QuotaPeriod, day: date) -> tuple[str, date]:
    """The bucket's label and the first civil day of the day, week, month or year."""
    if per is QuotaPeriod.DAY:
        return day.isoformat(), day
    if per is QuotaPeriod.WEEK:
        year, week, weekday = day.isocalendar()
        return f"{year:04d}-W{week:02d}", day - timedelta(days=weekday - 1)
    if per is QuotaPeriod.MONTH:
        return f"{day.year:04d}-{day.month:02d}", day.replace(day=1)
    return f"{day.year:04d}", day.replace(month=1, day=1)


def _next_month(day: date) -> date:
    return date(day.year + day.month // 12, day.month % 12 + 1, 1)
