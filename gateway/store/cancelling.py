"""Calling an occasion off: at once for whoever comes, then one bounded transaction after another for whoever came.

The first transaction closes the occasion: redemptions, holds and confirmations take its row and look. Each
further one undoes some of what stands, with an entry for each, and counts in the row of the cancellation how far
it is. Killed in between, it goes on where it was.
"""

from sqlalchemy import delete, func, literal, select, update

from gateway.domain.ledger import Cancel, Committed, Entry, EntryKind, NotAccepted, Outcome
from gateway.domain.redemptions import Reason
from gateway.store.entries import Transaction, accept, claim, clock, deny
from gateway.store.evidence import keep
from gateway.store.instants import Instant
from gateway.store.recalling import already, read_cancellation
from gateway.store.seats import give_seats, is_occasion, lock_occasion
from gateway.store.tables import (
    CANCELLATION,
    HELD_QUOTA,
    HELD_SEAT,
    OCCASION,
    PERIOD_KEY,
)
from gateway.store.undoing import give_quotas, held, lock_quotas, release, reverse, standing

BATCH = 100
"""Redemptions, and holds, that one transaction undoes: it ends within a lock's timeout, and others wait no
longer."""


async def cancel(tx: Transaction, command: Cancel) -> Outcome:
    """Close an occasion, or find what already answers. Nothing is undone yet: `advance` does that."""
    if not await accept(tx, command):
        return NotAccepted()
    now = await claim(tx, command, kind=EntryKind.CANCELLED, occasion=command.occasion)
    if now is None:
        return await already(tx, command.partner_id, command.request_id)
    closed = await tx.connection.execute(
        update(OCCASION)
        .where(is_occasion(command.partner_id, command.occasion))
        .values(cancelled_at=func.coalesce(OCCASION.c.cancelled_at, literal(now, Instant())))
        .returning(OCCASION.c.reward)
    )
    reward = closed.scalar_one_or_none()
    if reward is None:
        entry = await deny(tx, command, now=now, reason=Reason.UNKNOWN_OCCASION, reference=None)
        return Committed(entry, replayed=False)
    await tx.connection.execute(
        tx.database.insert(CANCELLATION)
        .values(
            partner_id=command.partner_id,
            occasion=command.occasion,
            id=command.cancellation_id,
            redemptions=0,
            units=0,
            holds=0,
        )
        .on_conflict_do_nothing()
    )
    found = await read_cancellation(
        tx.connection, command.partner_id, command.occasion, request_id=command.request_id
    )
    # Kept while any period is open that a redemption of this occasion can be in; where none is, there is none.
    last = select(func.coalesce(func.max(PERIOD_KEY.c.closes_at), literal(now, Instant()))).where(
        PERIOD_KEY.c.reward == reward
    )
    await keep(tx, command, redemption_id=found.id, closes_at=last.scalar_subquery())
    entry = Entry(fingerprint=command.fingerprint, kind=EntryKind.CANCELLED, cancellation=found)
    return Committed(entry, replayed=False)


async def advance(tx: Transaction, partner_id: str, occasion: str) -> None:
    """Undo up to BATCH redemptions and BATCH holds of an occasion that was called off.

    Locks are taken in the order in which everybody takes them: redemptions and holds, quotas, the occasion; of
    each kind in the order of their keys. Two who cancel the same occasion wait for each other before all that.
    """
    await tx.database.exclude(tx.connection, f"cancellation {partner_id}/{occasion}")
    redemptions = await standing(tx, partner_id, occasion, most=BATCH)
    holds = await held(tx, partner_id, occasion, most=BATCH)
    ids = [hold.id for hold in holds]
    await lock_quotas(tx, redemptions, ids)
    if await lock_occasion(tx, partner_id, occasion):
        raise ValueError("only an occasion that was called off is undone")
    now = await clock(tx)
    seats = await tx.connection.execute(
        delete(HELD_SEAT).where(HELD_SEAT.c.hold_id.in_(ids)).returning(HELD_SEAT.c.quantity)
    )
    units = await tx.connection.execute(
        delete(HELD_QUOTA)
        .where(HELD_QUOTA.c.hold_id.in_(ids))
        .returning(HELD_QUOTA.c.pseudonym, HELD_QUOTA.c.bucket, HELD_QUOTA.c.quantity)
    )
    used = sum(row.quantity - row.reversed_quantity for row in redemptions)
    await give_seats(tx, partner_id, occasion, used=used, held=sum(seats.scalars()))
    await give_quotas(tx, redemptions, units.all())
    released = [hold.id for hold in holds if hold.expires_at > now]  # the others had ended by themselves
    await reverse(tx, partner_id, redemptions, now)
    await release(tx, partner_id, released, now)
    await tx.connection.execute(
        update(CANCELLATION)
        .where(CANCELLATION.c.partner_id == partner_id, CANCELLATION.c.occasion == occasion)
        .values(
            redemptions=CANCELLATION.c.redemptions + len(redemptions),
            units=CANCELLATION.c.units + used,
            holds=CANCELLATION.c.holds + len(released),
        )
    )
    state = await read_cancellation(tx.connection, partner_id, occasion, request_id="")
    if state.remaining == 0 and state.finished_at is None:
        await tx.connection.execute(
            update(CANCELLATION)
            .where(CANCELLATION.c.partner_id == partner_id, CANCELLATION.c.occasion == occasion)
            .values(finished_at=now)
        )
