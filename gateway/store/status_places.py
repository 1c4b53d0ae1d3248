"""Which places of a status list have cards and which of these count, a slice of the passes at a time."""

from collections.abc import AsyncIterator
from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import ColumnElement, and_, case, false, func, or_, select, type_coerce, update

from gateway.domain.eligibility import judge_standing
from gateway.domain.passes import PassForm
from gateway.domain.rewards import Rule
from gateway.domain.status_lists import Places
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.standings import NO_HONOURS, standing
from gateway.store.tables import PASS, RESIDENT, RETIRED_PLACE

SLICE = 1000
"""Passes that one statement looks through: some 5 ms of the event loop, in which no gate is answered."""

FREE_AFTER = timedelta(days=1)
"""A card's place is another's so long after its expiry: by then every gate's clock says that it has expired."""


class SqlPlaces:
    """Implements `domain.status_lists.Placed`, and gives places of expired cards back."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def places(self, sector: str, rule: Rule, *, today: date) -> AsyncIterator[Places]:
        """Yield the places of a sector's cards; those of erased cards too, which count no more.

        Raises:
            Unavailable: the database can't answer.
        """
        retired = select(RETIRED_PLACE.c.status_index).where(RETIRED_PLACE.c.sector == sector)
        async with self._database.read() as connection:
            gone = (await connection.execute(retired)).scalars().all()
        yield Places(gone, gone)
        works = and_(PASS.c.revoked_at.is_(None), PASS.c.expires_at > self._database.now())
        # Of the few with honours, who are no match by their hours, Python judges the rest.
        honours = case((and_(works, RESIDENT.c.honours != NO_HONOURS), RESIDENT.c.honours))
        columns = (
            PASS.c.status_index,
            and_(works, _by_hours(rule, today)).label("good"),
            honours.label("honours"),
        )
        more = (RESIDENT.c.centihours, RESIDENT.c.as_of)
        async for part in self._slices():
            statement = (
                select(*columns, *more)
                .join(RESIDENT, RESIDENT.c.id == PASS.c.resident_id)
                .where(part, _has_place(sector))
            )
            async with self._database.read() as connection:
                rows = (await connection.execute(statement)).all()
            yield Places(
                [row.status_index for row in rows],
                [
                    row.status_index
                    for row in rows
                    if not row.good
                    and (
                        row.honours is None
                        or judge_standing(standing(row.centihours, row.as_of, row.honours), rule, today)
                        is not None
                    )
                ],
            )

    async def give_back(self) -> int:
        """Let others have the places of cards that expired a day ago; return how many. Safe to repeat.

        The pass stays on record, so that its holder hears that it expired; its place becomes a negative number.
        """
        given = 0
        async with self._database.read() as connection:
            now = (await connection.execute(select(type_coerce(self._database.now(), Instant())))).scalar_one()
        expired = and_(PASS.c.expires_at < now - FREE_AFTER, PASS.c.status_index >= 0)
        async for part in self._slices():
            async with self._database.read() as connection:
                if (await connection.execute(select(PASS.c.id).where(part, expired).limit(1))).first() is None:
                    continue
            async with self._database.write() as connection:
                freed = update(PASS).where(part, expired).values(status_index=-1 - PASS.c.id)
                given += (await connection.execute(freed)).rowcount
        return given

    async def _slices(self) -> AsyncIterator[ColumnElement[bool]]:
        async with self._database.read() as connection:
            last = (await connection.execute(select(func.max(PASS.c.id)))).scalar_one() or 0
        for before, until in pairwise(range(0, last + SLICE, SLICE)):
            yield and_(PASS.c.id > before, PASS.c.id <= until)


def _has_place(sector: str) -> ColumnElement[bool]:
    """Return the condition of being a card with a place in a sector's list.

    In the form of a CASE, which no index serves: SQLite would go through the sector's whole index of places for
    each slice, and so through all cards as often as there are slices.
    """
    is_one = and_(PASS.c.sector == sector, PASS.c.form == PassForm.CARD.value, PASS.c.status_index >= 0)
    return case((is_one, 1), else_=0) == 1


def _by_hours(rule: Rule, today: date) -> ColumnElement[bool]:
    if rule.min_centihours is None:
        return or_(false())
    oldest = today - timedelta(days=rule.max_age_days)
    return and_(RESIDENT.c.centihours >= rule.min_centihours, RESIDENT.c.as_of >= oldest)
