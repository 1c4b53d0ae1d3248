"""What may be used once: remembered in this process, in Valkey, or in the database.

In-process memory is enough for one process; nodes that share work need Valkey or the database. None of
them guesses: a store that can't be asked lets nobody pass.
"""

import heapq
from collections.abc import Callable
from datetime import UTC, datetime

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.domain.clock import Clock
from gateway.domain.errors import Unavailable
from gateway.store.database import Database
from gateway.store.tables import USED_PROOF

MEMORY_MAX = 1_000_000
"""Digests remembered in a process; at 70 seconds each that is 14,000 requests per second."""


class MemoryReplayGuard:
    """Remembers in this process alone."""

    def __init__(self, clock: Clock, *, capacity: int = MEMORY_MAX) -> None:
        self._clock = clock
        self._capacity = capacity
        self._seen: set[bytes] = set()
        self._expiry: list[tuple[float, bytes]] = []

    async def first_use(self, digest: bytes, expires_at: datetime) -> bool:
        """Whether this is the first use.

        Raises:
            Unavailable: as much is remembered as fits; forgetting early would let a proof be used twice.
        """
        now = self._clock().timestamp()
        while self._expiry and self._expiry[0][0] < now:
            self._seen.discard(heapq.heappop(self._expiry)[1])
        if digest in self._seen:
            return False
        if len(self._seen) >= self._capacity:
            raise Unavailable("replay memory")
        self._seen.add(digest)
        heapq.heappush(self._expiry, (expires_at.timestamp(), digest))
        return True


class SqlReplayGuard:
    """Remembers in the database, for all nodes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def first_use(self, digest: bytes, expires_at: datetime) -> bool:
        """Whether this is the first use: the primary key decides."""
        async with self._database.write() as connection:
            used = await connection.execute(
                self._database.insert(USED_PROOF)
                .values(digest=digest, expires_at=expires_at)
                .on_conflict_do_nothing()
                .returning(USED_PROOF.c.digest)
            )
            return used.first() is not None


class ValkeyReplayGuard:
    """Remembers in Valkey or Redis, for all nodes. Each digest expires by itself."""

    def __init__(self, redis: Redis, clock: Callable[[], datetime]) -> None:
        self._redis = redis
        self._clock = clock

    async def first_use(self, digest: bytes, expires_at: datetime) -> bool:
        """Whether this is the first use: SET NX decides.

        Raises:
            Unavailable: Valkey can't answer, so nobody can tell.
        """
        milliseconds = int((expires_at.astimezone(UTC) - self._clock()).total_seconds() * 1000)
        try:
            stored = await self._redis.set(b"laurel:used:" + digest, b"", nx=True, px=max(milliseconds, 1))
        except (RedisError, OSError) as error:
            raise Unavailable("valkey") from error
        return bool(stored)


async def answers(redis: Redis) -> bool:
    """Whether Valkey answers right now."""
    try:
        return bool(await redis.ping())
    except (RedisError, OSError):
        return False
