"""How long the edge waits for a database or a Valkey that may have gone silent."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.domain.deadline import within

T = TypeVar("T")

DEADLINE_SECONDS = 1.0
"""Telling who asks takes milliseconds. An operation then has a second of its own, and a client waits for three."""


async def in_time(work: Coroutine[Any, Any, T]) -> T:
    """Return what some work returns within DEADLINE_SECONDS.

    Raises:
        Unavailable: it took longer, or what it leaned on is away.
    """
    return await within(DEADLINE_SECONDS, work)
