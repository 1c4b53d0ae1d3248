"""The peer of `bench.capacity`: one statement that sells a ticket, as short as it can be written on PostgreSQL.

It knows no proof, no pass, no quota, no evidence and no answer for a retry: nobody could do the work with less.
"""

import secrets
from collections.abc import Sequence

import asyncpg

from bench.rush import Ask

TABLES = """
CREATE TABLE by_hand_show (id text PRIMARY KEY, capacity integer NOT NULL, used integer NOT NULL);
CREATE TABLE by_hand_ticket (request_id text PRIMARY KEY, show text NOT NULL, sold_at timestamptz NOT NULL);
"""

SELL = """
WITH taken AS (
  UPDATE by_hand_show SET used = used + 1 WHERE id = $1 AND used + 1 <= capacity RETURNING id
)
INSERT INTO by_hand_ticket SELECT $2, id, clock_timestamp() FROM taken RETURNING request_id
"""


class ByHand:
    """Shows and tickets in two tables of their own, on as many connections as the gateway has."""

    def __init__(self, pool: "asyncpg.Pool[asyncpg.Record]") -> None:
        self._pool = pool

    @classmethod
    async def open(cls, url: str, *, connections: int) -> "ByHand":
        """Make the tables. All connections are there before anything is measured."""
        pool = await asyncpg.create_pool(url, min_size=connections, max_size=connections)
        await pool.execute(TABLES)
        return cls(pool)

    async def announce(self, shows: Sequence[str], *, capacity: int) -> None:
        """Put shows on sale."""
        rows = [(show, capacity, 0) for show in shows]
        await self._pool.executemany("INSERT INTO by_hand_show VALUES ($1, $2, $3)", rows)

    def buying(self, show: str) -> Ask:
        """Return a request for one ticket."""

        async def ask() -> str:
            sold = await self._pool.fetchval(SELL, show, secrets.token_urlsafe(16))
            return "SOLD_OUT" if sold is None else "sold"

        return ask

    async def sold(self) -> int:
        """Return how many tickets are on record."""
        return int(await self._pool.fetchval("SELECT count(*) FROM by_hand_ticket"))

    async def close(self) -> None:
        """Close the connections."""
        await self._pool.close()
