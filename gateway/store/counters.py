"""The counter that decides for a resident: the quota. It has units that are used, and held, as `seats` has for an
occasion.

Units of a hold are rows of their own, touched under their counter's row lock alone. Those whose hold has
expired, by the database's clock, still count until somebody needs them: whoever is refused collects them and
tries again. So an expired hold costs nobody anything, no job has to end it, and a thousand of them cost one
request one statement.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, delete, exists, func, literal, select, update

from gateway.domain.ledger import Take
from gateway.store.entries import Transaction
from gateway.store.tables import HELD_QUOTA, QUOTA

Octets = bytes | ColumnElement[bytes]
Text = str | ColumnElement[str]
"""A value, or a parameter that stands for one."""


class Counted(StrEnum):
    """As what units count: the column's name."""

    USED = "used"
    HELD = "held"


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


def taken_now(now: ColumnElement[datetime], pseudonym: Octets, bucket: Text) -> ColumnElement[int]:
    """Return what is used or held of a quota at an instant, without what expired holds still count for."""
    expired = select(func.coalesce(func.sum(HELD_QUOTA.c.quantity), 0)).where(
        HELD_QUOTA.c.pseudonym == pseudonym, HELD_QUOTA.c.bucket == bucket, HELD_QUOTA.c.expires_at <= now
    )
    return QUOTA.c.used + QUOTA.c.held - expired.scalar_subquery()


def is_quota(pseudonym: Octets, bucket: Text) -> ColumnElement[bool]:
    """Return the condition of being this quota."""
    return and_(QUOTA.c.pseudonym == pseudonym, QUOTA.c.bucket == bucket)
