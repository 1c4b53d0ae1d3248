"""Forgetting what is past its time: used proofs, denials after 30 days, counters of wrong PINs after an hour."""

from datetime import datetime

from sqlalchemy import ColumnElement, Table, delete, select, tuple_

from gateway.store.database import Database
from gateway.store.tables import ENTRY, PIN_FAILURE, USED_PROOF

BATCH = 1000
"""Rows per transaction: a day's denials fall due together, and nobody else shall wait for them."""


async def sweep(database: Database) -> int:
    """Delete what has expired by the database's clock; return how many rows. Safe to repeat."""
    forgotten = 0
    for table, column in (
        (USED_PROOF, USED_PROOF.c.expires_at),
        (PIN_FAILURE, PIN_FAILURE.c.expires_at),
        (ENTRY, ENTRY.c.forget_after),
    ):
        deleted = BATCH
        while deleted == BATCH:
            deleted = await _delete_batch(database, table, column)
            forgotten += deleted
    return forgotten


async def _delete_batch(database: Database, table: Table, column: ColumnElement[datetime]) -> int:
    key = tuple_(*table.primary_key.columns)
    expired = select(*table.primary_key.columns).where(column < database.now()).limit(BATCH)
    async with database.write() as connection:
        return (await connection.execute(delete(table).where(key.in_(expired)))).rowcount
