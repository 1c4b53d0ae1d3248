"""Trying again, safely: every document that changes something carries a request id, so it counts once."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from laurel_client.clock import Clock
from laurel_client.errors import Unavailable

T = TypeVar("T")

_chance = secrets.SystemRandom()


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """How long to go on. A call ends by `deadline_seconds`; one attempt of it by `attempt_seconds`.

    Pauses double from `first_pause_seconds` to `longest_pause_seconds`, each cut by chance to between a half and
    the whole, so that a thousand gates don't come back at one instant.
    """

    deadline_seconds: float = 10.0
    attempt_seconds: float = 3.0
    first_pause_seconds: float = 0.1
    longest_pause_seconds: float = 2.0

    def pause(self, attempts: int, retry_after_seconds: float | None) -> float:
        """Return how many seconds to wait after so many attempts; never less than the gateway asked for."""
        whole = min(self.longest_pause_seconds, self.first_pause_seconds * 2.0 ** (attempts - 1))
        return (retry_after_seconds or 0.0) + _chance.uniform(whole / 2, whole)


STANDARD = RetryPolicy()


async def persist(attempt: Callable[[], Awaitable[T]], policy: RetryPolicy, clock: Clock) -> T:
    """Call `attempt` until it answers, fails for good, or the deadline leaves no time for another.

    Raises:
        Unavailable: the last attempt's reason.
    """
    give_up_at = clock.monotonic() + policy.deadline_seconds
    attempts = 0
    while True:
        attempts += 1
        try:
            async with asyncio.timeout(min(policy.attempt_seconds, give_up_at - clock.monotonic())):
                return await attempt()
        except TimeoutError:
            failure = Unavailable("The gateway did not answer in time.")
        except Unavailable as error:
            failure = error
        pause = policy.pause(attempts, failure.retry_after_seconds)
        if clock.monotonic() + pause >= give_up_at:
            raise failure
        await clock.sleep(pause)
