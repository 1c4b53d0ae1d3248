"""The ledger's language: commands that go in, entries that come out.

Every request with an outcome is one entry, unique per (partner, request id) for ever. A redemption by
somebody who is not eligible is the same command against an *allowance of zero*: the conditional update
that guards the quota refuses it, so that every denial costs the same statements.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.eligibility import Cause
from gateway.domain.partners import ProofId
from gateway.domain.redemptions import Reason, Redemption, ReversalReason

PIN_TRIES_MAX = 3
"""Wrong PINs before a reward is locked for that pass; a four-digit PIN withstands no more."""

PIN_LOCK = timedelta(hours=1)
"""How long a counter of wrong PINs lives after the last try; then it deletes itself."""

DENIAL_RETENTION = timedelta(days=30)
"""How long a denial answers for its request id: the longest that a partner would still retry it."""


class EntryKind(StrEnum):
    """What a request did."""

    REDEEMED = "REDEEMED"
    REVERSED = "REVERSED"
    DENIED = "DENIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The committed outcome of one request. It never changes: a retry gets it again.

    `redemption` is the redemption as it stood right after the entry; a denial has `reason` instead.
    """

    fingerprint: bytes = field(repr=False)
    kind: EntryKind
    redemption: Redemption | None = None
    reason: Reason | None = None
    reference: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PinTry:
    """One PIN, or none, for a resident and a reward: the key of the counter, and whether it was right.

    A missing PIN is as little right as a wrong one, but it is no try: a forgetful desk locks nobody out.
    """

    counter: bytes = field(repr=False)
    presented: bool
    right: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What every command carries: who asks, the idempotency key, the proof that is used up by it, and that proof
    sealed, which is kept as evidence where there is an effect.
    """

    partner_id: str
    device_id: str
    request_id: str
    fingerprint: bytes = field(repr=False)
    proof: ProofId = field(repr=False)
    evidence: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeem(Command):
    """Take `quantity` units of a quota and record the redemption, or record the denial.

    `allowance` is the quota's limit, 0 where `cause` already speaks against it; `pseudonym` and `bucket`
    name the quota (random where there is no one). `seal` turns a cause into a reference.
    """

    redemption_id: str
    reward: str
    quantity: int
    tariff_fen: int
    policy_version: str
    reversal_window: timedelta
    occasion: str | None
    pass_id: int | None
    pseudonym: bytes = field(repr=False)
    bucket: str
    key_period: str
    allowance: int
    cause: Cause | None
    pin: PinTry | None
    seal: Callable[[Cause], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse(Command):
    """Give back units of a redemption and of its quota: `quantity`, or all that remains."""

    redemption_id: str
    quantity: int | None
    reason: ReversalReason


@dataclass(frozen=True, slots=True)
class Committed:
    """The entry that now answers for the request; `replayed` where an earlier request made it."""

    entry: Entry
    replayed: bool


@dataclass(frozen=True, slots=True)
class InFlight:
    """Another request with the same id is being decided right now; nothing was recorded."""


@dataclass(frozen=True, slots=True)
class NotAccepted:
    """The proof was seen before, or its device has been revoked; nothing was recorded."""


Outcome = Committed | InFlight | NotAccepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """One show, match or screening of a partner, as the steward imported it.

    `announced_end` is the end that it was first imported with; it stays when the show is put off.
    """

    id: str
    partner_id: str
    reward: str
    capacity: int
    used: int
    ends_at: datetime
    announced_end: datetime

    @property
    def name(self) -> str:
        """Its name among all partners' occasions: their ids are their own."""
        return f"{self.partner_id}/{self.id}"
