"""Pairing a resident's phone: the card office issues live passes and shows a code, the phone brings the code."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.pairings import Claim, FreshPairing, Paired
from gateway.domain.passes import IssuedPass


class PairingCodes(Protocol):
    """Makes codes and reads them. Implemented by auth."""

    def fresh(self, pairings: Sequence[tuple[str, str]]) -> FreshPairing:
        """Return a new code for some pairings, each with its sector."""
        ...

    def claim(self, typed: str, phone: str) -> Claim:
        """Return what a phone asks for, or raise MalformedInput."""
        ...

    def open(self, claim: Claim, sealed: bytes) -> Paired:
        """Return the pairings that were sealed under a claim's code."""
        ...


class PairingRows(Protocol):
    """Codes at rest. Implemented by store."""

    async def offer(self, fresh: FreshPairing) -> datetime:
        """Put a code on record; return when it ends."""
        ...

    async def take(self, claim: Claim) -> bytes | None:
        """Return what is sealed under a code, to the first phone that brings it; None to every other."""
        ...


async def offer_pairing(
    codes: PairingCodes, rows: PairingRows, issued: Sequence[IssuedPass]
) -> tuple[str, datetime]:
    """Return a code for live passes that were issued just now, and when it ends.

    Raises:
        Unavailable: nobody knows whether the code is on record: issue the passes again, in place of these.
    """
    fresh = codes.fresh([(one.sector, one.texts[0]) for one in issued])
    return fresh.code, await rows.offer(fresh)


async def pair_phone(codes: PairingCodes, rows: PairingRows, *, code: str, phone: str) -> Paired | None:
    """Return what a code is for; None where it is unknown, has ended, or is another phone's: nobody learns which.

    A phone whose answer was lost asks again with the same name for itself.

    Raises:
        MalformedInput: it is no code, or mistyped.
        Unavailable: the database can't answer.
    """
    claim = codes.claim(code, phone)
    sealed = await rows.take(claim)
    return None if sealed is None else codes.open(claim, sealed)
