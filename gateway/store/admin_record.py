"""The administrative record: each change by a steward or a card office, written in the change's transaction.

Nothing in it is about a resident: `subject` is a partner, a device or a sector, and facts are counts and settings.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.acts import Act, Fact
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.tables import ADMIN_RECORD


class AdminRecord:
    """Writes down what somebody does, and reads what everybody did."""

    def __init__(self, database: Database, *, who: str) -> None:
        self._database = database
        self._who = who

    async def note(
        self, connection: AsyncConnection, action: str, *, subject: str | None = None, **facts: Fact
    ) -> None:
        """Write an act down, as the last thing of a transaction: it stands if, and only if, that does.

        Acts are numbered as they are committed, so that a copy that goes on after the last number misses none.
        """
        await self._write(connection, facts, at=self._database.now(), action=action, subject=subject)

    async def note_day(
        self, connection: AsyncConnection, action: str, *, subject: str | None = None, **facts: Fact
    ) -> None:
        """Write down an act for somebody who stands at the desk: with its day (UTC), not with the minute.

        Passes are numbered as they are made: the minute would tell whoever has the database and saw the resident
        there which one that was.
        """
        clock = select(type_coerce(self._database.now(), Instant()))
        now: datetime = (await connection.execute(clock)).scalar_one()
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        await self._write(connection, facts, at=day, action=action, subject=subject)

    async def _write(self, connection: AsyncConnection, facts: Mapping[str, Fact], **act: Any) -> None:
        await self._database.exclude(connection, ADMIN_RECORD.name)
        kept = json.dumps(facts, ensure_ascii=False, sort_keys=True)
        await connection.execute(insert(ADMIN_RECORD).values(who=self._who, facts=kept, **act))

    async def note_alone(self, action: str, *, subject: str | None = None, **facts: Fact) -> None:
        """Write down an act that is no transaction of its own, such as the beginning of a long one."""
        async with self._database.write() as connection:
            await self.note(connection, action, subject=subject, **facts)

    async def acts(self, *, after: int = 0, limit: int = 1000) -> Sequence[Act]:
        """Return acts in the order in which they were written, those with a higher id than `after`."""
        statement = select(ADMIN_RECORD).where(ADMIN_RECORD.c.id > after).order_by(ADMIN_RECORD.c.id).limit(limit)
        async with self._database.read() as connection:
            rows = (await connection.execute(statement)).all()
        return [Act(**{**row._mapping, "facts": json.loads(row.facts)}) for row in rows]
