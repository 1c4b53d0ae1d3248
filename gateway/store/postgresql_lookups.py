"""Look-ups on PostgreSQL: prepared once on connections that stay with them.

Taking a connection from SQLAlchemy's pool and giving it back costs more than the question. So some of its
connections are taken once and kept: opened, limited and closed as all others, and given up where one fails.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import greenlet_spawn

from gateway.store.engines import WAIT_FOR_CONNECTION_SECONDS
from gateway.store.lookups import Lookup


class Kept:
    """A connection of the pool, and what is prepared on it. asyncpg gives each statement its number of times."""

    def __init__(self, pooled: Any) -> None:
        self._pooled = pooled
        self._driver = pooled.driver_connection
        self._prepared: dict[Lookup, Any] = {}

    @property
    def is_gone(self) -> bool:
        """Whether the server, or who is between, has hung up."""
        return bool(self._driver.is_closed())

    async def fetch(self, lookup: Lookup, given: list[Any]) -> Sequence[Any] | None:
        """Return the row, in no transaction: one statement sees one state anyway."""
        prepared = self._prepared.get(lookup)
        if prepared is None:
            prepared = self._prepared[lookup] = await self._driver.prepare(lookup.text)
        found: Sequence[Any] | None = await prepared.fetchrow(*given)
        return found

    async def give_back(self) -> None:
        """Let the pool have it again."""
        self._prepared.clear()
        await asyncio.shield(greenlet_spawn(self._pooled.close))

    async def give_up(self) -> None:
        """Close it; the pool opens another one when somebody needs it."""
        self._prepared.clear()
        await asyncio.shield(greenlet_spawn(self._pooled.invalidate))


class OnKept:
    """Asks on `most` connections at once; who comes then waits. Implements `lookups.Way`."""

    def __init__(self, engine: AsyncEngine, most: int) -> None:
        self._engine = engine
        self._free: list[Kept] = []
        self._places = asyncio.Semaphore(most)
        self._closed = False

    async def fetch(self, lookup: Lookup, given: list[Any]) -> Sequence[Any] | None:
        """Return the row."""
        await self._enter()
        try:
            return await self._on_one(lookup, given)
        finally:
            self._places.release()

    async def close(self) -> None:
        """Give what is free back; what is in use is given up when its question is answered."""
        self._closed = True
        while self._free:
            await self._free.pop().give_back()

    async def _enter(self) -> None:
        if not self._places.locked():
            await self._places.acquire()  # at once
            return
        try:
            async with asyncio.timeout(WAIT_FOR_CONNECTION_SECONDS):
                await self._places.acquire()
        except TimeoutError:
            raise PoolTimeout("every connection for look-ups was in use") from None

    async def _on_one(self, lookup: Lookup, given: list[Any]) -> Sequence[Any] | None:
        while self._free and self._free[-1].is_gone:
            await self._free.pop().give_up()
        kept = self._free.pop() if self._free else Kept(await self._engine.raw_connection())
        try:
            found = await kept.fetch(lookup, given)
        except BaseException:  # also of whoever has gone: what is under way on it is nobody's answer
            await kept.give_up()
            raise
        if self._closed:
            await kept.give_up()
        else:
            self._free.append(kept)
        return found
