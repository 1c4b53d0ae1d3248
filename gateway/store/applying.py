"""What is written to the ledger: commands and uploads, what each of them touches, and how each is done."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import assert_never

from gateway.domain.ledger import (
    Cancel,
    Confirm,
    Outcome,
    Redeem,
    Release,
    Reverse,
    Take,
    TakeHold,
)
from gateway.domain.offline import Judged, RecordTap
from gateway.store.cancelling import cancel
from gateway.store.entries import Transaction
from gateway.store.holding import confirm, release, take_hold
from gateway.store.redeeming import redeem
from gateway.store.reversing import reverse
from gateway.store.tapping import record_taps


@dataclass(frozen=True, slots=True)
class Taps:
    """The taps of one upload: one proof for all of them, and one transaction."""

    taps: Sequence[RecordTap]


Work = Redeem | TakeHold | Confirm | Release | Reverse | Cancel | Taps
Done = Outcome | Mapping[str, Judged]


class Kind(Enum):
    """With what a work may share a transaction: with its kind."""

    PLAIN = auto()
    """Redemptions without a PIN: each step is one statement for all of them."""
    SHORT = auto()
    LONG = auto()
    """With nothing: it does dozens of things itself."""


def kind_of(work: Work) -> Kind:
    """Return with what a work may share a transaction."""
    if isinstance(work, Cancel | Taps):
        return Kind.LONG
    return Kind.PLAIN if isinstance(work, Redeem) and work.pin is None else Kind.SHORT


def touches(work: Work) -> frozenset[Hashable]:
    """Return names of what no other work may touch at the same time, as far as it can be told beforehand.

    An occasion is not among them: everybody touches it.
    """
    if isinstance(work, Taps):
        return frozenset(name for tap in work.taps for name in _named(tap))
    return frozenset(_named(work))


def _named(work: Redeem | TakeHold | Confirm | Release | Reverse | Cancel) -> list[Hashable]:
    names: list[Hashable] = [(work.partner_id, work.request_id), work.proof.digest]
    match work:
        case Take():
            names += [work.mark.digest, (work.pseudonym, work.bucket)]
            if work.pin is not None:
                names.append(work.pin.counter)
        case Confirm() | Release():
            names.append(work.hold_id)
        case Reverse():
            names.append(work.redemption_id)
        case Cancel():
            names.append((work.partner_id, "occasion", work.occasion))
        case _:
            assert_never(work)
    return names


async def apply(tx: Transaction, work: Work) -> Done:
    """Do one work within a transaction, and return what answers it."""
    match work:
        case Redeem():
            return await redeem(tx, work)
        case TakeHold():
            return await take_hold(tx, work)
        case Confirm():
            return await confirm(tx, work)
        case Release():
            return await release(tx, work)
        case Reverse():
            return await reverse(tx, work)
        case Cancel():
            return await cancel(tx, work)
        case Taps():
            return await record_taps(tx, work.taps)
        case _:
            assert_never(work)
