"""The administrative record in the name of a card office's machine, while that machine works."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.acts import Fact
from gateway.domain.errors import NotAuthentic
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.tables import DEVICE, PARTNER


class MachineRecord(AdminRecord):
    """Writes down what a machine does, in the transaction that does it, and undoes that where it has ended.

    So nothing that it ordered commits after its revocation, or its office's suspension, was acknowledged (I11).
    """

    def __init__(self, database: Database, *, device_id: str, office_id: str) -> None:
        super().__init__(database, who=f"office:{device_id}")
        self._device_id, self._office_id = device_id, office_id

    async def _write(self, connection: AsyncConnection, facts: Mapping[str, Fact], **act: Any) -> None:
        """Write an act down.

        Raises:
            NotAuthentic: `device-ended`; the transaction has to be undone.
        """
        await self._database.share(connection, self._office_id, self._device_id)
        working = (
            select(DEVICE.c.id)
            .join(PARTNER, PARTNER.c.id == DEVICE.c.partner_id)
            .where(
                DEVICE.c.id == self._device_id,
                DEVICE.c.revoked_at.is_(None),
                DEVICE.c.not_after > self._database.now(),
                PARTNER.c.suspended_at.is_(None),
            )
        )
        if (await connection.execute(working)).first() is None:
            raise NotAuthentic("device-ended")
        await super()._write(connection, facts, **act)
