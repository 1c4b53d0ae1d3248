"""Holds: units and seats kept for somebody for some minutes, until they are confirmed, released or too late."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

HOLD_MIN = timedelta(minutes=2)
"""Nobody pays faster; and a retry after a lost answer has to find the hold alive."""

HOLD_MAX = timedelta(minutes=15)
"""Whoever doesn't come back must not keep seats from others any longer."""


class HoldStatus(StrEnum):
    """What became of a hold. Whether one has expired is the database's clock to say, whenever somebody asks."""

    HELD = "HELD"
    RELEASED = "RELEASED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """A hold as its partner may see it, as it stood right after the request that is answered.

    One that was confirmed is seen as its redemption.
    """

    id: str
    request_id: str
    reward: str
    quantity: int
    occasion: str | None
    status: HoldStatus
    held_at: datetime
    expires_at: datetime
    replayed: bool = False


class HeldPasses(Protocol):
    """Seals which pass a hold was taken with, for as long as the hold keeps units. Implemented by auth."""

    def seal(self, pass_id: int, *, hold_id: str) -> bytes:
        """Return the pass's id so that nobody reads it without the key home, nor takes it for another hold's.

        Raises:
            KeysMissing: there is no key to seal with.
        """
        ...

    def open(self, sealed: bytes, *, hold_id: str) -> int:
        """Return the id of the pass.

        Raises:
            KeysMissing: there is no key to open it with.
        """
        ...
