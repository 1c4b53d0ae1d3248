"""Adding months up: sums over the ledger's own rows, a day at a time, so that no statement takes long."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, and_, func, select, type_coerce

from gateway.domain.settlement import Line, Month, RejectedTap, Settlement, TapLine
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.tables import ENTRY, REDEMPTION, TAP

SLICE = timedelta(days=1)
"""What one statement adds up: a metro's day is a few hundred thousand rows."""

PAGE = 1000
"""Rejected taps that are read at once."""


class SqlSettlements:
    """Implements `domain.settlement.Settlements`, and lists what its annex counts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def settle(self, partner_id: str, month: Month) -> Settlement:
        """Add a partner's month up, by the database's clock."""
        async with self._database.read() as connection:
            now: datetime = (
                await connection.execute(select(type_coerce(self._database.now(), Instant())))
            ).scalar_one()
        redeemed, reversed_ = Counter[tuple[str, int]](), Counter[tuple[str, int]]()
        taps, units = Counter[tuple[str, str, str | None]](), Counter[tuple[str, str, str | None]]()
        for begins, ends in _slices(month):
            async with self._database.read() as connection:
                for row in await connection.execute(_redeemed(partner_id, begins, ends)):
                    redeemed[row.reward, row.tariff_fen] += row.units
                for row in await connection.execute(_reversed(partner_id, begins, ends)):
                    reversed_[row.reward, row.tariff_fen] += row.units
                for row in await connection.execute(_taps(partner_id, begins, ends)):
                    taps[row.reward, row.verdict, row.reason] += row.taps
                    units[row.reward, row.verdict, row.reason] += row.units
        return Settlement(
            partner_id=partner_id,
            month=month,
            final=month.final_at(now),
            lines=tuple(
                Line(
                    reward=reward,
                    tariff_fen=tariff,
                    redeemed=redeemed[reward, tariff],
                    reversed=reversed_[reward, tariff],
                )
                for reward, tariff in sorted(redeemed.keys() | reversed_.keys())
            ),
            taps=tuple(
                TapLine(
                    reward=reward, verdict=verdict, reason=reason, taps=taps[reward, verdict, reason], units=count
                )
                for (reward, verdict, reason), count in sorted(units.items(), key=str)
            ),
        )

    async def rejected(self, partner_id: str, month: Month) -> AsyncIterator[RejectedTap]:
        """Yield a partner's taps that arrived in a month and were rejected, in the order of their request ids."""
        after = ""
        columns = [TAP.c[name] for name in RejectedTap.__dataclass_fields__]
        while True:
            statement = (
                select(*columns)
                .where(
                    TAP.c.partner_id == partner_id,
                    TAP.c.request_id > after,
                    TAP.c.verdict == "REJECTED",
                    _within(TAP.c.arrived_at, month.begins, month.ends),
                )
                .order_by(TAP.c.request_id)
                .limit(PAGE)
            )
            async with self._database.read() as connection:
                rows = (await connection.execute(statement)).all()
            for row in rows:
                yield RejectedTap(**row._mapping)
            if len(rows) < PAGE:
                return
            after = rows[-1].request_id

    async def overdraft(self, partner_id: str, month: Month) -> int:
        """Return how many units that a partner granted offline in a month are no quota's; for the city alone."""
        return sum([await self._overdraft(partner_id, begins, ends) for begins, ends in _slices(month)])

    async def _overdraft(self, partner_id: str, begins: datetime, ends: datetime) -> int:
        statement = select(func.coalesce(func.sum(REDEMPTION.c.overdraft), 0)).where(
            REDEMPTION.c.partner_id == partner_id, _within(REDEMPTION.c.redeemed_at, begins, ends)
        )
        async with self._database.read() as connection:
            return int((await connection.execute(statement)).scalar_one())


def _slices(month: Month) -> Iterator[tuple[datetime, datetime]]:
    count = -((month.begins - month.ends) // SLICE)
    borders = [min(month.begins + SLICE * number, month.ends) for number in range(count + 1)]
    return pairwise(borders)


def _within(column: Column[Any], begins: datetime, ends: datetime) -> ColumnElement[bool]:
    return and_(column >= begins, column < ends)


def _redeemed(partner_id: str, begins: datetime, ends: datetime) -> Select[Any]:
    return (
        select(REDEMPTION.c.reward, REDEMPTION.c.tariff_fen, func.sum(REDEMPTION.c.quantity).label("units"))
        .where(REDEMPTION.c.partner_id == partner_id, _within(REDEMPTION.c.redeemed_at, begins, ends))
        .group_by(REDEMPTION.c.reward, REDEMPTION.c.tariff_fen)
    )


def _reversed(partner_id: str, begins: datetime, ends: datetime) -> Select[Any]:
    return (
        select(REDEMPTION.c.reward, REDEMPTION.c.tariff_fen, func.sum(ENTRY.c.quantity).label("units"))
        .join_from(ENTRY, REDEMPTION, REDEMPTION.c.id == ENTRY.c.redemption_id)
        .where(
            ENTRY.c.partner_id == partner_id,
            ENTRY.c.kind == "REVERSED",
            _within(ENTRY.c.recorded_at, begins, ends),
        )
        .group_by(REDEMPTION.c.reward, REDEMPTION.c.tariff_fen)
    )


def _taps(partner_id: str, begins: datetime, ends: datetime) -> Select[Any]:
    return (
        select(
            TAP.c.reward,
            TAP.c.verdict,
            TAP.c.reason,
            func.count().label("taps"),
            func.sum(TAP.c.quantity).label("units"),
        )
        .where(TAP.c.partner_id == partner_id, _within(TAP.c.arrived_at, begins, ends))
        .group_by(TAP.c.reward, TAP.c.verdict, TAP.c.reason)
    )
