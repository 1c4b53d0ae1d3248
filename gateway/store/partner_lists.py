"""Lists of a city's partners and devices, counted by the database: hundreds of partners, thousands of keys."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, func, or_, select

from gateway.domain.partners import Device, Partner
from gateway.store.database import Database
from gateway.store.devices import device_of, devices, partner_of
from gateway.store.tables import DEVICE, PARTNER


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """A partner with the number of its devices whose key is good, of the others, and when the first key ends."""

    partner: Partner
    good: int
    ended: int
    first_end: datetime | None


class SqlPartnerLists:
    """What the steward looks through. `now` is the instant at which a key is good or is not."""

    def __init__(self, database: Database, *, now: datetime) -> None:
        self._database = database
        self._now = now

    async def overview(
        self, *, kind: str | None = None, suspended: bool = False, text: str = ""
    ) -> Sequence[Overview]:
        """Return partners by id: those of a kind, the suspended ones, those with a text in their id or name."""
        good = and_(
            DEVICE.c.revoked_at.is_(None), DEVICE.c.not_before <= self._now, DEVICE.c.not_after > self._now
        )
        statement = (
            select(
                PARTNER,
                func.count(DEVICE.c.id).filter(good).label("good"),
                func.count(DEVICE.c.id).label("devices"),
                func.min(DEVICE.c.not_after).filter(good).label("first_end"),
            )
            .outerjoin(DEVICE, DEVICE.c.partner_id == PARTNER.c.id)
            .group_by(PARTNER.c.id)
            .order_by(PARTNER.c.id)
        )
        if kind is not None:
            statement = statement.where(PARTNER.c.kind == kind)
        if suspended:
            statement = statement.where(PARTNER.c.suspended_at.is_not(None))
        if text:
            statement = statement.where(
                or_(*(column.icontains(text, autoescape=True) for column in (PARTNER.c.id, PARTNER.c.name)))
            )
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return [
            Overview(
                partner=partner_of(row._mapping),
                good=row.good,
                ended=row.devices - row.good,
                first_end=row.first_end,
            )
            for row in rows
        ]

    async def ending(self, before: datetime) -> Sequence[Device]:
        """Return by end the unrevoked devices of active partners whose key ends by an instant, or has ended."""
        statement = (
            devices()
            .where(DEVICE.c.revoked_at.is_(None), DEVICE.c.not_after <= before, PARTNER.c.suspended_at.is_(None))
            .order_by(DEVICE.c.not_after, DEVICE.c.id)
        )
        async with self._database.read() as connection:
            return [device_of(row) for row in (await connection.execute(statement)).all()]
