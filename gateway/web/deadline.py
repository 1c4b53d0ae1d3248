"""How long the edge waits for a database or a Valkey that may have gone silent."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gateway.domain.errors import Unavailable

DEADLINE_SECONDS = 1.0
"""Telling who asks takes milliseconds. An operation has two seconds more, and a client waits for three."""


@asynccontextmanager
async def deadline() -> AsyncIterator[None]:
    """Give a block DEADLINE_SECONDS.

    Raises:
        Unavailable: it took longer, or what it leaned on did.
    """
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            yield
    except TimeoutError:
        raise Unavailable("deadline") from None
