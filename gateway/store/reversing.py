"""Taking a redemption back: each unit once, its quota restored once, in the period it came from."""

from datetime import datetime

from sqlalchemy import select, update

from gateway.domain.ledger import Committed, Entry, EntryKind, InFlight, NotAccepted, Outcome, Reverse
from gateway.domain.redemptions import Reason
from gateway.store.entries import Transaction, accept, claim, deny, read_entry, redemption_of
from gateway.store.evidence import keep
from gateway.store.tables import ENTRY, OCCASION, QUOTA, REDEMPTION


async def reverse(tx: Transaction, command: Reverse) -> Outcome:
    """Give units back, or record the denial, or find what already answers."""
    if not await accept(tx, command):
        return NotAccepted()
    now = await claim(
        tx, command, kind=EntryKind.REVERSED, redemption_id=command.redemption_id, quantity=command.quantity
    )
    if now is None:
        entry = await read_entry(tx.connection, command.partner_id, command.request_id)
        return InFlight() if entry is None else Committed(entry, replayed=True)
    outcome = await _give_back(tx, command, now)
    if isinstance(outcome, Reason):
        outcome = await deny(tx, command, now=now, reason=outcome, reference=None)
    return Committed(outcome, replayed=False)


async def _give_back(tx: Transaction, command: Reverse, now: datetime) -> Entry | Reason:
    """Return the entry, or the first reason against it. The row's lock orders competing reversals."""
    found = await tx.connection.execute(
        select(REDEMPTION)
        .where(REDEMPTION.c.id == command.redemption_id, REDEMPTION.c.partner_id == command.partner_id)
        .with_for_update()
    )
    row = found.first()
    if row is None:
        return Reason.NOT_FOUND
    if now > row.reversible_until:
        return Reason.WINDOW_CLOSED
    remaining = row.quantity - row.reversed_quantity
    quantity = remaining if command.quantity is None else command.quantity
    if remaining == 0 or quantity > remaining:
        return Reason.QUANTITY_EXCEEDED
    reversed_quantity = row.reversed_quantity + quantity
    await tx.connection.execute(
        update(REDEMPTION).where(REDEMPTION.c.id == row.id).values(reversed_quantity=reversed_quantity)
    )
    if row.occasion is not None:
        await tx.connection.execute(
            update(OCCASION)
            .where(OCCASION.c.partner_id == command.partner_id, OCCASION.c.id == row.occasion)
            .values(used=OCCASION.c.used - quantity)
        )
    await tx.connection.execute(
        update(QUOTA)
        .where(QUOTA.c.pseudonym == row.pseudonym, QUOTA.c.bucket == row.bucket)
        .values(used=QUOTA.c.used - quantity)
    )
    await tx.connection.execute(
        update(ENTRY)
        .where(ENTRY.c.partner_id == command.partner_id, ENTRY.c.request_id == command.request_id)
        .values(quantity=quantity, reversed_quantity=reversed_quantity, reason=command.reason.value)
    )
    await keep(tx, command, redemption_id=row.id, reward=row.reward, key_period=row.key_period)
    return Entry(
        fingerprint=command.fingerprint,
        kind=EntryKind.REVERSED,
        redemption=redemption_of(row, reversed_quantity=reversed_quantity),
    )
