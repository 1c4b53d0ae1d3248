"""What a process does again and again while it serves: forget what is past its time, look how large groups are."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable

import structlog

from gateway.assembly import CLOSE_SECONDS, Laurel
from gateway.domain.errors import Unavailable
from gateway.store.sweep import sweep

SWEEP_SECONDS = 60
"""Between two rounds of forgetting: proofs live for seventy seconds, assertions for five minutes."""

GROUPS_SECONDS = 5
"""Until a reward is given, or no longer, after an import: as long as a revocation may take to reach every node."""

_log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def keeping_house(laurel: Laurel) -> AsyncIterator[None]:
    """Keep house while an application runs. It knows which rewards are active before it answers anybody."""
    with contextlib.suppress(Unavailable):
        await laurel.groups.refresh()

    async def forget() -> None:
        await sweep(laurel.database)

    tasks = {
        asyncio.create_task(_again_and_again(forget, every=SWEEP_SECONDS, name="sweep")),
        asyncio.create_task(_again_and_again(laurel.groups.refresh, every=GROUPS_SECONDS, name="group sizes")),
    }
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=CLOSE_SECONDS)


async def _again_and_again(work: Callable[[], Awaitable[None]], *, every: float, name: str) -> None:
    while True:
        try:
            await work()
        except Unavailable:
            pass  # the next round finds the same work
        except Exception as error:  # a chore that died would let denials stay for ever
            _log.error(f"{name} failed", error=type(error).__name__)
        await asyncio.sleep(every)
