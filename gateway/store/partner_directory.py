"""The directory of devices that every request is looked up in; what it remembers concerns no person."""

import time
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, bindparam
from sqlalchemy.sql.expression import ColumnElement

from gateway.domain.deadline import ANSWER_SECONDS, within
from gateway.domain.partners import Device
from gateway.store.database import Database
from gateway.store.devices import device_of, devices
from gateway.store.tables import DEVICE, PARTNER

STALE_SECONDS_MAX = 2.0
"""How long a device may be remembered: a revocation must reach every node's verify within five seconds."""

REMEMBERED_MAX = 10_000
"""Devices remembered per process; a city has hundreds of partners with dozens of machines each."""


class SqlPartnerDirectory:
    """Implements `domain.ports.PartnerDirectory`; what it remembers concerns no person."""

    def __init__(self, database: Database) -> None:
        self._look = database.lookup(_device)
        self._remembered: dict[tuple[str, str], tuple[float, Device]] = {}

    async def device(self, client_id: str, kid: str) -> Device | None:
        """Return a device by its partner's client id and its key id. At most 2 seconds stale.

        Raises:
            Unavailable: the database can't answer, or not within ANSWER_SECONDS.
        """
        asked_at = time.monotonic()
        known = self._remembered.get((client_id, kid))
        if known is not None and asked_at - known[0] < STALE_SECONDS_MAX:
            return known[1]
        row = await within(ANSWER_SECONDS, self._look(kid=kid, client_id=client_id))
        if row is None:
            return None  # not remembered: made-up names would crowd the real ones out
        device = device_of(row)
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[client_id, kid] = (asked_at, device)
        return device


def _device(_: ColumnElement[datetime]) -> Select[Any]:
    """Return the one statement; which instant counts is for whoever asks."""
    key, partner = bindparam("kid", type_=String), bindparam("client_id", type_=String)
    return devices().where(DEVICE.c.kid == key, PARTNER.c.id == partner)
