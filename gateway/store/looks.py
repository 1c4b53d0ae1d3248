"""The access log at rest: tags that say nothing by themselves, and when each is forgotten."""

from sqlalchemy import select

from gateway.domain.access import Tag
from gateway.store.database import Database
from gateway.store.tables import LOOK, PARTNER

TAGS_AT_ONCE = 1000
"""Parameters of one statement: databases have limits, and cities hundreds of partners."""


class SqlLooks:
    """Implements `domain.access.Looks`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, tags: list[Tag]) -> None:
        """Keep tags, in one order, so that no two processes wait for each other.

        Raises:
            Unavailable: the database can't answer.
        """
        rows = {one.tag: one.forget_after for one in tags}
        put = self._database.insert(LOOK).on_conflict_do_nothing()
        async with self._database.write() as connection:
            await connection.execute(put, [{"tag": tag, "forget_after": rows[tag]} for tag in sorted(rows)])

    async def known(self, tags: list[bytes]) -> set[bytes]:
        """Return which of some tags are kept.

        Raises:
            Unavailable: the database can't answer.
        """
        found: set[bytes] = set()
        async with self._database.read() as connection:
            for first in range(0, len(tags), TAGS_AT_ONCE):
                asked = select(LOOK.c.tag).where(LOOK.c.tag.in_(tags[first : first + TAGS_AT_ONCE]))
                found.update((await connection.execute(asked)).scalars())
        return found

    async def partners(self) -> dict[str, str]:
        """Return every partner's name by its id: one of them may have looked.

        Raises:
            Unavailable: the database can't answer.
        """
        async with self._database.read() as connection:
            rows = (await connection.execute(select(PARTNER.c.id, PARTNER.c.name))).all()
        return {row.id: row.name for row in rows}
