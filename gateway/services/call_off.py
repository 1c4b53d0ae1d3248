"""Cancel an occasion for a partner whose box office can't: the steward's way to what `cancel_occasion` does."""

import secrets
from collections.abc import AsyncIterator

from gateway.domain.ledger_port import Ledger
from gateway.domain.occasions import Cancellation, CancellationStatus
from gateway.domain.steward_ports import Closings


async def call_off(
    closings: Closings, ledger: Ledger, *, partner_id: str, occasion: str
) -> AsyncIterator[Cancellation]:
    """Close an occasion and take everything back; yield how far it is, at first and after each step, to the end.

    Nothing comes where there is no such occasion. Whoever was stopped begins again, and it goes on where it was,
    be it the steward's or the partner's own `cancelOccasion`.

    Raises:
        Unavailable: what is undone stays so.
    """
    state = await closings.close(partner_id, occasion, cancellation_id=f"cnl_{secrets.token_urlsafe(16)}")
    while state is not None:
        yield state
        if state.status is CancellationStatus.DONE:
            return
        state = await ledger.advance(partner_id, state)
