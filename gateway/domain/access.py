"""Who looked at a pass: for its holder alone, by partner and day, and never with what came of it."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

KEPT = timedelta(days=92)
"""A quarter after the month of the look: a resident who wonders comes within weeks."""

KEY_NAME = "access log"
"""In the place of a reward, whose code has no space: the log's period keys are its own."""


@dataclass(frozen=True, slots=True)
class Look:
    """A partner looked a pass up on a civil day, or its gate took it on that day while the line was down.

    `secret` is the resident's; None where there was nobody.
    """

    partner_id: str
    day: date
    secret: bytes | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Tag:
    """A look as it is kept: 32 bytes that name neither resident, partner nor day, and when they are forgotten."""

    tag: bytes = field(repr=False)
    forget_after: datetime


class Tagger(Protocol):
    """Makes tags. Implemented by auth."""

    async def tag(self, look: Look, zone: ZoneInfo) -> Tag:
        """Return the tag of a look; of nobody's, one of this process's own.

        Raises:
            KeysMissing: the period of the look has closed.
            Unavailable: the database can't answer.
        """
        ...


class Looks(Protocol):
    """Tags at rest. Implemented by store."""

    async def put(self, tags: list[Tag]) -> None:
        """Keep tags; a known one is kept once.

        Raises:
            Unavailable: the database can't answer.
        """
        ...

    async def known(self, tags: list[bytes]) -> set[bytes]:
        """Return which of some tags are kept."""
        ...


class AccessLog(Protocol):
    """Where it is noted that a partner looks at a pass."""

    def note(self, look: Look) -> None:
        """Note it. Never waits and never fails: what can't be kept is counted and dropped."""
        ...


def key_period(day: date) -> str:
    """Return the month whose key hides the looks of a day."""
    return f"{day.year:04d}-{day.month:02d}"


def closes_at(day: date, zone: ZoneInfo) -> datetime:
    """Return when the key of a day's month is destroyed, and with it what the tags could say."""
    next_month = (day.replace(day=1) + timedelta(days=32)).replace(day=1)
    return datetime.combine(next_month, time.min, tzinfo=zone).astimezone(UTC) + KEPT
