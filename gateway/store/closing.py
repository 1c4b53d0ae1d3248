"""Closing periods: destroying the keys that say whose redemptions those were, with their evidence."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select, update

from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.scrubbing import Scrubbed, scrub
from gateway.store.sweep import forget_evidence
from gateway.store.tables import EVIDENCE, PERIOD_KEY


@dataclass(frozen=True, slots=True)
class DuePeriod:
    """A period whose key is past its time and still there."""

    reward: str
    key_period: str
    closes_at: datetime


@dataclass(frozen=True, slots=True)
class Due:
    """What a run would destroy: keys, and how many proofs."""

    periods: Sequence[DuePeriod]
    evidence: int


class SqlClosing:
    """Destroys what is past its time by the database's clock. Safe to repeat and to interrupt."""

    def __init__(self, database: Database, record: AdminRecord) -> None:
        self._database = database
        self._record = record

    async def due(self) -> Due:
        """Return what `close` would destroy now.

        Raises:
            Unavailable: the database can't answer.
        """
        proofs = select(func.count()).select_from(EVIDENCE).where(EVIDENCE.c.closes_at <= self._database.now())
        async with self._database.read() as connection:
            rows = (await connection.execute(self._due_keys())).all()
            return Due([DuePeriod(*row) for row in rows], (await connection.execute(proofs)).scalar_one())

    async def close(self) -> Due:
        """Destroy evidence, then all keys in one transaction with the act in the record; return what it was.

        The row of a key stays, without it: who comes late finds the period closed and makes no new key.

        Raises:
            Unavailable: the database can't answer; what is destroyed already stays so, and repeating goes on.
        """
        evidence = await forget_evidence(self._database)
        async with self._database.write() as connection:
            await self._database.exclude(connection, PERIOD_KEY.name)
            rows = (await connection.execute(self._due_keys())).all()
            for row in rows:
                one = (PERIOD_KEY.c.reward == row.reward, PERIOD_KEY.c.key_period == row.key_period)
                await connection.execute(update(PERIOD_KEY).where(*one).values(wrapped=None))
            if rows or evidence:
                await self._record.note(connection, "privacy close-periods", keys=len(rows), evidence=evidence)
        return Due([DuePeriod(*row) for row in rows], evidence)

    async def scrub(self) -> Scrubbed:
        """Let no file of the database keep the keys that `close` destroyed; a log or a backup elsewhere may.

        PostgreSQL's table of keys is small, and written anew within milliseconds. That of evidence is not, so its
        bytes are left to the vacuum: without these keys a proof says who signed, and no longer for whom.
        """
        return await scrub(self._database, PERIOD_KEY)

    def _due_keys(self) -> Select[Any]:
        return (
            select(PERIOD_KEY.c.reward, PERIOD_KEY.c.key_period, PERIOD_KEY.c.closes_at)
            .where(PERIOD_KEY.c.wrapped.is_not(None), PERIOD_KEY.c.closes_at <= self._database.now())
            .order_by(PERIOD_KEY.c.reward, PERIOD_KEY.c.key_period)
        )
