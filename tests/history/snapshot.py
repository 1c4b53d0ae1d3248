"""The ledger's tables at one instant, for the checker."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from gateway.store.database import Database
from gateway.store.tables import ENTRY, HELD_QUOTA, HELD_SEAT, HOLD, OCCASION, QUOTA, REDEMPTION

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Snapshot:
    """Rows of each table."""

    quotas: Rows
    entries: Rows
    redemptions: Rows
    holds: Rows
    units: Rows
    seats: Rows
    occasions: Rows


async def take(database: Database) -> Snapshot:
    """Read everything in one transaction, when nobody writes any more."""
    tables = (QUOTA, ENTRY, REDEMPTION, HOLD, HELD_QUOTA, HELD_SEAT, OCCASION)
    async with database.read() as connection:
        rows = [[dict(row._mapping) for row in await connection.execute(select(table))] for table in tables]
    return Snapshot(*rows)
