"""The counter that decides for an occasion: its seats. Those of holds that have expired are collected as a quota's
units are (`counters`).

Everybody who comes for a show comes for its row, so it is locked last, and looked at before without a lock.
"""

from sqlalchemy import ColumnElement, and_, delete, func, select, update

from gateway.domain.ledger import Take
from gateway.domain.redemptions import Reason
from gateway.store.counters import Counted
from gateway.store.entries import Transaction
from gateway.store.tables import HELD_SEAT, OCCASION
from gateway.store.turns import Lock


class SeatsLost(Exception):
    """Others took the last seats, or called the occasion off, since `no_seats` looked: nothing may stay."""


async def no_seats(tx: Transaction, command: Take) -> Reason | None:
    """Return why there are no seats for a command at this instant. Nobody waits for that."""
    partner_id, occasion = command.partner_id, command.occasion or ""
    expired = select(func.coalesce(func.sum(HELD_SEAT.c.quantity), 0)).where(
        HELD_SEAT.c.partner_id == partner_id,
        HELD_SEAT.c.occasion == occasion,
        HELD_SEAT.c.expires_at <= tx.database.now(),
    )
    taken = OCCASION.c.used + OCCASION.c.held - expired.scalar_subquery()
    found = await tx.connection.execute(
        select(OCCASION.c.cancelled_at, (taken + command.quantity <= OCCASION.c.capacity).label("fits")).where(
            is_occasion(partner_id, occasion)
        )
    )
    row = found.first()
    if row is not None and row.cancelled_at is not None:
        return Reason.UNKNOWN_OCCASION
    return None if row is not None and row.fits else Reason.SOLD_OUT


async def take_seats(tx: Transaction, command: Take, counted: Counted) -> None:
    """Take seats of the command's occasion: the last thing before the commit, for its row is everybody's.

    Raises:
        SeatsLost: there are not so many any more.
    """
    partner_id, occasion = command.partner_id, command.occasion or ""
    await tx.turn(Lock.OCCASION, partner_id, occasion)
    if await _take_seats(tx, command, counted):
        return
    await lock_occasion(tx, partner_id, occasion)
    await collect_seats(tx, partner_id, occasion)
    if not await _take_seats(tx, command, counted):
        raise SeatsLost


async def _take_seats(tx: Transaction, command: Take, counted: Counted) -> bool:
    taken = await tx.connection.execute(
        update(OCCASION)
        .where(
            is_occasion(command.partner_id, command.occasion or ""),
            OCCASION.c.cancelled_at.is_(None),
            OCCASION.c.used + OCCASION.c.held + command.quantity <= OCCASION.c.capacity,
        )
        .values({counted: OCCASION.c[counted] + command.quantity})
        .returning(OCCASION.c.used)
    )
    return taken.first() is not None


async def give_seats(tx: Transaction, partner_id: str, occasion: str, *, used: int = 0, held: int = 0) -> None:
    """Give seats of an occasion back. A negative number takes some: those of a hold that is confirmed."""
    await tx.connection.execute(
        update(OCCASION)
        .where(is_occasion(partner_id, occasion))
        .values(used=OCCASION.c.used - used, held=OCCASION.c.held - held)
    )


async def lock_occasion(tx: Transaction, partner_id: str, occasion: str) -> bool:
    """Let nobody else take or give seats until the commit; return whether the occasion is still on."""
    statement = select(OCCASION.c.cancelled_at).where(is_occasion(partner_id, occasion)).with_for_update()
    row = (await tx.connection.execute(statement)).first()
    return row is not None and row.cancelled_at is None


async def collect_seats(tx: Transaction, partner_id: str, occasion: str) -> int:
    """Free the seats of an occasion whose hold has expired; return how many holds. Its row has to be locked."""
    expired = await tx.connection.execute(
        delete(HELD_SEAT)
        .where(
            HELD_SEAT.c.partner_id == partner_id,
            HELD_SEAT.c.occasion == occasion,
            HELD_SEAT.c.expires_at <= tx.database.now(),
        )
        .returning(HELD_SEAT.c.quantity)
    )
    found = expired.scalars().all()
    if found:
        await give_seats(tx, partner_id, occasion, held=sum(found))
    return len(found)


def is_occasion(partner_id: str, occasion: str) -> ColumnElement[bool]:
    """Return the condition of being this occasion."""
    return and_(OCCASION.c.partner_id == partner_id, OCCASION.c.id == occasion)
