"""Erasing a resident: secret, standing and passes go; a keyed hash stays, so that no import brings them back."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.passes import pass_name
from gateway.store.tables import ERASED, OCCASION, PASS, PASS_HANDLE, REGISTRY_IMPORT, RESIDENT, RETIRED_PLACE


@dataclass(frozen=True, slots=True)
class Traces:
    """What there is of somebody: a record with so many passes, or the day from which they may come back."""

    on_record: bool
    passes: int
    readmit_from: date | None


class SqlErasure:
    """Erases residents and lets them come back. What happened is on record with its day, and not to whom."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def traces(self, registry_hash: bytes) -> Traces:
        """Return what there is of somebody."""
        passes = (
            select(RESIDENT.c.id, func.count(PASS.c.id).label("passes"))
            .outerjoin(PASS, PASS.c.resident_id == RESIDENT.c.id)
            .where(RESIDENT.c.registry_hash == registry_hash)
            .group_by(RESIDENT.c.id)
        )
        day = select(ERASED.c.readmit_from).where(ERASED.c.registry_hash == registry_hash)
        async with self._database.read() as connection:
            row = (await connection.execute(passes)).first()
            readmit = (await connection.execute(day)).scalar_one_or_none()
        return Traces(row is not None, 0 if row is None else row.passes, readmit)

    async def last_occasion(self) -> datetime | None:
        """Return when the last occasion that goes on ends."""
        statement = select(func.max(OCCASION.c.ends_at)).where(OCCASION.c.ends_at > self._database.now())
        async with self._database.read() as connection:
            found: datetime | None = (await connection.execute(statement)).scalar_one_or_none()
        return found

    async def erase(self, registry_hash: bytes, *, readmit_from: date) -> int:
        """Erase somebody, on record or not; return how many passes went. No effect commits with them afterwards.

        Waits for redemptions that are being committed. Done twice it is done once, and the later day holds.

        Raises:
            Unavailable: the database can't answer; all of it happened or nothing.
        """
        async with self._database.write() as connection:
            await self._database.exclude(connection, ERASED.name)  # no import writes what it read before
            resident_id = await _resident(connection, registry_hash)
            passes = 0
            if resident_id is not None:
                await self._database.exclude(connection, f"cards of resident {resident_id}")
                passes = await self._erase_passes(connection, resident_id)
                await connection.execute(delete(RESIDENT).where(RESIDENT.c.id == resident_id))
            known = self._database.insert(ERASED).values(registry_hash=registry_hash, readmit_from=readmit_from)
            await connection.execute(
                known.on_conflict_do_update(
                    index_elements=[ERASED.c.registry_hash],
                    set_={"readmit_from": known.excluded.readmit_from},
                    where=ERASED.c.readmit_from < known.excluded.readmit_from,
                )
            )
            await self._record.note_day(connection, "registry erase")
        return passes

    async def readmit(self, registry_hash: bytes, *, today: date) -> bool:
        """Let the next import bring somebody back; False where they are not erased, or their day has not come."""
        waited = delete(ERASED).where(ERASED.c.registry_hash == registry_hash, ERASED.c.readmit_from <= today)
        async with self._database.write() as connection:
            readmitted = (await connection.execute(waited)).rowcount == 1
            if readmitted:
                # The last file may be imported again now: it has something new to tell.
                await connection.execute(update(REGISTRY_IMPORT).values(file_hash=None))
                await self._record.note_day(connection, "registry readmit")
        return readmitted

    async def _erase_passes(self, connection: AsyncConnection, resident_id: int) -> int:
        ids = select(PASS.c.id).where(PASS.c.resident_id == resident_id).order_by(PASS.c.id)
        found = (await connection.execute(ids)).scalars().all()
        for pass_id in found:
            await self._database.exclude(connection, pass_name(pass_id))
        own = PASS.c.resident_id == resident_id
        live = select(PASS.c.sector, PASS.c.status_index, PASS.c.expires_at).where(
            own, PASS.c.status_index >= 0, PASS.c.expires_at > self._database.now()
        )
        places = insert(RETIRED_PLACE).from_select(["sector", "status_index", "until"], live)
        await connection.execute(places)
        await connection.execute(delete(PASS_HANDLE).where(PASS_HANDLE.c.pass_id.in_(found)))
        await connection.execute(delete(PASS).where(own))
        return len(found)


async def _resident(connection: AsyncConnection, registry_hash: bytes) -> int | None:
    found = await connection.execute(select(RESIDENT.c.id).where(RESIDENT.c.registry_hash == registry_hash))
    return found.scalar_one_or_none()
