"""The ledger's language: commands that go in, entries that come out.

Every request with an outcome is one entry, unique per (partner, request id) for ever. A redemption by
somebody who is not eligible is the same command against an *allowance of zero*: the conditional update
that guards the quota refuses it, so that every denial costs the same statements. So is a hold, for a while.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from gateway.domain.eligibility import Cause
from gateway.domain.holds import Hold
from gateway.domain.occasions import Cancellation
from gateway.domain.partners import ProofId
from gateway.domain.redemptions import Reason, Redemption, ReversalReason

PIN_TRIES_MAX = 3
"""Wrong PINs before a reward is locked for that pass; a four-digit PIN withstands no more."""

PIN_LOCK = timedelta(hours=1)
"""How long a counter of wrong PINs lives after the last try; then it deletes itself."""

ANNULMENT_WINDOW = timedelta(minutes=15)
"""How long a gate may say that it did not open: it knows within seconds, and its queue is sent again and again.
It is the gate's own fact, so the reward's window, longer or shorter, does not matter."""

DENIAL_RETENTION = timedelta(days=30)
"""How long a denial answers for its request id: the longest that a partner would still retry it."""


class EntryKind(StrEnum):
    """What a request did."""

    REDEEMED = "REDEEMED"
    REVERSED = "REVERSED"
    HELD = "HELD"
    CONFIRMED = "CONFIRMED"
    RELEASED = "RELEASED"
    CANCELLED = "CANCELLED"
    DENIED = "DENIED"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """The committed outcome of one request. It never changes: a retry gets it again.

    `redemption` and `hold` are as they stood right after the entry; a denial has `reason` instead. A cancellation
    alone goes on after its entry.
    """

    fingerprint: bytes = field(repr=False)
    kind: EntryKind
    redemption: Redemption | None = None
    hold: Hold | None = None
    cancellation: Cancellation | None = None
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


@dataclass(frozen=True, slots=True)
class Mark:
    """What makes sure that something shown has one effect: a keyed hash, and for how long it is remembered.

    `remembered` is None where it may be used again, and where there is nothing to mark.
    """

    digest: bytes = field(repr=False)
    remembered: timedelta | None


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
class Take(Command):
    """Take `quantity` units of a quota, and seats where there is an occasion, or record the denial.

    `allowance` is the quota's limit, 0 where `cause` already speaks against it; `pseudonym` and `bucket`
    name the quota (random where there is no one). What is `mark`ed can't have another effect. `seal` turns a
    cause into a reference.
    """

    reward: str
    quantity: int
    tariff_fen: int
    policy_version: str
    reversal_window: timedelta
    occasion: str | None
    pass_id: int | None
    mark: Mark
    pseudonym: bytes = field(repr=False)
    bucket: str
    key_period: str
    allowance: int
    cause: Cause | None
    pin: PinTry | None
    seal: Callable[[Cause], str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeem(Take):
    """Take units for good, and record the redemption."""

    redemption_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeHold(Take):
    """Take units for at most `lifetime`, and record the hold, with its pass as only `auth` can read it."""

    hold_id: str
    lifetime: timedelta
    sealed_pass: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Command):
    """Turn `quantity` units of a hold, or all of them, into a redemption, and release the others.

    `unseal` gives the id of the hold's pass, which must not be revoked, or raises KeysMissing.
    """

    hold_id: str
    redemption_id: str
    quantity: int | None
    unseal: Callable[[bytes], int] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Release(Command):
    """Give a hold's units back."""

    hold_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reverse(Command):
    """Give back units of a redemption and of its quota: `quantity`, or all that remains.

    `happened_at` is when the gate did not open, where it could say so only later: an annulment is judged by that.
    """

    redemption_id: str
    quantity: int | None
    reason: ReversalReason
    happened_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Command):
    """Call an occasion off: from this commit on nothing is redeemed, held or confirmed for it any more."""

    cancellation_id: str
    occasion: str


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
