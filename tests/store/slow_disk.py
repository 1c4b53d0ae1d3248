"""A database whose commits wait until the test lets them: a disk that is slow, and no more than that."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.ledger import Command, Outcome
from gateway.store.coalescing import Coalescer
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from gateway.store.steps import Asked

T = TypeVar("T")

PATIENCE_SECONDS = 30
"""Nobody waits so long unless it is for ever."""


class SlowDisk(Database):
    """A database with a disk that flushes nothing while it is `stuck`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self._flushes = asyncio.Event()
        self._flushes.set()
        self.at_the_disk = 0

    def stick(self) -> None:
        """Flush nothing more."""
        self._flushes.clear()

    def flush(self) -> None:
        """Flush what waits, and all that comes."""
        self._flushes.set()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Open a transaction whose commit waits for the disk."""
        async with super().write() as connection:
            yield connection
            await self._flushed()

    @asynccontextmanager
    async def write_plainly(self) -> AsyncIterator[Asked]:
        """Open one below SQLAlchemy whose commit waits, too."""
        async with super().write_plainly() as asked:
            yield asked
            await self._flushed()

    async def _flushed(self) -> None:
        self.at_the_disk += 1
        try:
            await self._flushes.wait()
        finally:
            self.at_the_disk -= 1


async def until(seen: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not seen():  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.001)


class Desk:
    """Clients who commit through one queue."""

    def __init__(self, disk: SlowDisk) -> None:
        self.disk = disk
        self.writes = Coalescer(disk)
        self.ledger = SqlLedger(disk, self.writes)
        self.lanes = 1 if disk.is_sqlite else 2

    async def send(self, commands: Sequence[Command]) -> list[asyncio.Task[Outcome]]:
        """Send commands, each by a client of its own, and return when all of them are in the queue."""
        tasks = [asyncio.create_task(self._commit(command)) for command in commands]
        await asyncio.sleep(0)  # all have put theirs in
        await asyncio.sleep(0)  # and free lanes were filled
        return tasks

    async def occupy(self, commands: Sequence[Command]) -> list[asyncio.Task[Outcome]]:
        """Send a command for each lane, and wait until all are at the disk."""
        self.disk.stick()
        tasks = []
        for number, command in enumerate(commands, start=1):
            tasks += await self.send([command])
            await until(lambda number=number: self.disk.at_the_disk == number)  # type: ignore[misc]
        assert len(commands) == self.lanes
        return tasks

    async def _commit(self, command: Command) -> Outcome:
        [outcome] = await self.ledger.commit([command])
        return outcome


async def all_of(tasks: Sequence[Awaitable[T]]) -> list[T]:
    """Return what each of some tasks returns."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        return [await task for task in tasks]
