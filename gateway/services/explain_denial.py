"""Telling a resident why a pass was denied: with the denial's reference, the pass, and its PIN.

Nothing was kept of the denial; the reference itself holds its cause, sealed under a key of the pass.
"""

from typing import Protocol

from gateway.domain.eligibility import Cause
from gateway.domain.passes import OpenedPass, PassRecord, PresentedPass
from gateway.domain.ports import PassDirectory, PassOpener, Pins


class Unsealer(Protocol):
    """Opens references. Implemented by auth."""

    def open(self, presented: OpenedPass, reference: str) -> Cause | None:
        """Return the cause in a reference; None where it is not one of this pass, or its key has ended."""
        ...


class PinCounter(Protocol):
    """Counts wrong PINs at the desk, by counters that delete themselves."""

    async def try_pin(self, counter: bytes, *, right: bool) -> bool:
        """Whether a right PIN counts now; a wrong one is counted, and after three none counts for an hour."""
        ...


class HolderCheck:
    """Knows the holder of a pass by its PIN; a pass without one has no holder that could be known."""

    def __init__(self, opener: PassOpener, directory: PassDirectory, pins: Pins, counter: PinCounter) -> None:
        self._opener, self._directory, self._pins, self._counter = opener, directory, pins, counter

    async def holder(self, presented: PresentedPass, pin: str) -> tuple[OpenedPass, PassRecord] | None:
        """Return the pass, opened and on record, where the PIN is right; None for whatever is wrong.

        A revoked or expired pass still knows its holder: why it was denied is just what is asked.

        Raises:
            MalformedInput: neither a token nor a well-formed code.
            Unavailable: the database can't answer.
        """
        opened = self._opener.open(presented)
        record = (await self._directory.look_up(opened.handle, opened.mark)).record
        right = await self._pins.matches(None if record is None else record.pin_hash, pin)
        whose = opened.handle if record is None else record.resident_secret
        counts = await self._counter.try_pin(self._pins.counter(whose, DESK), right=right)
        return (opened, record) if counts and record is not None and not opened.forged else None


DESK = "at the card office"
"""In the place of a reward: wrong PINs at the desk lock the desk alone."""


async def explain_denial(
    check: HolderCheck, unsealer: Unsealer, presented: PresentedPass, *, pin: str, reference: str
) -> Cause | None:
    """Return why a pass was denied; None for a wrong PIN, another pass or a reference that is none alike.

    Raises:
        MalformedInput: the pass is neither a token nor a well-formed code.
        Unavailable: the database can't answer.
    """
    known = await check.holder(presented, pin)
    return None if known is None else unsealer.open(known[0], reference)
