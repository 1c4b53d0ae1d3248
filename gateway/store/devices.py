"""Devices and their partners as rows, for whoever reads or writes them."""

import json
from typing import Any

from sqlalchemy import Row, RowMapping, Select, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.partners import Device, Partner, Scope
from gateway.store.tables import DEVICE, PARTNER


def devices() -> Select[Any]:
    """Return the query for devices joined with their partners."""
    return select(DEVICE, PARTNER.c.kind, PARTNER.c.name, PARTNER.c.suspended_at).join(
        PARTNER, PARTNER.c.id == DEVICE.c.partner_id
    )


def device_of(row: Row[Any]) -> Device:
    """Return the device in a row of `devices`."""
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


def partner_of(row: RowMapping) -> Partner:
    """Return the partner in a row of its table."""
    return Partner(id=row["id"], kind=row["kind"], name=row["name"], suspended=row["suspended_at"] is not None)


async def insert_device(connection: AsyncConnection, device: Device) -> None:
    """Write a new device's row.

    Raises:
        IntegrityError: its key or its id is registered already, or there is no such partner.
    """
    await connection.execute(
        insert(DEVICE).values(
            id=device.id,
            partner_id=device.partner.id,
            label=device.label,
            kid=device.kid,
            public_jwk=json.dumps(dict(device.public_jwk), sort_keys=True),
            scopes=scopes_text(device.scopes),
            not_before=device.not_before,
            not_after=device.not_after,
            revoked_at=None,
        )
    )


def scopes_text(scopes: frozenset[Scope]) -> str:
    """Return scopes as a row holds them."""
    return " ".join(sorted(scopes))
