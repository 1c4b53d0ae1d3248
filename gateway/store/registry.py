"""The steward's side of the database: residents by keyed hash, their standing and their passes."""

import secrets
from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.errors import PlaceTaken
from gateway.domain.passes import NewPass
from gateway.domain.standing import RegistryRecord, Standing
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.passes import pass_name
from gateway.store.standings import honours_text, standing_of
from gateway.store.tables import PASS, PASS_HANDLE, REGISTRY_IMPORT, RESIDENT

SECRET_BYTES = 32


class SqlRegistry:
    """Implements `domain.steward_ports.Registry`."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def put(self, records: Sequence[tuple[bytes, RegistryRecord]]) -> None:
        """Add or update residents; credit with an older as-of never overwrites newer."""
        if not records:
            return
        upsert = self._database.insert(RESIDENT)
        upsert = upsert.on_conflict_do_update(
            index_elements=[RESIDENT.c.registry_hash],
            set_={name: upsert.excluded[name] for name in ("centihours", "as_of", "honours")},
            where=RESIDENT.c.as_of <= upsert.excluded.as_of,
        )
        rows = [
            {
                "registry_hash": registry_hash,
                "secret": secrets.token_bytes(SECRET_BYTES),
                "centihours": record.standing.centihours,
                "as_of": record.standing.as_of,
                "honours": honours_text(record.standing.honours),
            }
            for registry_hash, record in records
        ]
        async with self._database.write() as connection:
            await connection.execute(upsert, rows)

    async def record_import(self, as_of: date) -> None:
        """Note that an import as of a civil day is complete."""
        async with self._database.write() as connection:
            await connection.execute(insert(REGISTRY_IMPORT).values(as_of=as_of, imported_at=self._database.now()))

    async def standing(self, registry_hash: bytes) -> Standing | None:
        """Return a resident's standing."""
        statement = select(RESIDENT).where(RESIDENT.c.registry_hash == registry_hash)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else standing_of(row._mapping)

    async def issue(self, registry_hash: bytes, new: NewPass) -> int | None:
        """Put a pass on record; return its id, or None where there is no such resident."""
        async with self._database.write() as connection:
            found = await connection.execute(
                select(RESIDENT.c.id).where(RESIDENT.c.registry_hash == registry_hash)
            )
            resident_id = found.scalar_one_or_none()
            if resident_id is None:
                return None
            await self._record.note(connection, "pass issue", subject=new.sector, form=new.form.value)
            return await _insert_pass(self._database, connection, resident_id, new)

    async def revoke(self, handle: bytes) -> bool:
        """Revoke the pass under a handle; False where there is none that works."""
        async with self._database.write() as connection:
            revoked = await self._revoke(connection, handle)
            if revoked is not None:
                await self._record.note(connection, "pass revoke", subject=revoked.sector)
            return revoked is not None

    async def replace(self, handle: bytes, new: NewPass) -> int | None:
        """Revoke the pass under a handle and put another of its resident on record, in one transaction.

        Used quota stays used: it hangs on the resident's pseudonym, not on the pass.
        """
        async with self._database.write() as connection:
            revoked = await self._revoke(connection, handle)
            if revoked is None:
                return None
            await self._record.note(connection, "pass replace", subject=revoked.sector)
            return await _insert_pass(self._database, connection, revoked.resident_id, new)

    async def _revoke(self, connection: AsyncConnection, handle: bytes) -> Row[Any] | None:
        """Revoke; return resident and sector. Waits for redemptions by this pass that are being committed."""
        found = await connection.execute(select(PASS_HANDLE.c.pass_id).where(PASS_HANDLE.c.handle == handle))
        pass_id = found.scalar_one_or_none()
        if pass_id is None:
            return None
        await self._database.exclude(connection, pass_name(pass_id))
        revoked = await connection.execute(
            update(PASS)
            .where(PASS.c.id == pass_id, PASS.c.revoked_at.is_(None))
            .values(revoked_at=self._database.now())
            .returning(PASS.c.resident_id, PASS.c.sector)
        )
        return revoked.first()


async def _insert_pass(database: Database, connection: AsyncConnection, resident_id: int, new: NewPass) -> int:
    inserted = await connection.execute(
        database.insert(PASS)
        .values(
            resident_id=resident_id,
            form=new.form.value,
            sector=new.sector,
            expires_at=new.expires_at,
            revoked_at=None,
            pin_hash=new.pin_hash,
            status_index=new.status_index,
        )
        .on_conflict_do_nothing(index_elements=[PASS.c.sector, PASS.c.status_index])
        .returning(PASS.c.id)
    )
    row = inserted.first()
    if row is None:
        raise PlaceTaken
    pass_id = int(row.id)
    await connection.execute(
        insert(PASS_HANDLE), [{"handle": handle, "pass_id": pass_id} for handle in new.handles]
    )
    return pass_id
