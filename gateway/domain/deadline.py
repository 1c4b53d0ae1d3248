"""How long somebody who asked is kept waiting: so long and not until all is tidied up."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.domain.errors import Unavailable

T = TypeVar("T")

ANSWER_SECONDS = 1.0
"""How long telling who asks may take, or any question of one row before the work itself: it takes milliseconds. An
operation then has seconds of its own, and a client waits for three."""

_left_behind: set[asyncio.Task[Any]] = set()
"""Cancelled work that still tidies up. The event loop itself would let it be collected meanwhile."""


async def within(seconds: float, work: Coroutine[Any, Any, T]) -> T:
    """Return what some work returns, if that takes at most so many seconds.

    Work that takes longer is cancelled, and nobody waits for its end: a connection to a database that went silent
    takes seconds to be given up. Whether what it had under way at the database still counts is unknown.

    Raises:
        Unavailable: it took longer.
    """
    task = asyncio.create_task(work)
    try:
        await asyncio.sleep(0)  # long enough for work that waits for nobody: it needs no timer
        if not task.done():
            await asyncio.wait({task}, timeout=seconds)
    except asyncio.CancelledError:
        _leave_behind(task)
        raise
    if not task.done():
        _leave_behind(task)
        raise Unavailable("deadline")
    return task.result()


def _leave_behind(task: asyncio.Task[Any]) -> None:
    task.cancel()
    _left_behind.add(task)
    task.add_done_callback(_forget)


def _forget(task: asyncio.Task[Any]) -> None:
    """Let go of work that has ended. That the database was away is no news; any other error is for the log."""
    _left_behind.discard(task)
    if task.cancelled():
        return
    error = task.exception()
    if error is not None and not isinstance(error, Unavailable):
        told = {"message": "work that nobody waited for any more failed", "exception": error, "task": task}
        task.get_loop().call_exception_handler(told)
