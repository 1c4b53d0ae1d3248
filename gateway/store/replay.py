"""What may be used once: remembered in this process, or in the database for all of them.

Questions are remembered here, sign-ins there; effects are used up in their own transaction (`entries.accept`).
Neither guesses: a memory that can't be asked, or is full, lets nobody pass.
"""

import heapq
from datetime import datetime

from gateway.domain.clock import Clock
from gateway.domain.deadline import ANSWER_SECONDS, within
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
        """Whether this is the first use: the primary key decides.

        Raises:
            Unavailable: the database can't answer, or not within ANSWER_SECONDS; the digest may be used up then.
        """
        return await within(ANSWER_SECONDS, self._first_use(digest, expires_at))

    async def _first_use(self, digest: bytes, expires_at: datetime) -> bool:
        async with self._database.write() as connection:
            used = await connection.execute(
                self._database.insert(USED_PROOF)
                .values(digest=digest, expires_at=expires_at)
                .on_conflict_do_nothing()
                .returning(USED_PROOF.c.digest)
            )
            return used.first() is not None
