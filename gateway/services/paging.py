"""Pages of a partner's own lists: how many at once, and between which instants."""

from contextlib import suppress
from datetime import UTC, datetime

from gateway.domain.errors import MalformedInput

PAGE_MAX = 200
"""Items in one page: about 60 KiB of answer for redemptions."""


def require_page_size(first: int) -> None:
    """Refuse a page that is empty or too large.

    Raises:
        MalformedInput: `first` is not from 1 to PAGE_MAX.
    """
    if not 1 <= first <= PAGE_MAX:
        raise MalformedInput("first", f"Give a whole number from 1 to {PAGE_MAX}.")


def in_utc(argument: str, instant: datetime | None) -> datetime | None:
    """Return an instant in UTC; one that has no zone, or that lies outside of UTC's calendar, can't be meant.

    Raises:
        MalformedInput: it can't be meant.
    """
    if instant is None:
        return None
    with suppress(OverflowError):
        if instant.tzinfo is not None:
            return instant.astimezone(UTC)
    raise MalformedInput(argument, "Give a time with its zone, such as 2026-11-01T00:00:00+08:00.")
