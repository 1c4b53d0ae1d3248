"""How long the edge waits for a database or a Valkey that may have gone silent."""

from collections.abc import Coroutine
from typing import Any, TypeVar

from gateway.domain.deadline import ANSWER_SECONDS, within

T = TypeVar("T")


async def in_time(work: Coroutine[Any, Any, T]) -> T:
    """Return what some work returns within ANSWER_SECONDS.

    Raises:
        Unavailable: it took longer, or what it leaned on is away.
    """
    return await within(ANSWER_SECONDS, work)
