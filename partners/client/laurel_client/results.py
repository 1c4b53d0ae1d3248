"""The gateway's answers, typed, to `match` on.

An enum's `OTHER` stands for a value newer than this client; the answer's message says it in words.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class OpenEnum(StrEnum):
    """A list that the gateway may add to."""

    @classmethod
    def _missing_(cls, value: object) -> "OpenEnum":
        return cls["OTHER"]


class Reason(OpenEnum):
    """Why a request was refused. `NOT_ELIGIBLE` is all that a partner learns about a person."""

    REQUEST_REUSED = "REQUEST_REUSED"
    IN_PROGRESS = "IN_PROGRESS"
    UNKNOWN_REWARD = "UNKNOWN_REWARD"
    UNKNOWN_OCCASION = "UNKNOWN_OCCASION"
    SOLD_OUT = "SOLD_OUT"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NOT_FOUND = "NOT_FOUND"
    HOLD_ENDED = "HOLD_ENDED"
    WINDOW_CLOSED = "WINDOW_CLOSED"
    QUANTITY_EXCEEDED = "QUANTITY_EXCEEDED"
    OTHER = "OTHER"


class Status(OpenEnum):
    """What remains of a redemption."""

    REDEEMED = "REDEEMED"
    PARTLY_REVERSED = "PARTLY_REVERSED"
    REVERSED = "REVERSED"
    OTHER = "OTHER"


class Doubt(OpenEnum):
    """Why the gateway may not decide."""

    REGISTRY_TOO_OLD = "REGISTRY_TOO_OLD"
    KEYS_MISSING = "KEYS_MISSING"
    OTHER = "OTHER"


class ReversalReason(StrEnum):
    """Why a partner takes a redemption back."""

    RETURNED = "RETURNED"
    SALE_FAILED = "SALE_FAILED"
    MISTAKE = "MISTAKE"
    GATE_NOT_OPENED = "GATE_NOT_OPENED"
    OCCASION_CANCELLED = "OCCASION_CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """One recorded effect. `replayed` says that this answer was given before, to the same request id.

    `tariff_fen` is what the city pays for a unit; lists tell it, for your books.
    """

    id: str
    request_id: str
    reward: str
    quantity: int
    reversed_quantity: int
    status: Status
    occasion: str | None
    redeemed_at: datetime
    reversible_until: datetime
    replayed: bool
    tariff_fen: int | None = None


class HoldStatus(OpenEnum):
    """What a request made of a hold."""

    HELD = "HELD"
    RELEASED = "RELEASED"
    OTHER = "OTHER"


class OccasionStatus(OpenEnum):
    """Whether an occasion can be redeemed for."""

    ON = "ON"
    OVER = "OVER"
    CANCELLED = "CANCELLED"
    OTHER = "OTHER"


class CancellationStatus(OpenEnum):
    """How far a cancellation is."""

    RUNNING = "RUNNING"
    DONE = "DONE"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Units that are kept until `expires_at`, by the gateway's clock. One that was confirmed is a `Redemption`."""

    id: str
    request_id: str
    reward: str
    quantity: int
    status: HoldStatus
    occasion: str | None
    held_at: datetime
    expires_at: datetime
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One show, match or screening of the partner's. `available` units are neither redeemed nor held right now."""

    id: str
    reward: str
    ends_at: datetime
    capacity: int
    available: int
    status: OccasionStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancellation:
    """An occasion that is cancelled: how much of it has been taken back, and how much remains."""

    id: str
    request_id: str
    occasion: str
    reward: str
    status: CancellationStatus
    reversed: int
    reversed_units: int
    released_holds: int
    remaining: int
    cancelled_at: datetime
    finished_at: datetime | None
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """The request was understood and is not granted. `reference` is for the resident, at a volunteer desk."""

    reason: Reason
    message: str
    reference: str | None
    replayed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Undetermined:
    """The gateway is up but may not decide now. This is not a denial: the same request may come again."""

    doubt: Doubt
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Eligible:
    """The pass may have the reward now. `remaining` is None unless the reward's policy discloses it."""

    reward: str
    quantity: int
    remaining: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NotEligible:
    """The one denial, the same for every cause. `reference` is for the resident, at a volunteer desk."""

    message: str
    reference: str | None
