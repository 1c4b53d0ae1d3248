"""Forgetting what is past its time: used proofs, denials after 30 days, counters of wrong PINs after an hour."""

from sqlalchemy import delete

from gateway.store.database import Database
from gateway.store.tables import ENTRY, PIN_FAILURE, USED_PROOF


async def sweep(database: Database) -> int:
    """Delete what has expired by the database's clock; return how many rows. Safe to repeat."""
    now = database.now()
    forgotten = 0
    for statement in (
        delete(USED_PROOF).where(USED_PROOF.c.expires_at < now),
        delete(PIN_FAILURE).where(PIN_FAILURE.c.expires_at < now),
        delete(ENTRY).where(ENTRY.c.forget_after < now),
    ):
        async with database.write() as connection:
            forgotten += (await connection.execute(statement)).rowcount
    return forgotten
