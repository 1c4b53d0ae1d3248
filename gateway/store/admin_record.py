"""The administrative record: each change by a steward or a card office, written in the change's transaction.

Nothing in it is about a resident: `subject` is a partner, a device or a sector, and facts are counts and settings.
"""

import json
from collections.abc import Sequence

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.acts import Act, Fact
from gateway.store.database import Database
from gateway.store.tables import ADMIN_RECORD


class AdminRecord:
    """Writes down what somebody does, and reads what everybody did."""

    def __init__(self, database: Database, *, who: str) -> None:
        self._database = database
        self._who = who

    async def note(
        self, connection: AsyncConnection, action: str, *, subject: str | None = None, **facts: Fact
    ) -> None:
        """Write an act down: it stands if, and only if, the transaction does."""
        await connection.execute(
            insert(ADMIN_RECORD).values(
                at=self._database.now(),
                who=self._who,
                action=action,
                subject=subject,
                facts=json.dumps(facts, ensure_ascii=False, sort_keys=True),
            )
        )

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
