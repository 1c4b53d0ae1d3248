"""Forgetting holds that have expired: nobody needs that to be right, and it drops what says whose they were."""

from sqlalchemy import delete, select, tuple_, update

from gateway.store.database import Database
from gateway.store.entries import Transaction
from gateway.store.seats import collect_seats, lock_occasion
from gateway.store.tables import HELD_QUOTA, HELD_SEAT, QUOTA

QUOTAS = 100
"""Quotas whose rows one transaction locks."""


async def collect_expired(database: Database) -> int:
    """Free the units and seats of expired holds; return how many were still counted. Safe to repeat."""
    collected = 0
    async with database.read() as connection:
        expired = select(HELD_SEAT.c.partner_id, HELD_SEAT.c.occasion).distinct()
        found = await connection.execute(expired.where(HELD_SEAT.c.expires_at <= database.now()))
    for row in found.all():
        async with database.write() as connection:
            tx = Transaction(database, connection)
            await lock_occasion(tx, row.partner_id, row.occasion)
            collected += await collect_seats(tx, row.partner_id, row.occasion)
    while units := await _collect_units(database):
        collected += units
    return collected


async def _collect_units(database: Database) -> int:
    """Free the units of expired holds of some quotas, in the order in which everybody locks them."""
    columns = QUOTA.c.pseudonym, QUOTA.c.bucket
    theirs = HELD_QUOTA.c.pseudonym, HELD_QUOTA.c.bucket
    async with database.write() as connection:
        expired = select(*theirs).where(HELD_QUOTA.c.expires_at <= database.now()).distinct().limit(QUOTAS)
        keys = [tuple(row) for row in await connection.execute(expired)]
        if not keys:
            return 0
        locked = select(*columns).where(tuple_(*columns).in_(keys)).order_by(*columns).with_for_update()
        await connection.execute(locked)
        gone = await connection.execute(
            delete(HELD_QUOTA)
            .where(tuple_(*theirs).in_(keys), HELD_QUOTA.c.expires_at <= database.now())
            .returning(*theirs, HELD_QUOTA.c.quantity)
        )
        rows = gone.all()
        for pseudonym, bucket, quantity in sorted(tuple(row) for row in rows):
            await connection.execute(
                update(QUOTA)
                .where(QUOTA.c.pseudonym == pseudonym, QUOTA.c.bucket == bucket)
                .values(held=QUOTA.c.held - quantity)
            )
        return len(rows)
