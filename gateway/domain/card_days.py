"""For how many days passes are good, and the civil day on which one ends."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PassForm
from gateway.domain.showings import SLIP_DAYS_MAX

CARD_DAYS = 400
"""A card outlives the yearly credit update by a month."""

CARD_DAYS_MAX = 1095
"""Three years, as long as the keys that verify it are kept."""


def expiry(days: int, form: PassForm, *, now: datetime) -> datetime:
    """Return when a pass ends that is good for some days from now.

    Raises:
        MalformedInput: no pass of this form is good for so long, or for less than a day.
    """
    most = SLIP_DAYS_MAX if form is PassForm.SLIP else CARD_DAYS_MAX
    if not 1 <= days <= most:
        what = "A slip" if form is PassForm.SLIP else "A pass"
        raise MalformedInput("days", f"{what} is good for {most} days at most.")
    return now + timedelta(days=days)


def last_day(expires_at: datetime, zone: ZoneInfo) -> date:
    """Return the last civil day on which a pass works."""
    return (expires_at - timedelta(seconds=1)).astimezone(zone).date()
