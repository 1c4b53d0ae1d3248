"""The two counters that decide: a resident's quota, and an occasion's seats. Each has units that are used, and
held.

Units of a hold are rows of their own, touched under their counter's row lock alone. Those whose hold has
expired, by the database's clock, still count until somebody needs them: whoever is refused collects them and
tries again. So an expired hold costs nobody anything, no job has to end it, and a thousand of them cost one
request one statement.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, select, update

from gateway.domain.ledger import Take
from gateway.domain.redemptions import Reason
from gateway.store.entries import Transaction
from gateway.store.tables import HELD_QUOTA, HELD_SEAT, OCCASION, QUOTA


class Counted(StrEnum):
    """As what units count: the column's name."""

    USED = "used"
    HELD = "held"


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


async def take_quota(tx: Transaction, command: Take, allowance: int, counted: Counted) -> bool:
    """Take units of a quota; return whether that was possible.

    Every denial runs the same statements. Where nothing could be taken anyway none of them finds, writes or locks
    a row: PostgreSQL would put the number of the denial's transaction into the quota's row, and whoever steals the
    database could tell whose denial it was.
    """
    if await _add(tx, command, allowance, counted) or await _begin(tx, command, allowance, counted):
        return True
    expired = (
        HELD_QUOTA.c.pseudonym == command.pseudonym,
        HELD_QUOTA.c.bucket == command.bucket,
        HELD_QUOTA.c.expires_at <= tx.database.now(),
    )
    worthwhile = literal(command.quantity) <= literal(allowance)
    locked = await tx.connection.execute(
        select(QUOTA.c.held)
        .where(is_quota(command.pseudonym, command.bucket), worthwhile, exists().where(*expired))
        .with_for_update()
    )
    mine = literal(locked.first() is not None)
    collected = await tx.connection.execute(
        delete(HELD_QUOTA).where(*expired, mine).returning(HELD_QUOTA.c.quantity)
    )
    freed = sum(collected.scalars().all())
    await tx.connection.execute(
        update(QUOTA)
        .where(is_quota(command.pseudonym, command.bucket), literal(freed) > 0)
        .values(held=QUOTA.c.held - freed)
    )
    return await _add(tx, command, allowance, counted)  # somebody else may have begun the quota meanwhile, too


async def _add(tx: Transaction, command: Take, allowance: int, counted: Counted) -> bool:
    """Take units of a quota that has begun."""
    taken = await tx.connection.execute(
        update(QUOTA)
        .where(
            is_quota(command.pseudonym, command.bucket),
            QUOTA.c.used + QUOTA.c.held + command.quantity <= literal(allowance),
        )
        .values({counted: QUOTA.c[counted] + command.quantity, "allowance": allowance})
        .returning(QUOTA.c.used)
    )
    return taken.first() is not None


async def _begin(tx: Transaction, command: Take, allowance: int, counted: Counted) -> bool:
    """Take the first units of a quota. One that has begun is left alone, and not even locked."""
    units = {counted: literal(command.quantity)}
    row = select(
        literal(command.pseudonym),
        literal(command.bucket),
        *(units.get(each, literal(0)) for each in Counted),
        literal(allowance),
    ).where(literal(command.quantity) <= literal(allowance))
    insert = tx.database.insert(QUOTA).from_select(["pseudonym", "bucket", *Counted, "allowance"], row)
    begun = await tx.connection.execute(insert.on_conflict_do_nothing().returning(QUOTA.c.used))
    return begun.first() is not None


async def give_quota(
    tx: Transaction, pseudonym: bytes, bucket: str, *, used: int = 0, held: int = 0, overdraft: int = 0
) -> None:
    """Give units of a quota back. A negative number takes some: those of a hold that is confirmed."""
    await tx.connection.execute(
        update(QUOTA)
        .where(is_quota(pseudonym, bucket))
        .values(used=QUOTA.c.used - used, held=QUOTA.c.held - held, overdraft=QUOTA.c.overdraft - overdraft)
    )


def taken_now(now: ColumnElement[datetime], pseudonym: bytes, bucket: str) -> ColumnElement[int]:
    """Return what is used or held of a quota at an instant, without what expired holds still count for."""
    expired = select(func.coalesce(func.sum(HELD_QUOTA.c.quantity), 0)).where(
        HELD_QUOTA.c.pseudonym == pseudonym, HELD_QUOTA.c.bucket == bucket, HELD_QUOTA.c.expires_at <= now
    )
    return QUOTA.c.used + QUOTA.c.held - expired.scalar_subquery()


def is_quota(pseudonym: bytes, bucket: str) -> ColumnElement[bool]:
    """Return the condition of being this quota."""
    return and_(QUOTA.c.pseudonym == pseudonym, QUOTA.c.bucket == bucket)


def is_occasion(partner_id: str, occasion: str) -> ColumnElement[bool]:
    """Return the condition of being this occasion."""
    return and_(OCCASION.c.partner_id == partner_id, OCCASION.c.id == occasion)
