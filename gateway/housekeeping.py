"""What a process does again and again while it serves.

It forgets what is past its time, looks how large groups are, how many keys end soon and whether its clock is
right, and tells other nodes what its callers have asked.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

import structlog

from gateway.assembly import CLOSE_SECONDS, Laurel
from gateway.auth.status_lists import STATUS_SECONDS
from gateway.domain.errors import Unavailable
from gateway.domain.groups import Inactivity
from gateway.store.limits import SHARE_SECONDS
from gateway.store.status_places import SqlPlaces
from gateway.store.sweep import sweep

SWEEP_SECONDS = 60
"""Between two rounds of forgetting: proofs live for seventy seconds, assertions for five minutes."""

GROUPS_SECONDS = 5
"""Until a reward is given, or no longer, after an import: as long as a revocation may take to reach every node."""

KEYS_SECONDS = 300
"""Between two looks at device keys, for the metrics: who is told weeks ahead can wait for minutes."""

CLOCK_SECONDS = 10
"""Between two looks at the database's clock: a step is told before many were refused for it."""

PLACES_SECONDS = 3600
"""Between two rounds of giving places in status lists back: cards expire at midnight."""

ACCESS_SECONDS = 1
"""Until a look is in the access log: nobody waits for it, and what a killed process had is lost."""

_log = structlog.get_logger(__name__)


@contextlib.asynccontextmanager
async def keeping_house(laurel: Laurel) -> AsyncIterator[None]:
    """Keep house while an application runs. It knows which rewards are active before it answers anybody.

    While it can't know, since the database is away at the start, questions about rewards are answered with 503.
    """
    look_at_groups, compare_clocks = _looking_at_groups(laurel), _comparing_clocks(laurel)
    with contextlib.suppress(Unavailable):
        await look_at_groups()
        await compare_clocks()

    async def forget() -> None:
        await laurel.pseudonyms.forget_closed()
        await sweep(laurel.database)

    async def give_back() -> None:
        await SqlPlaces(laurel.database).give_back()

    tasks = {
        asyncio.create_task(_again_and_again(forget, every=SWEEP_SECONDS, name="sweep")),
        asyncio.create_task(_again_and_again(look_at_groups, every=GROUPS_SECONDS, name="group sizes")),
        asyncio.create_task(_again_and_again(laurel.key_ends.refresh, every=KEYS_SECONDS, name="key ends")),
        asyncio.create_task(_again_and_again(compare_clocks, every=CLOCK_SECONDS, name="clocks")),
        asyncio.create_task(
            _again_and_again(laurel.status_lists.refresh, every=STATUS_SECONDS, name="status lists")
        ),
        asyncio.create_task(_again_and_again(give_back, every=PLACES_SECONDS, name="status places")),
        asyncio.create_task(_again_and_again(laurel.access.flush, every=ACCESS_SECONDS, name="access log")),
        asyncio.create_task(_again_and_again(laurel.limits.share, every=SHARE_SECONDS, name="shared limits")),
    }
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks, timeout=CLOSE_SECONDS)
        with contextlib.suppress(Unavailable, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await laurel.access.flush()


def _looking_at_groups(laurel: Laurel) -> Callable[[], Awaitable[None]]:
    """Return what looks how large groups are, and logs which rewards are not given when these change."""
    told: Mapping[str, Inactivity] = {}

    async def look() -> None:
        nonlocal told
        why = await laurel.groups.refresh()
        if why.keys() != told.keys():
            _log.warning("inactive rewards changed", rewards={code: why[code].value for code in why})
        told = why

    return look


def _comparing_clocks(laurel: Laurel) -> Callable[[], Awaitable[None]]:
    """Return what compares the gateway's clock with the database's, and logs when one has gone wrong or right."""
    told = True

    async def compare() -> None:
        nonlocal told
        difference = laurel.clock_difference
        await difference.refresh()
        if difference.is_small != told and difference.ahead is not None:
            told = difference.is_small
            seconds = round(difference.ahead.total_seconds())
            log = _log.info if told else _log.error
            log("clocks agree again" if told else "clocks differ", seconds_ahead_of_database=seconds)

    return compare


async def _again_and_again(work: Callable[[], Awaitable[None]], *, every: float, name: str) -> None:
    while True:
        try:
            await work()
        except Unavailable:
            pass  # the next round finds the same work
        except Exception as error:  # a chore that died would let denials stay for ever
            _log.error(f"{name} failed", error=type(error).__name__)
        await asyncio.sleep(every)
