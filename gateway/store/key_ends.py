"""How many device keys end soon: counted now and then, so that whoever reads the metrics asks no database."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select

from gateway.domain.clock import Clock
from gateway.store.database import Database
from gateway.store.tables import DEVICE, PARTNER

WITHIN_DAYS = (1, 7, 30)
"""When somebody is told: a partner needs weeks to send somebody to a machine."""


@dataclass(frozen=True, slots=True)
class KeyEnds:
    """Device keys that have ended and stand unrevoked, and those that end within so many days, of whomever."""

    ended: int
    within: Mapping[int, int]


class SqlKeyEnds:
    """Counts the unrevoked devices of partners that are not suspended, as `gateway partners check` lists them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._found: KeyEnds | None = None

    @property
    def found(self) -> KeyEnds | None:
        """What the last look found; None before the first."""
        return self._found

    async def refresh(self) -> None:
        """Look, in one statement.

        Raises:
            Unavailable: the database can't answer; what was found before stays.
        """
        now = self._clock()
        statement = (
            select(func.count().filter(DEVICE.c.not_after <= now), *(_ending(now, days) for days in WITHIN_DAYS))
            .select_from(DEVICE)
            .join(PARTNER, PARTNER.c.id == DEVICE.c.partner_id)
            .where(DEVICE.c.revoked_at.is_(None), PARTNER.c.suspended_at.is_(None))
        )
        async with self._database.read() as connection:
            ended, *within = (await connection.execute(statement)).one()
        self._found = KeyEnds(ended, dict(zip(WITHIN_DAYS, within, strict=True)))


def _ending(now: datetime, days: int) -> ColumnElement[int]:
    return func.count().filter(and_(DEVICE.c.not_after > now, DEVICE.c.not_after <= now + timedelta(days=days)))
