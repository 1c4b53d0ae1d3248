"""From the ledger's outcome to the answer: the same entry always gives the same answer."""

from dataclasses import replace
from typing import TypeVar, assert_never

from gateway.domain.errors import NotAuthentic
from gateway.domain.holds import Hold
from gateway.domain.ledger import Committed, Entry, InFlight, NotAccepted, Outcome
from gateway.domain.occasions import Cancellation
from gateway.domain.redemptions import Reason, Redemption, Refused

T = TypeVar("T", Redemption, Hold, Cancellation)


def answer(outcome: Outcome, fingerprint: bytes, kind: type[T]) -> T | Refused:
    """Return the answer to the request that a command was made for; `kind` is what it had to have for an effect.

    Raises:
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
    """
    match outcome:
        case Committed(entry, replayed):
            return answer_of(entry, fingerprint, kind, replayed=replayed)
        case InFlight():
            return Refused(Reason.IN_PROGRESS)
        case NotAccepted():
            raise NotAuthentic("proof-used-or-device-revoked")
        case _:
            assert_never(outcome)


def answer_of(entry: Entry, fingerprint: bytes, kind: type[T], *, replayed: bool) -> T | Refused:
    """Return what an entry says to a request with a fingerprint: another request under its id is refused."""
    if entry.fingerprint != fingerprint:
        return Refused(Reason.REQUEST_REUSED)
    if entry.reason is not None:
        return Refused(entry.reason, entry.reference, replayed)
    for effect in (entry.redemption, entry.hold, entry.cancellation):
        if isinstance(effect, kind):
            return replace(effect, replayed=replayed)
    raise ValueError("the fingerprint of an operation belongs to an effect of its kind")
