"""Calling an occasion off: at once for whoever comes, then one bounded transaction after another for whoever came.

The first transaction closes the occasion: redemptions, holds and confirmations take its row and look. Each
further one undoes some of what stands, with an entry for each, and counts in the row of the cancellation how far
it is. Killed in between, it goes on where it was.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, func, literal, select, update

from gateway.domain.ledger import Cancel, Committed, Entry, EntryKind, NotAccepted, Outcome
from gateway.domain.occasions import Cancellation
from gateway.domain.redemptions import Reason
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
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
    reward = await _close(tx, command.partner_id, command.occasion, now=now)
    if reward is None:
        entry = await deny(tx, command, now=now, reason=Reason.UNKNOWN_OCCASION, reference=None)
        return Committed(entry, replayed=False)
    await _begin(tx, command.partner_id, command.occasion, cancellation_id=command.cancellation_id)
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


class SqlClosings:
    """Implements `domain.steward_ports.Closings`. Each closing is written down in the record."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def partners(self, occasion: str) -> Sequence[str]:
        """Return the partners that have an occasion of this id."""
        statement = select(OCCASION.c.partner_id).where(OCCASION.c.id == occasion).order_by(OCCASION.c.partner_id)
        async with self._database.read() as connection:
            return (await connection.execute(statement)).scalars().all()

    async def close(self, partner_id: str, occasion: str, *, cancellation_id: str) -> Cancellation | None:
        """Close an occasion for its partner, or find that it is closed; None where there is no such one."""
        async with self._database.write() as connection:
            tx = Transaction(self._database, connection)
            if await _close(tx, partner_id, occasion, now=await clock(tx)) is None:
                return None
            if await _begin(tx, partner_id, occasion, cancellation_id=cancellation_id):
                await self._record.note(connection, "occasions cancel", subject=partner_id, occasion=occasion)
            return await read_cancellation(connection, partner_id, occasion, request_id="")


async def _close(tx: Transaction, partner_id: str, occasion: str, *, now: datetime) -> str | None:
    """Let nothing be redeemed, held or confirmed for an occasion any more; return its reward, if there is one."""
    closed = await tx.connection.execute(
        update(OCCASION)
        .where(is_occasion(partner_id, occasion))
        .values(cancelled_at=func.coalesce(OCCASION.c.cancelled_at, literal(now, Instant())))
        .returning(OCCASION.c.reward)
    )
    reward: str | None = closed.scalar_one_or_none()
    return reward


async def _begin(tx: Transaction, partner_id: str, occasion: str, *, cancellation_id: str) -> bool:
    """Begin to count what is undone of a closed occasion; return False where that had begun."""
    begun = await tx.connection.execute(
        tx.database.insert(CANCELLATION)
        .values(partner_id=partner_id, occasion=occasion, id=cancellation_id, redemptions=0, units=0, holds=0)
        .on_conflict_do_nothing()
        .returning(CANCELLATION.c.id)
    )
    return begun.first() is not None


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
    released = [hold for hold in holds if hold.expires_at > now]  # the others had ended by themselves
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
