"""Revoking passes within a transaction, such that no redemption commits with them afterwards."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, Select, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.passes import Held, PassForm
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


async def revoke_passes(
    database: Database,
    connection: AsyncConnection,
    resident_id: int,
    *,
    sectors: Collection[str],
    forms: Collection[PassForm],
) -> Sequence[Held]:
    """Revoke a resident's passes that work, of some forms and of all or some sectors; return them.

    Looks again until there is none: while it waited for one pass, that may have been replaced by another.
    """
    stopped: list[Held] = []
    statement = working_passes(database, resident_id, sectors=sectors, forms=forms)
    while working := (await connection.execute(statement)).all():
        for one in working:
            if await revoke_pass(database, connection, one.id) is not None:
                stopped.append(Held(one.sector, PassForm(one.form)))
    return stopped


def working_passes(
    database: Database, resident_id: int, *, sectors: Collection[str], forms: Collection[PassForm]
) -> Select[Any]:
    """Return the statement for a resident's passes that work, of all sectors if none is named.

    In the order of their ids: two who revoke at once wait for each other in one order.
    """
    statement = select(PASS.c.id, PASS.c.sector, PASS.c.form).where(
        PASS.c.resident_id == resident_id,
        PASS.c.form.in_([form.value for form in forms]),
        PASS.c.revoked_at.is_(None),
        PASS.c.expires_at > database.now(),
    )
    if sectors:
        statement = statement.where(PASS.c.sector.in_(sectors))
    return statement.order_by(PASS.c.id)
