"""What a resident may hear at the card office, with the pass and its PIN: why it was denied, and who asked."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date

from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Caller
from gateway.services.cause_words import CAUSE_WORDS
from gateway.services.explain_denial import HolderCheck, Unsealer, explain_denial
from gateway.web.office.orders import PIN_MAX, Members

LooksAt = Callable[[bytes], Awaitable[Sequence[tuple[date, str]]]]
"""Returns on which days which partners looked at the passes of whose secret this is."""


class Holders:
    """The work behind `/office/denial` and `/office/access-log`. Wrong PINs count, as at the command line."""

    def __init__(self, check: HolderCheck, unsealer: Unsealer, looks_at: LooksAt) -> None:
        self._check, self._unsealer, self._looks_at = check, unsealer, looks_at

    async def denial(self, _: Caller, asked: Members) -> Mapping[str, object]:
        """Say why a pass was denied. Whatever is wrong, there is one answer for it.

        Raises:
            MalformedInput: PIN, pass or reference don't go together, or the PIN is locked.
        """
        presented, pin = asked.presented(), asked.text("pin", longest=PIN_MAX)
        reference = asked.text("reference")
        asked.finish()
        cause = await explain_denial(self._check, self._unsealer, presented, pin=pin, reference=reference)
        if cause is None:
            raise MalformedInput("reference", "It does not open with this pass and this PIN.")
        zh, en = CAUSE_WORDS[cause]
        return {"cause": cause.value, "zh": zh, "en": en}

    async def access_log(self, _: Caller, asked: Members) -> Mapping[str, object]:
        """Say which partners asked about a resident's passes, and on which days.

        Raises:
            MalformedInput: PIN and pass don't go together, or the PIN is locked.
        """
        presented, pin = asked.presented(), asked.text("pin", longest=PIN_MAX)
        asked.finish()
        known = await self._check.holder(presented, pin)
        if known is None:
            raise MalformedInput("pass", "This pass and this PIN don't go together.")
        return {"looks": told(await self._looks_at(known[1].resident_secret))}


def told(looks: Sequence[tuple[date, str]]) -> Sequence[Mapping[str, str]]:
    """Return looks as they are told: day and partner."""
    return [{"day": day.isoformat(), "partner": partner} for day, partner in looks]
