"""From the ledger's outcome to the answer: the same entry always gives the same answer."""

from dataclasses import replace
from typing import assert_never

from gateway.domain.errors import NotAuthentic
from gateway.domain.ledger import Committed, Entry, InFlight, NotAccepted, Outcome
from gateway.domain.redemptions import Reason, Redemption, Refused


def answer(outcome: Outcome, fingerprint: bytes) -> Redemption | Refused:
    """Return the answer to the request that a command was made for.

    Raises:
        NotAuthentic: the proof was used before, or the device was revoked meanwhile.
    """
    match outcome:
        case Committed(entry, replayed):
            return answer_of(entry, fingerprint, replayed=replayed)
        case InFlight():
            return Refused(Reason.IN_PROGRESS)
        case NotAccepted():
            raise NotAuthentic("proof-used-or-device-revoked")
        case _:
            assert_never(outcome)


def answer_of(entry: Entry, fingerprint: bytes, *, replayed: bool) -> Redemption | Refused:
    """Return what an entry says to a request with a fingerprint: another request under its id is refused."""
    if entry.fingerprint != fingerprint:
        return Refused(Reason.REQUEST_REUSED)
    if entry.redemption is not None:
        return replace(entry.redemption, replayed=replayed)
    if entry.reason is None:
        raise ValueError("an entry has a redemption or a reason")
    return Refused(entry.reason, entry.reference, replayed)
