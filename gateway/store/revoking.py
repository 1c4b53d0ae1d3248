"""Revoking passes within a transaction, such that no redemption commits with them afterwards."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.passes import PassForm
from gateway.store.database import Database
from gateway.store.passes import pass_name
from gateway.store.tables import PASS


async def revoke_pass(database: Database, connection: AsyncConnection, pass_id: int) -> Row[Any] | None:
    """Revoke a pass; return resident and sector, or None where it was revoked already.

    Waits for redemptions by this pass that are being committed.
    """
    await database.exclude(connection, pass_name(pass_id))
    revoked = await connection.execute(
        update(PASS)
        .where(PASS.c.id == pass_id, PASS.c.revoked_at.is_(None))
        .values(revoked_at=database.now())
        .returning(PASS.c.resident_id, PASS.c.sector)
    )
    return revoked.first()


async def revoke_cards(
    database: Database, connection: AsyncConnection, resident_id: int, sectors: Collection[str]
) -> Sequence[str]:
    """Revoke a resident's cards that work, all or those of some sectors; return the sector of each.

    Looks again until there is none: while it waited for one card, that may have been replaced by another.
    """
    stopped: list[str] = []
    statement = working_cards(database, resident_id, sectors)
    while working := (await connection.execute(statement)).all():
        for card in working:
            if await revoke_pass(database, connection, card.id) is not None:
                stopped.append(card.sector)
    return stopped


def working_cards(database: Database, resident_id: int, sectors: Collection[str]) -> Select[Any]:
    """Return the statement for id and sector of a resident's cards that work, of all sectors if none is named.

    In the order of their ids: two who revoke at once wait for each other in one order.
    """
    statement = select(PASS.c.id, PASS.c.sector).where(
        PASS.c.resident_id == resident_id,
        PASS.c.form == PassForm.CARD.value,
        PASS.c.revoked_at.is_(None),
        PASS.c.expires_at > database.now(),
    )
    if sectors:
        statement = statement.where(PASS.c.sector.in_(sectors))
    return statement.order_by(PASS.c.id)
