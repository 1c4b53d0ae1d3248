"""Counting residents, a slice at a time: all of a city at once would take longer than a statement may."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from itertools import pairwise

from sqlalchemy import ColumnElement, and_, func, select

from gateway.domain.standing import Standing
from gateway.store.database import Database
from gateway.store.standings import NO_HONOURS, standing_of
from gateway.store.tables import RESIDENT

SLICE = 50_000
"""Residents that one statement looks through: some 30 ms."""


class SqlCensus:
    """Implements `domain.steward_ports.Census`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def credited(self, thresholds: Sequence[tuple[int, date]]) -> Sequence[int]:
        """Return for each (hundredths of an hour, oldest day) how many without honours have such credit."""
        credit, as_of = RESIDENT.c.centihours, RESIDENT.c.as_of
        enough = [and_(credit >= least, as_of >= oldest) for least, oldest in thresholds]
        totals = [0] * len(enough)
        if not enough:
            return totals
        counts = [func.count().filter(one).label(f"n{place}") for place, one in enumerate(enough)]
        async for part in self._slices():
            statement = select(*counts).where(part, RESIDENT.c.honours == NO_HONOURS)
            async with self._database.read() as connection:
                row = (await connection.execute(statement)).one()
            totals = [total + found for total, found in zip(totals, row, strict=True)]
        return totals

    async def honoured(self) -> Mapping[bytes, Standing]:
        """Return everybody who holds an honour: few, whatever the city's size."""
        found: dict[bytes, Standing] = {}
        async for part in self._slices():
            statement = select(RESIDENT).where(part, RESIDENT.c.honours != NO_HONOURS)
            async with self._database.read() as connection:
                rows = (await connection.execute(statement)).mappings().all()
            found |= {row["registry_hash"]: standing_of(row) for row in rows}
        return found

    async def _slices(self) -> AsyncIterator[ColumnElement[bool]]:
        async with self._database.read() as connection:
            last = (await connection.execute(select(func.max(RESIDENT.c.id)))).scalar_one() or 0
        for before, until in pairwise(range(0, last + SLICE, SLICE)):
            yield and_(RESIDENT.c.id > before, RESIDENT.c.id <= until)
