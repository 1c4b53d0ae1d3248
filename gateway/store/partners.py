"""Partners and devices as rows, and the directory that sign-in reads them from."""

import json
import time
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, RowMapping, Select, insert, select, update
from sqlalchemy.exc import IntegrityError

from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Device, Partner, Scope
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.tables import DEVICE, PARTNER

STALE_SECONDS_MAX = 2.0
"""How long a device may be remembered: a revocation must reach every node's verify within five seconds."""

REMEMBERED_MAX = 10_000
"""Devices remembered per process; a city has hundreds of partners with dozens of machines each."""


class SqlPartnerDirectory:
    """Implements `domain.ports.PartnerDirectory`; what it remembers concerns no person."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._remembered: dict[tuple[str, str], tuple[float, Device]] = {}

    async def device(self, client_id: str, kid: str) -> Device | None:
        """Return a device by its partner's client id and its key id. At most 2 seconds stale."""
        asked_at = time.monotonic()
        known = self._remembered.get((client_id, kid))
        if known is not None and asked_at - known[0] < STALE_SECONDS_MAX:
            return known[1]
        statement = _devices().where(DEVICE.c.kid == kid, PARTNER.c.id == client_id)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        if row is None:
            return None  # not remembered: made-up names would crowd the real ones out
        device = device_of(row)
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[client_id, kid] = (asked_at, device)
        return device


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
        try:
            async with self._database.write() as connection:
                await connection.execute(
                    insert(PARTNER).values(
                        id=partner.id,
                        kind=partner.kind,
                        name=partner.name,
                        created_at=self._database.now(),
                        suspended_at=None,
                    )
                )
                await self._record.note(connection, "partners add", subject=partner.id, kind=partner.kind)
        except IntegrityError:
            raise MalformedInput("id", f"There is a partner {partner.id} already; choose another id.") from None

    async def partner(self, partner_id: str) -> Partner | None:
        """Return a partner."""
        async with self._database.read() as connection:
            found = await connection.execute(select(PARTNER).where(PARTNER.c.id == partner_id))
            row = found.first()
        return None if row is None else _partner_of(row._mapping)

    async def partners(self) -> Sequence[Partner]:
        """Return all partners by id."""
        async with self._database.read() as connection:
            rows = (await connection.execute(select(PARTNER).order_by(PARTNER.c.id))).all()
        return [_partner_of(row._mapping) for row in rows]

    async def devices(self, partner_id: str | None = None) -> Sequence[Device]:
        """Return all devices, or one partner's, by id."""
        statement = _devices().order_by(DEVICE.c.id)
        if partner_id is not None:
            statement = statement.where(PARTNER.c.id == partner_id)
        async with self._database.read() as connection:
            return [device_of(row) for row in (await connection.execute(statement)).all()]

    async def add_device(self, device: Device) -> None:
        """Register a device with its one public key.

        Raises:
            MalformedInput: the key or the id is registered already, with this partner or another.
        """
        try:
            async with self._database.write() as connection:
                await connection.execute(
                    insert(DEVICE).values(
                        id=device.id,
                        partner_id=device.partner.id,
                        label=device.label,
                        kid=device.kid,
                        public_jwk=json.dumps(dict(device.public_jwk), sort_keys=True),
                        scopes=" ".join(sorted(device.scopes)),
                        not_before=device.not_before,
                        not_after=device.not_after,
                        revoked_at=None,
                    )
                )
                await self._record.note(
                    connection, "partners add-device", subject=device.id, partner=device.partner.id
                )
        except IntegrityError:
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


def _devices() -> Select[Any]:
    return select(DEVICE, PARTNER.c.kind, PARTNER.c.name, PARTNER.c.suspended_at).join(
        PARTNER, PARTNER.c.id == DEVICE.c.partner_id
    )


def _partner_of(row: RowMapping) -> Partner:
    return Partner(id=row["id"], kind=row["kind"], name=row["name"], suspended=row["suspended_at"] is not None)


def device_of(row: Row[Any]) -> Device:
    """Return the device in a row of devices joined with their partners."""
    return Device(
        id=row.id,
        partner=Partner(id=row.partner_id, kind=row.kind, name=row.name, suspended=row.suspended_at is not None),
        label=row.label,
        kid=row.kid,
        public_jwk=json.loads(row.public_jwk),
        scopes=frozenset(Scope(scope) for scope in row.scopes.split()),
        not_before=row.not_before,
        not_after=row.not_after,
        revoked=row.revoked_at is not None,
    )
