"""Period keys at rest, wrapped by a key that is not in the database."""

from datetime import datetime

from sqlalchemy import select

from gateway.store.database import Database
from gateway.store.tables import PERIOD_KEY


class SqlPeriodKeys:
    """Implements `domain.ports.WrappedKeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wrapped_key(
        self, reward: str, key_period: str, *, fresh: bytes, closes_at: datetime
    ) -> bytes | None:
        """Return the wrapped key of a reward and period; `fresh` becomes it where there is none.

        The primary key lets one of several first users win. None once the key has been destroyed.
        """
        known = select(PERIOD_KEY.c.wrapped).where(
            PERIOD_KEY.c.reward == reward, PERIOD_KEY.c.key_period == key_period
        )
        async with self._database.read() as connection:
            row = (await connection.execute(known)).first()
        if row is None:
            async with self._database.write() as connection:
                await connection.execute(
                    self._database.insert(PERIOD_KEY)
                    .values(reward=reward, key_period=key_period, wrapped=fresh, closes_at=closes_at)
                    .on_conflict_do_nothing()
                )
                row = (await connection.execute(known)).one()
        wrapped: bytes | None = row.wrapped
        return wrapped
