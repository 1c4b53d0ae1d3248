"""A phone asks who looked at its holder's passes: by a question that it alone can make, and the PIN."""

from typing import Protocol

from gateway.domain.passes import OpenedPass, PassForm, PassRecord, Sighting
from gateway.domain.ports import PassDirectory, Pins
from gateway.services.explain_denial import PinCounter

PHONE = "on the phone"
"""In the place of a reward: wrong PINs on the phone lock the phone alone."""


class QuestionOpener(Protocol):
    """Opens questions. Implemented by auth."""

    def open_question(self, text: str) -> OpenedPass:
        """Return the live pass that a question is of, or a forged one.

        Raises:
            MalformedInput: it is no whole question.
        """
        ...


class PhoneCheck:
    """Knows the holder of a live pass by a fresh question and the PIN."""

    def __init__(self, opener: QuestionOpener, directory: PassDirectory, pins: Pins, counter: PinCounter) -> None:
        self._opener, self._directory, self._pins, self._counter = opener, directory, pins, counter

    async def asker(self, question: str, pin: str) -> PassRecord | None:
        """Return the record of the pass whose phone asks; None for whatever is wrong.

        At the card office a pass that was stopped still knows its holder. Here it does not: the phone may be lost.

        Raises:
            MalformedInput: it is no whole question.
            Unavailable: the database can't answer.
        """
        opened = self._opener.open_question(question)
        sighting = await self._directory.look_up(opened.handle, opened.mark)
        record = sighting.record
        right = await self._pins.matches(None if record is None else record.pin_hash, pin)
        if record is None or not _counts(opened, sighting, record):
            return None  # nobody's PIN is tried: a stranger shall lock nobody
        counter = self._pins.counter(record.resident_secret, PHONE)
        return record if await self._counter.try_pin(counter, right=right) else None


def _counts(opened: OpenedPass, sighting: Sighting, record: PassRecord) -> bool:
    if opened.forged or opened.showable is None or record.form is not PassForm.LIVE:
        return False
    begins, ends = opened.showable
    return begins <= sighting.now < ends and not record.revoked and sighting.now < record.expires_at
