"""What happened: redemptions, and the refusals that are answers rather than errors."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.domain.eligibility import Basis


class Reason(StrEnum):
    """Why a request was refused, in order of precedence: what is not about the person comes first."""

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


class RedemptionStatus(StrEnum):
    """What remains of a redemption."""

    REDEEMED = "REDEEMED"
    PARTLY_REVERSED = "PARTLY_REVERSED"
    REVERSED = "REVERSED"


class ReversalReason(StrEnum):
    """Why a partner takes a redemption back; a fixed list, for no free text about a person exists."""

    RETURNED = "RETURNED"
    SALE_FAILED = "SALE_FAILED"
    MISTAKE = "MISTAKE"
    GATE_NOT_OPENED = "GATE_NOT_OPENED"
    OCCASION_CANCELLED = "OCCASION_CANCELLED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Redemption:
    """One recorded effect, as its partner may see it. Ids are fresh per event and say nothing of the resident.

    `happened_at` is set where a gate granted it offline; it was recorded, at `redeemed_at`, when it arrived.
    """

    id: str
    request_id: str
    reward: str
    quantity: int
    reversed_quantity: int
    occasion: str | None
    redeemed_at: datetime
    reversible_until: datetime
    tariff_fen: int
    policy_version: str
    happened_at: datetime | None = None
    replayed: bool = False

    @property
    def status(self) -> RedemptionStatus:
        """What remains of it."""
        if self.reversed_quantity == 0:
            return RedemptionStatus.REDEEMED
        if self.reversed_quantity < self.quantity:
            return RedemptionStatus.PARTLY_REVERSED
        return RedemptionStatus.REVERSED


@dataclass(frozen=True, slots=True)
class Refused:
    """The request was understood and can't be granted.

    `reference` is set where the refusal is about the pass: the sealed cause, for the pass's holder alone.
    """

    reason: Reason
    reference: str | None = None
    replayed: bool = False


class Doubt(StrEnum):
    """Why the gateway may not decide."""

    REGISTRY_TOO_OLD = "REGISTRY_TOO_OLD"
    KEYS_MISSING = "KEYS_MISSING"


@dataclass(frozen=True, slots=True)
class Undetermined:
    """The gateway is up but may not decide. Never stored as a denial; the same request may come again."""

    doubt: Doubt


@dataclass(frozen=True, slots=True)
class Eligible:
    """The pass may have the reward now. The rest is None unless the reward's policy discloses it."""

    reward: str
    quantity: int
    remaining: int | None
    basis: Basis | None


@dataclass(frozen=True, slots=True)
class NotEligible:
    """The one denial: the same for every cause."""

    reference: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """One reversal of a redemption: so many units, at this instant."""

    request_id: str
    quantity: int
    reversed_at: datetime
    reason: ReversalReason


@dataclass(frozen=True, slots=True)
class Window:
    """From an instant on, and before another; either end may be open."""

    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A window on the caller's redemptions, newest first, with all reversals of each by its id, oldest first."""

    redemptions: tuple[Redemption, ...]
    has_more: bool
    reversals: Mapping[str, tuple[Reversal, ...]] = field(default_factory=dict)
