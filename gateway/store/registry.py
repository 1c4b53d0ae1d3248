"""The card office's side of the database: a resident by keyed hash, and passes."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.errors import PlaceTaken
from gateway.domain.passes import Condition, Held, NewPass, PassForm, PassState
from gateway.domain.standing import Standing
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.revoking import revoke_pass, revoke_passes, working_passes
from gateway.store.standings import standing_of
from gateway.store.tables import PASS, PASS_HANDLE, RESIDENT, RETIRED_PLACE

SECRET_BYTES = 32


class SqlRegistry:
    """Implements `domain.steward_ports.Registry`."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def standing(self, registry_hash: bytes) -> Standing | None:
        """Return a resident's standing."""
        statement = select(RESIDENT).where(RESIDENT.c.registry_hash == registry_hash)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else standing_of(row._mapping)

    async def issue(self, registry_hash: bytes, new: NewPass) -> int | None:
        """Put a pass on record; return its id, or None where there is no such resident."""
        issued = await self.issue_all(registry_hash, [new])
        return None if issued is None else issued[0]

    async def issue_all(
        self, registry_hash: bytes, new: Sequence[NewPass], *, instead: bool = False
    ) -> Sequence[int] | None:
        """Put passes of one resident on record, all or none; return their ids, or None where there is nobody.

        With `instead`, the resident's passes of these sectors and forms are revoked in the same transaction.
        """
        async with self._database.write() as connection:
            resident_id = await _resident_id(connection, registry_hash)
            if resident_id is None:
                return None
            stopped: Sequence[Held] = ()
            # One after the other: two desks that issue `instead` at once would each miss the other's new card.
            await self._database.exclude(connection, f"cards of resident {resident_id}")
            if instead:
                sectors, forms = [each.sector for each in new], {each.form for each in new}
                stopped = await revoke_passes(
                    self._database, connection, resident_id, sectors=sectors, forms=forms
                )
            issued = [await _insert_pass(self._database, connection, resident_id, each) for each in new]
            await self._note_stopped(connection, stopped)
            for each in new:
                await self._record.note_day(connection, "pass issue", subject=each.sector, form=each.form.value)
            return issued

    async def working(
        self, registry_hash: bytes, sectors: Collection[str], forms: Collection[PassForm] = tuple(PassForm)
    ) -> Sequence[Held] | None:
        """Return a resident's passes of some forms that work, of all sectors if none is named."""
        async with self._database.read() as connection:
            resident_id = await _resident_id(connection, registry_hash)
            if resident_id is None:
                return None
            statement = working_passes(self._database, resident_id, sectors=sectors, forms=forms)
            found = await connection.execute(statement)
            return [Held(one.sector, PassForm(one.form)) for one in found.all()]

    async def revoke_all(
        self, registry_hash: bytes, sectors: Collection[str], forms: Collection[PassForm] = tuple(PassForm)
    ) -> Sequence[Held]:
        """Revoke a resident's passes of some forms that work, of all sectors if none is named; return them."""
        async with self._database.write() as connection:
            resident_id = await _resident_id(connection, registry_hash)
            if resident_id is None:
                return []
            stopped = await revoke_passes(self._database, connection, resident_id, sectors=sectors, forms=forms)
            await self._note_stopped(connection, stopped)
            return stopped

    async def pin_hashes(self, registry_hash: bytes) -> Mapping[str, str]:
        """Return by sector the slow hash of the PIN of a resident's last pass that is not revoked."""
        statement = (
            select(PASS.c.sector, PASS.c.pin_hash)
            .join(RESIDENT, RESIDENT.c.id == PASS.c.resident_id)
            .where(RESIDENT.c.registry_hash == registry_hash, PASS.c.revoked_at.is_(None))
            .order_by(PASS.c.expires_at, PASS.c.id)
        )
        async with self._database.read() as connection:
            last = {row.sector: row.pin_hash for row in (await connection.execute(statement)).all()}
        return {sector: pin_hash for sector, pin_hash in last.items() if pin_hash is not None}

    async def state(self, handle: bytes) -> PassState | None:
        """Return what is on record of the pass under a handle; its resident is not looked at."""
        statement = (
            select(PASS, self._database.now().label("now"))
            .join(PASS_HANDLE, PASS_HANDLE.c.pass_id == PASS.c.id)
            .where(PASS_HANDLE.c.handle == handle)
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        if row is None:
            return None
        condition = Condition.EXPIRED if row.expires_at <= row.now else Condition.WORKS
        return PassState(
            condition=condition if row.revoked_at is None else Condition.REVOKED,
            sector=row.sector,
            form=PassForm(row.form),
            expires_at=row.expires_at,
            has_pin=row.pin_hash is not None,
        )

    async def revoke(self, handle: bytes) -> bool:
        """Revoke the pass under a handle; False where there is none that works."""
        async with self._database.write() as connection:
            revoked = await self._revoke(connection, handle)
            if revoked is not None:
                await self._record.note_day(connection, "pass revoke", subject=revoked.sector)
            return revoked is not None

    async def replace(self, handle: bytes, new: NewPass) -> int | None:
        """Revoke the pass under a handle and put another of its resident on record, in one transaction.

        Used quota stays used: it hangs on the resident's pseudonym, not on the pass.
        """
        async with self._database.write() as connection:
            revoked = await self._revoke(connection, handle)
            if revoked is None:
                return None
            pass_id = await _insert_pass(self._database, connection, revoked.resident_id, new)
            await self._record.note_day(connection, "pass replace", subject=revoked.sector)
            return pass_id

    async def _revoke(self, connection: AsyncConnection, handle: bytes) -> Row[Any] | None:
        found = await connection.execute(select(PASS_HANDLE.c.pass_id).where(PASS_HANDLE.c.handle == handle))
        pass_id = found.scalar_one_or_none()
        return None if pass_id is None else await revoke_pass(self._database, connection, pass_id)

    async def _note_stopped(self, connection: AsyncConnection, stopped: Sequence[Held]) -> None:
        for each in stopped:
            await self._record.note_day(connection, "pass revoke", subject=each.sector, form=each.form.value)


async def _resident_id(connection: AsyncConnection, registry_hash: bytes) -> int | None:
    found = await connection.execute(select(RESIDENT.c.id).where(RESIDENT.c.registry_hash == registry_hash))
    return found.scalar_one_or_none()


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
        raise PlaceTaken(new.sector)
    # Asked afterwards: who was erased meanwhile has let go of the place, and left word, before it could be taken.
    retired = select(RETIRED_PLACE.c.sector).where(
        RETIRED_PLACE.c.sector == new.sector, RETIRED_PLACE.c.status_index == new.status_index
    )
    if (await connection.execute(retired)).first() is not None:
        raise PlaceTaken(new.sector)
    pass_id = int(row.id)
    await connection.execute(
        insert(PASS_HANDLE), [{"handle": handle, "pass_id": pass_id} for handle in new.handles]
    )
    return pass_id
