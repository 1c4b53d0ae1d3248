"""When somebody who was erased may come back: not before every quota that was open then has ended.

A new record has a new secret, and with it new pseudonyms: nothing used would count against it.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.rewards import QuotaPeriod


def readmit_from(
    quotas: Iterable[QuotaPeriod], today: date, *, last_occasion: datetime | None, zone: ZoneInfo
) -> date:
    """Return the first civil day on which no quota is open that was open today.

    `last_occasion` is when the last occasion on sale ends: whoever has a ticket for it shall not get a second one.
    """
    days = [today + timedelta(days=1), *(_next_period(per, today) for per in quotas)]
    if last_occasion is not None:
        days.append(last_occasion.astimezone(zone).date() + timedelta(days=1))
    return max(days)


def _next_period(per: QuotaPeriod, today: date) -> date:
    if per is QuotaPeriod.YEAR:
        return date(today.year + 1, 1, 1)
    if per is QuotaPeriod.MONTH:
        return (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    if per is QuotaPeriod.WEEK:
        return today + timedelta(days=8 - today.isoweekday())
    return today + timedelta(days=1)
