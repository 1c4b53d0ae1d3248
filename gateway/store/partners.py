"""Partners and devices as rows, as the steward changes them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Device, Partner
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.devices import device_of, devices, insert_device, partner_of, scopes_text
from gateway.store.enrolments import withdraw_codes
from gateway.store.tables import DEVICE, PARTNER


@dataclass(frozen=True, slots=True)
class Suspended:
    """What a suspension stopped: devices whose key was good, and codes that were open."""

    devices: int
    codes: int


class SqlPartners:
    """What the steward does with partners and devices; each change is written down in the record."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def add(self, partner: Partner) -> None:
        """Add a partner.

        Raises:
            MalformedInput: the id is taken.
        """
        added, _ = await self.add_new([partner])
        if not added:
            raise MalformedInput("id", f"There is a partner {partner.id} already; choose another id.")

    async def add_new(self, partners: Sequence[Partner]) -> tuple[set[str], Mapping[str, Partner]]:
        """Add, in one transaction, those whose id is free; of two with one id, the first.

        Returns the ids that were added, and who now has each of the ids.
        """
        rows = [
            {
                "id": one.id,
                "kind": one.kind,
                "name": one.name,
                "created_at": self._database.now(),
                "suspended_at": None,
            }
            for one in partners
        ]
        statement = self._database.insert(PARTNER).values(rows).on_conflict_do_nothing().returning(PARTNER.c.id)
        known = select(PARTNER).where(PARTNER.c.id.in_([one.id for one in partners]))
        async with self._database.write() as connection:
            added = {row.id for row in await connection.execute(statement)}
            found = {row.id: partner_of(row._mapping) for row in await connection.execute(known)}
            for partner_id in sorted(added):
                kind = found[partner_id].kind
                await self._record.note(connection, "partners add", subject=partner_id, kind=kind)
        return added, found

    async def partner(self, partner_id: str) -> Partner | None:
        """Return a partner."""
        async with self._database.read() as connection:
            found = await connection.execute(select(PARTNER).where(PARTNER.c.id == partner_id))
            row = found.first()
        return None if row is None else partner_of(row._mapping)

    async def suspend(self, partner_id: str) -> Suspended | None:
        """Suspend a partner; None where there is none that is not suspended.

        Nothing that its devices send has an effect afterwards, and its open enrolment codes are gone.
        """
        statement = (
            update(PARTNER)
            .where(PARTNER.c.id == partner_id, PARTNER.c.suspended_at.is_(None))
            .values(suspended_at=self._database.now())
            .returning(PARTNER.c.id)
        )
        working = select(func.count()).where(
            DEVICE.c.partner_id == partner_id,
            DEVICE.c.revoked_at.is_(None),
            DEVICE.c.not_after > self._database.now(),
        )
        async with self._database.write() as connection:
            await self._database.exclude(connection, partner_id)
            if (await connection.execute(statement)).first() is None:
                return None
            codes = await withdraw_codes(self._database, connection, partner_id)
            stopped = Suspended((await connection.execute(working)).scalar_one(), codes)
            await self._record.note(
                connection, "partners suspend", subject=partner_id, devices=stopped.devices, codes=codes
            )
            return stopped

    async def resume(self, partner_id: str) -> bool:
        """Let a suspended partner go on; False where there is none that is suspended."""
        statement = (
            update(PARTNER)
            .where(PARTNER.c.id == partner_id, PARTNER.c.suspended_at.is_not(None))
            .values(suspended_at=None)
            .returning(PARTNER.c.id)
        )
        async with self._database.write() as connection:
            resumed = (await connection.execute(statement)).first() is not None
            if resumed:
                await self._record.note(connection, "partners resume", subject=partner_id)
            return resumed

    async def devices(self, partner_id: str | None = None) -> Sequence[Device]:
        """Return all devices, or one partner's, by id."""
        statement = devices().order_by(DEVICE.c.id)
        if partner_id is not None:
            statement = statement.where(PARTNER.c.id == partner_id)
        async with self._database.read() as connection:
            return [device_of(row) for row in (await connection.execute(statement)).all()]

    async def device(self, device_id: str) -> Device | None:
        """Return a device."""
        async with self._database.read() as connection:
            row = (await connection.execute(devices().where(DEVICE.c.id == device_id))).first()
        return None if row is None else device_of(row)

    async def add_device(self, device: Device) -> None:
        """Register a device with its one public key.

        Raises:
            MalformedInput: there is no such partner, or the key or the id is registered already, with this partner
                or another.
        """
        try:
            async with self._database.write() as connection:
                await insert_device(connection, device)
                await self._record.note(
                    connection,
                    "partners add-device",
                    subject=device.id,
                    partner=device.partner.id,
                    scopes=scopes_text(device.scopes),
                    days=(device.not_after - device.not_before).days,
                )
        except IntegrityError:
            if await self.partner(device.partner.id) is None:
                raise MalformedInput("partner", "There is no such partner: gateway partners list") from None
            raise MalformedInput("key", "This key is registered already: each device has its own.") from None

    async def revoke_device(self, device_id: str) -> bool:
        """Revoke a device; False where there is none that works. No effect of it commits afterwards."""
        statement = (
            update(DEVICE)
            .where(DEVICE.c.id == device_id, DEVICE.c.revoked_at.is_(None))
            .values(revoked_at=self._database.now())
            .returning(DEVICE.c.id)
        )
        async with self._database.write() as connection:
            await self._database.exclude(connection, device_id)
            revoked = (await connection.execute(statement)).first() is not None
            if revoked:
                await self._record.note(connection, "partners revoke-device", subject=device_id)
            return revoked
