"""The one write path: what arrives while a transaction is being committed goes into the next one together.

A commit costs the disk a flush, however much is in it, and everybody who comes for one row waits until whoever had
it before has committed. So a process has few transactions under way at once, its lanes; whoever comes meanwhile
waits for the next. Nobody waits for company: where a lane is free, one alone goes at once.

Who asked is answered when the commit is durable, each by itself. Who has gone before its transaction began is left
out; after that it counts or not, and the same request finds out. What others wait for does not depend on it.
"""

import asyncio
import contextlib
from collections import Counter, deque
from collections.abc import Hashable, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass

from gateway.domain.deadline import within
from gateway.domain.errors import Unavailable
from gateway.store.applying import Done, Kind, Work, kind_of, touches
from gateway.store.batches import Results, settle
from gateway.store.database import Database

LANES = 2
"""Transactions of short works at once on PostgreSQL: while one waits for the disk, the other one is filled."""

QUEUE_MAX = 1000
"""Works that wait, some megabytes: more than is done within the second for which anybody waits."""

MOST: Mapping[Kind, int] = {Kind.PLAIN: 64, Kind.SHORT: 16, Kind.LONG: 1}
"""Works in one transaction: it is over long before a lock's timeout."""

SECONDS: Mapping[Kind, float] = {Kind.PLAIN: 2.0, Kind.SHORT: 2.0, Kind.LONG: 4.0}
"""How long a lane stays with works that don't end, twice an operation's time: who came last has been told then."""


@dataclass(frozen=True, slots=True, eq=False)
class _Item:
    """A work that somebody waits for."""

    work: Work
    kind: Kind
    touches: frozenset[Hashable]
    answer: asyncio.Future[Done]


class Coalescer:
    """The lanes and the queue of one process and one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        everything, long = frozenset(Kind), frozenset({Kind.LONG})
        # SQLite has one writer. On PostgreSQL an upload shall not keep a gate waiting.
        self._free = [everything] if database.is_sqlite else [*[everything - long] * LANES, long]
        self._waiting: deque[_Item] = deque()
        self._touched: set[Hashable] = set()
        self._running: dict[asyncio.Task[None], Sequence[_Item]] = {}
        self._about_to_look = self._closed = False
        self.refused = 0
        self.sizes: Counter[int] = Counter()

    @property
    def waiting(self) -> int:
        """How many works wait for a transaction."""
        return len(self._waiting)

    async def commit(self, works: Sequence[Work]) -> Sequence[Done]:
        """Put works into the queue and return their outcomes, each after its durable commit.

        Raises:
            Unavailable: the queue is full, or the database can't answer; the same requests may be sent again.
        """
        loop = asyncio.get_running_loop()
        items = [_Item(work, kind_of(work), touches(work), loop.create_future()) for work in works]
        if self._closed:
            raise Unavailable("write queue")
        if len(self._waiting) + len(items) > QUEUE_MAX:
            self._waiting = deque(item for item in self._waiting if not item.answer.done())
            if len(self._waiting) + len(items) > QUEUE_MAX:
                self.refused += len(items)
                raise Unavailable("write queue")
        self._waiting.extend(items)
        self._look_soon()
        return await asyncio.gather(*(item.answer for item in items))

    async def close(self, seconds: float) -> None:
        """Take nothing more, and end what was taken, or refuse it where that takes longer."""
        self._closed = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while self._running or self._about_to_look:
                    await asyncio.sleep(0) if self._about_to_look else await asyncio.wait(self._running)
        for item in [*self._waiting, *(item for batch in self._running.values() for item in batch)]:
            _answer(item, Unavailable("write queue"))
        self._waiting.clear()

    def _look_soon(self) -> None:
        """Fill free lanes as soon as all who are here already have put in theirs."""
        if not self._about_to_look:
            self._about_to_look = True
            asyncio.get_running_loop().call_soon(self._look)

    def _look(self) -> None:
        self._about_to_look = False
        for lane in self._free.copy():
            if batch := self._next(lane):
                self._free.remove(lane)
                # A context of its own: what it logs is not the first one's.
                task = asyncio.create_task(self._commit(lane, batch), name="write lane", context=Context())
                self._running[task] = batch

    def _next(self, kinds: frozenset[Kind]) -> list[_Item]:
        """Take what comes next for a lane. Of what touches the same, the later one waits for the earlier."""
        batch: list[_Item] = []
        left: deque[_Item] = deque()
        left_touched: set[Hashable] = set()
        for item in self._waiting:
            if item.answer.done():
                continue  # it has gone
            most = MOST[batch[0].kind] if batch else 1
            fits = item.kind in kinds and len(batch) < most and all(one.kind is item.kind for one in batch[:1])
            if fits and self._touched.isdisjoint(item.touches) and left_touched.isdisjoint(item.touches):
                batch.append(item)
                self._touched |= item.touches
            else:
                left.append(item)
                left_touched |= item.touches
        self._waiting = left
        return batch

    async def _commit(self, lane: frozenset[Kind], batch: Sequence[_Item]) -> None:
        results: Results = [Unavailable("database")] * len(batch)
        try:
            self.sizes[len(batch)] += 1
            works = [item.work for item in batch]
            results = await within(SECONDS[batch[0].kind], settle(self._database, works))
        except Unavailable as error:
            results = [error] * len(batch)
        finally:
            for item, result in zip(batch, results, strict=True):
                _answer(item, result)
                self._touched -= item.touches
            del self._running[asyncio.current_task()]  # type: ignore[arg-type]
            self._free.append(lane)
            self._look_soon()


def _answer(item: _Item, result: Done | Exception) -> None:
    """Tell whoever waits for an item, if it still does."""
    if item.answer.done():
        return
    if isinstance(result, Unavailable):  # several are told the same, each by an error of its own
        told = Unavailable(str(result), retry_after_seconds=result.retry_after_seconds)
        told.__cause__ = result.__cause__
        item.answer.set_exception(told)
    elif isinstance(result, Exception):
        item.answer.set_exception(result)
    else:
        item.answer.set_result(result)
