"""Taking a redemption back: each unit once, its quota restored once, in the period it came from."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update

from gateway.domain.ledger import ANNULMENT_WINDOW, Committed, Entry, EntryKind, NotAccepted, Outcome, Reverse
from gateway.domain.redemptions import Reason, ReversalReason
from gateway.store.counters import give_quota
from gateway.store.entries import Transaction, accept, claim, deny
from gateway.store.evidence import keep, period_end
from gateway.store.recalling import already, redemption_of
from gateway.store.seats import give_seats
from gateway.store.tables import ENTRY, REDEMPTION
from gateway.store.turns import Lock


async def reverse(tx: Transaction, command: Reverse) -> Outcome:
    """Give units back, or record the denial, or find what already answers."""
    if not await accept(tx, command):
        return NotAccepted()
    now = await claim(
        tx, command, kind=EntryKind.REVERSED, redemption_id=command.redemption_id, quantity=command.quantity
    )
    if now is None:
        return await already(tx, command.partner_id, command.request_id)
    outcome = await _give_back(tx, command, now)
    if isinstance(outcome, Reason):
        outcome = await deny(tx, command, now=now, reason=outcome, reference=None)
    return Committed(outcome, replayed=False)


async def _give_back(tx: Transaction, command: Reverse, now: datetime) -> Entry | Reason:
    """Return the entry, or the first reason against it. The row's lock orders competing reversals."""
    await tx.turn(Lock.EFFECT, command.redemption_id)
    found = await tx.connection.execute(
        select(REDEMPTION)
        .where(REDEMPTION.c.id == command.redemption_id, REDEMPTION.c.partner_id == command.partner_id)
        .with_for_update()
    )
    row = found.first()
    if row is None:
        return Reason.NOT_FOUND
    reason = _too_late(row, command, now)
    if reason is not None:
        return reason
    remaining = row.quantity - row.reversed_quantity
    quantity = remaining if command.quantity is None else command.quantity
    if remaining == 0 or quantity > remaining:
        return Reason.QUANTITY_EXCEEDED
    reversed_quantity = row.reversed_quantity + quantity
    overdraft = min(quantity, row.overdraft)  # what no quota held, none gets back
    await tx.connection.execute(
        update(REDEMPTION)
        .where(REDEMPTION.c.id == row.id)
        .values(reversed_quantity=reversed_quantity, overdraft=row.overdraft - overdraft)
    )
    await tx.turn(Lock.QUOTA, row.pseudonym, row.bucket)
    await give_quota(tx, row.pseudonym, row.bucket, used=quantity - overdraft, overdraft=overdraft)
    await tx.connection.execute(
        update(ENTRY)
        .where(ENTRY.c.partner_id == command.partner_id, ENTRY.c.request_id == command.request_id)
        .values(quantity=quantity, reversed_quantity=reversed_quantity, reason=command.reason.value)
    )
    await keep(tx, command, redemption_id=row.id, closes_at=period_end(row.reward, row.key_period))
    if row.occasion is not None:
        await tx.turn(Lock.OCCASION, command.partner_id, row.occasion)
        await give_seats(tx, command.partner_id, row.occasion, used=quantity)  # last: everybody comes for this row
    return Entry(
        fingerprint=command.fingerprint,
        kind=EntryKind.REVERSED,
        redemption=redemption_of(row, reversed_quantity=reversed_quantity),
    )


def _too_late(row: Row[Any], command: Reverse, now: datetime) -> Reason | None:
    """Return why a redemption can't be taken back any more, or not by this device.

    That a gate did not open only that gate can know, and only at once: it is judged by when it happened.
    """
    if command.reason is not ReversalReason.GATE_NOT_OPENED:
        return Reason.WINDOW_CLOSED if now > row.reversible_until else None
    if command.device_id != row.device_id:
        return Reason.NOT_FOUND
    happened_at = command.happened_at or now
    return Reason.WINDOW_CLOSED if happened_at > (row.happened_at or row.redeemed_at) + ANNULMENT_WINDOW else None
