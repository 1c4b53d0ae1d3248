"""The order in which everybody takes locks, and how several commands of one transaction keep to it.

Two transactions that take the same two locks in different orders wait for each other for ever. One command takes
its locks in the order of `Lock`; several in one transaction, one after the other, would begin again with each. So
each says which lock it needs next and waits for its turn: whoever's lock comes first goes on, until it has to say
again. One of them runs at any time; the others stand between two statements of theirs.
"""

import types
from collections.abc import Coroutine, Generator, Sequence
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import partial
from heapq import heapify, heappop, heappush
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Lock(IntEnum):
    """What is locked, in this order; of each kind in the order of the keys."""

    PROOF = auto()
    DEVICE = auto()
    ENTRY = auto()
    PIN = auto()
    PASS = auto()
    MARK = auto()
    EFFECT = auto()
    """A redemption or a hold that is on record."""
    QUOTA = auto()
    OCCASION = auto()
    """Everybody's who comes for the show, so it comes last."""


class Stumbled(Exception):
    """One of several commands failed, and with it their transaction. The cause is its error."""

    def __init__(self, number: int, error: Exception) -> None:
        super().__init__(number)
        self.number = number
        self.error = error


@dataclass(frozen=True, slots=True)
class _Turn:
    order: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Ended(Generic[T]):
    value: T


@types.coroutine
def turn(lock: Lock, *key: Any) -> Generator[_Turn, None, None]:
    """Wait until it is this lock's turn. Only what `in_turns` runs may wait so."""
    yield _Turn((lock, *key))


async def in_turns(works: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Run coroutines that share one connection, each from turn to turn, and return what each returned.

    Where two need the same lock, whoever comes earlier in the sequence takes it first.

    Raises:
        Stumbled: one of them failed. The others were closed where they stood.
    """
    ended: dict[int, T] = {}
    waiting: list[tuple[tuple[Any, ...], int]] = [((0,), number) for number in range(len(works))]
    heapify(waiting)
    try:
        while waiting:
            _, number = heappop(waiting)
            try:
                came_to = await _go_on(works[number])
            except Exception as error:
                raise Stumbled(number, error) from error
            if isinstance(came_to, _Ended):
                ended[number] = came_to.value
            else:
                heappush(waiting, (came_to.order, number))
    finally:
        for work in works:
            work.close()
    return [ended[number] for number in range(len(works))]


@types.coroutine
def _go_on(work: Coroutine[Any, Any, T]) -> Generator[Any, Any, _Turn | _Ended[T]]:
    """Run a coroutine until it waits for a turn or ends. What else it waits for, the event loop is told."""
    resume = partial(work.send, None)
    while True:
        try:
            awaited = resume()
        except StopIteration as end:
            return _Ended(end.value)
        if isinstance(awaited, _Turn):
            return awaited
        try:
            yield awaited
            resume = partial(work.send, None)
        except BaseException as error:  # a cancellation above all: it concerns whoever is waiting in there
            resume = partial(work.throw, error)
