"""`python -m bench.status_build`: build the status lists of the database of the settings, once, and tell about it.

A process of its own, for its memory to be measured: `bench.status_city` runs it.
"""

import asyncio
import json
import resource
import sys
import time
from contextlib import suppress
from statistics import quantiles

from gateway.assembly import assemble
from gateway.cli.console import closing
from gateway.settings import Settings

TICK_SECONDS = 0.001
SECTOR = "transit"


async def main() -> None:
    """Build the lists; print seconds, the memory of before, the longest wait of others, and the list."""
    async with closing(assemble(Settings.read(log_level="warning"))) as laurel:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        waits: list[float] = []
        other = asyncio.create_task(_somebody_else(waits))
        started = time.perf_counter()
        await laurel.status_lists.refresh()
        seconds = time.perf_counter() - started
        other.cancel()
        with suppress(asyncio.CancelledError):
            await other
        found = {
            "seconds": seconds,
            "before_bytes": before,
            "wait_p99_ms": 1000 * quantiles(waits, n=100)[-1],
            "longest_wait_ms": 1000 * max(waits),
            "token": laurel.status_lists.current(SECTOR).token,
            "keys": laurel.keyring.public_jwks(),
        }
    json.dump(found, sys.stdout)


async def _somebody_else(waits: list[float]) -> None:
    """Note how late a task is that wants to run each millisecond: so long a gate's answer waits."""
    while True:
        due = time.perf_counter() + TICK_SECONDS
        await asyncio.sleep(TICK_SECONDS)
        waits.append(time.perf_counter() - due)


if __name__ == "__main__":
    asyncio.run(main())
