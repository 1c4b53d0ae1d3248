"""Granting while the line is down: what a device may decide alone, what it uploads, and what becomes of it.

An *allowance* is signed by the gateway: so many units of these rewards, for so long. Inside it the partner is
paid for every tap, whoever showed the pass: so a verdict says nothing about a person, and uploading is no way
to look people up. What the resident's quota does not hold is *overdraft*, which the city bears. Beyond it a
tap is rejected unread.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Protocol

from gateway.domain.errors import MalformedInput
from gateway.domain.ledger import NotAccepted, Redeem
from gateway.domain.passes import PresentedPass
from gateway.domain.periods import UPLOAD_WINDOW
from gateway.domain.requests import require_name, require_quantity, require_request_id

TAPS_MAX = 32
"""Taps in one upload. With pass tokens of usual length, 16 KiB of body hold somewhat fewer."""

CLOCK_SKEW = timedelta(seconds=60)
"""How far a gate's clock may be off, as for proofs."""


class Verdict(StrEnum):
    """What became of a tap."""

    ACCEPTED = "ACCEPTED"
    ACCEPTED_LATE = "ACCEPTED_LATE"
    DUPLICATE = "DUPLICATE"
    REJECTED = "REJECTED"


class Rejection(StrEnum):
    """Why a tap was rejected, in order of precedence. None of these is about a person."""

    REQUEST_REUSED = "REQUEST_REUSED"
    DENIED_ONLINE = "DENIED_ONLINE"
    UNKNOWN_REWARD = "UNKNOWN_REWARD"
    OUTSIDE_ALLOWANCE = "OUTSIDE_ALLOWANCE"
    PERIOD_CLOSED = "PERIOD_CLOSED"
    BEYOND_ALLOWANCE = "BEYOND_ALLOWANCE"
    NOT_VERIFIABLE = "NOT_VERIFIABLE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What one device may grant alone. All that it is handed on one civil day are one: they share `units`."""

    partner_id: str
    device_id: str
    day: date
    units: int
    rewards: frozenset[str]
    issued_at: datetime
    ends_at: datetime

    @property
    def upload_until(self) -> datetime:
        """The last instant at which its taps are accepted."""
        return self.ends_at + UPLOAD_WINDOW

    def covers(self, happened_at: datetime, now: datetime) -> bool:
        """Whether the device was to decide alone at an instant, which lies in the past."""
        return self.issued_at - CLOCK_SKEW <= happened_at <= min(self.ends_at, now) + CLOCK_SKEW


@dataclass(frozen=True, slots=True, kw_only=True)
class Tap:
    """One tap as a gate stored it."""

    request_id: str
    presented: PresentedPass
    reward: str
    quantity: int
    happened_at: datetime

    def __post_init__(self) -> None:
        require_request_id(self.request_id)
        require_name("reward", self.reward)
        require_quantity(self.quantity)
        if self.happened_at.tzinfo is None:
            raise MalformedInput("happenedAt", "Give a time with its zone, such as 2026-11-01T08:00:00+08:00.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """Taps of one allowance. Each stands for itself; none may be there twice."""

    allowance: str
    taps: Sequence[Tap]

    def __post_init__(self) -> None:
        if not 1 <= len(self.taps) <= TAPS_MAX:
            raise MalformedInput("taps", f"Give from 1 to {TAPS_MAX} taps.")
        if len({tap.request_id for tap in self.taps}) < len(self.taps):
            raise MalformedInput("taps", "One requestId is there twice.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordTap(Redeem):
    """The command that a tap becomes: a redemption at its event's time, or a rejection.

    `day` and `units` are the allowance's. Of a rejected tap nothing but reward, quantity and times is kept.
    """

    taken_by: str
    day: date
    units: int
    happened_at: datetime
    late: bool
    rejection: Rejection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is on record under a request id. `verdict` is None where no tap is: the request came online."""

    fingerprint: bytes | None = field(repr=False)
    redemption_id: str | None
    verdict: Verdict | None
    rejection: Rejection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """The database's clock, the units that an allowance has used, and what is known of some request ids."""

    now: datetime
    used: int
    known: Mapping[str, Known]


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A tap's verdict as its partner hears it."""

    request_id: str
    verdict: Verdict
    rejection: Rejection | None = None
    redemption_id: str | None = None


class Uploads(Protocol):
    """The ledger's side of uploads."""

    async def now(self) -> datetime:
        """Return the database's clock."""
        ...

    async def state(self, partner_id: str, allowance: Allowance, request_ids: Sequence[str]) -> State:
        """Return what an upload has to know before a pass is opened."""
        ...

    async def record(self, taps: Sequence[RecordTap]) -> Mapping[str, Judged] | NotAccepted:
        """Record taps in one transaction, and return the verdicts of those that were not on record meanwhile.

        Raises:
            Unavailable: nothing is known to be recorded; the same upload may be sent again.
        """
        ...


class Allowances(Protocol):
    """Signs allowances and knows them again. Implemented by auth."""

    def sign(self, allowance: Allowance) -> str:
        """Return the allowance as a compact JWS.

        Raises:
            KeysMissing: there is no key to sign with.
        """
        ...

    def open(self, text: str, *, partner_id: str) -> Allowance:
        """Return the allowance that the gateway signed for a device of a partner, however old it is.

        Raises:
            MalformedInput: it is none, or another partner's.
        """
        ...
