"""Period keys at rest, wrapped by a key that is not in the database."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import LargeBinary, case, literal, select

from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.tables import PERIOD_KEY


class SqlPeriodKeys:
    """Implements `domain.ports.WrappedKeys`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def wrapped_key(
        self, reward: str, key_period: str, *, fresh: bytes, closes_at: datetime
    ) -> bytes | None:
        """Return the wrapped key of a reward and period; `fresh` becomes it where there is none.

        The primary key lets one of several first users win. None once the period has closed by the database's
        clock: by then a key is destroyed, or about to be, and none is made any more.
        """
        now = self._database.now()
        known = select(case((PERIOD_KEY.c.closes_at > now, PERIOD_KEY.c.wrapped)).label("wrapped")).where(
            PERIOD_KEY.c.reward == reward, PERIOD_KEY.c.key_period == key_period
        )
        async with self._database.read() as connection:
            row = (await connection.execute(known)).first()
        if row is None:
            first = self._database.insert(PERIOD_KEY).from_select(
                ["reward", "key_period", "wrapped", "closes_at"],
                select(
                    literal(reward),
                    literal(key_period),
                    literal(fresh, LargeBinary()),
                    literal(closes_at, Instant()),
                ).where(literal(closes_at, Instant()) > now),
            )
            async with self._database.write() as connection:
                await connection.execute(first.on_conflict_do_nothing())
                row = (await connection.execute(known)).first()
        wrapped: bytes | None = None if row is None else row.wrapped
        return wrapped

    async def closed(self) -> Collection[tuple[str, str]]:
        """Return reward and period of every key whose time is over by the database's clock."""
        over = select(PERIOD_KEY.c.reward, PERIOD_KEY.c.key_period).where(
            PERIOD_KEY.c.closes_at <= self._database.now()
        )
        async with self._database.read() as connection:
            return {(row.reward, row.key_period) for row in (await connection.execute(over)).all()}
