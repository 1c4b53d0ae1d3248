"""Forgetting what is past its time: used proofs and showings, denials after 30 days, wrong PINs, codes to
enrol and to pair, evidence whose period has closed, what expired holds kept, places of erased cards that expired.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Table, delete, select, tuple_, type_coerce

from gateway.store.collecting import collect_expired
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.tables import (
    ENROLMENT,
    ENTRY,
    EVIDENCE,
    LOOK,
    PAIRING,
    PIN_FAILURE,
    RETIRED_PLACE,
    USED_PROOF,
    USED_SHOWING,
)

CLOCKS_APART_MAX = timedelta(hours=1)
"""Proofs are dated by the gateway's clock and swept by the database's: a clock that was set must free none."""

BATCH = 1000
"""Rows per transaction: a day's denials fall due together, and nobody else shall wait for them."""


async def sweep(database: Database) -> int:
    """Delete what has expired by the database's clock; return how many rows. Safe to repeat."""
    now = await _now(database)
    forgotten = 0
    for table, column, before in (
        (USED_PROOF, USED_PROOF.c.expires_at, now - CLOCKS_APART_MAX),
        (USED_SHOWING, USED_SHOWING.c.forget_after, now - CLOCKS_APART_MAX),
        (PIN_FAILURE, PIN_FAILURE.c.expires_at, now),
        (ENTRY, ENTRY.c.forget_after, now),
        (ENROLMENT, ENROLMENT.c.expires_at, now),
        (PAIRING, PAIRING.c.expires_at, now),
        (EVIDENCE, EVIDENCE.c.closes_at, now),
        (LOOK, LOOK.c.forget_after, now),
        (RETIRED_PLACE, RETIRED_PLACE.c.until, now - CLOCKS_APART_MAX),
    ):
        forgotten += await _delete_all(database, table, column < before)
    return forgotten + await collect_expired(database)


async def forget_evidence(database: Database) -> int:
    """Delete the evidence whose period has closed by the database's clock; return how many proofs."""
    return await _delete_all(database, EVIDENCE, EVIDENCE.c.closes_at <= await _now(database))


async def _now(database: Database) -> datetime:
    async with database.read() as connection:
        now: datetime = (await connection.execute(select(type_coerce(database.now(), Instant())))).scalar_one()
    return now


async def _delete_all(database: Database, table: Table, expired: ColumnElement[bool]) -> int:
    forgotten, deleted = 0, BATCH
    while deleted == BATCH:
        deleted = await _delete_batch(database, table, expired)
        forgotten += deleted
    return forgotten


async def _delete_batch(database: Database, table: Table, expired: ColumnElement[bool]) -> int:
    key = tuple_(*table.primary_key.columns)
    found = select(*table.primary_key.columns).where(expired).limit(BATCH)
    async with database.write() as connection:
        await database.join_by_index(connection)
        return (await connection.execute(delete(table).where(key.in_(found)))).rowcount
