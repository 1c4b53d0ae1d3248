"""Shows, matches and screenings: what partners sell seats for, and what becomes of one that is cancelled."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One show, match or screening of a partner, as the steward imported it.

    `used` are the seats that were redeemed, `held` those that are held, ended holds included until somebody needs
    the seats. `announced_end` is the end that it was first imported with; it stays when the show is put off.
    """

    id: str
    partner_id: str
    reward: str
    capacity: int
    used: int
    ends_at: datetime
    announced_end: datetime
    held: int = 0
    cancelled_at: datetime | None = None

    @property
    def name(self) -> str:
        """Its name among all partners' occasions: their ids are their own."""
        return f"{self.partner_id}/{self.id}"


class OccasionStatus(StrEnum):
    """Whether an occasion can still be redeemed for, by the database's clock."""

    ON = "ON"
    OVER = "OVER"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedOccasion:
    """An occasion as its partner may see it. `available` are the seats that are neither redeemed nor held now."""

    id: str
    reward: str
    capacity: int
    available: int
    ends_at: datetime
    status: OccasionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class OccasionPage:
    """A part of a partner's occasions, by their end."""

    occasions: tuple[ListedOccasion, ...]
    has_more: bool


class CancellationStatus(StrEnum):
    """How far a cancellation is."""

    RUNNING = "RUNNING"
    DONE = "DONE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """An occasion that was called off, and how far its redemptions and holds have been undone.

    `remaining` counts the redemptions and holds that still stand; there will be no new ones. `finished_at` is set
    once there are none.
    """

    id: str
    request_id: str
    occasion: str
    reward: str
    cancelled_at: datetime
    finished_at: datetime | None
    reversed_redemptions: int
    reversed_units: int
    released_holds: int
    remaining: int
    replayed: bool = False

    @property
    def status(self) -> CancellationStatus:
        """How far it is."""
        return CancellationStatus.RUNNING if self.finished_at is None else CancellationStatus.DONE
