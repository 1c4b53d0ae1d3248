"""What nodes tell each other about limits, by way of Valkey. It may fail at any time, and then says nothing.

Times are Valkey's own, so nodes need no common clock. Nothing here names a pass or a person: keys are the ids of
devices and partners, and all of them expire.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from redis.asyncio import Redis
from redis.exceptions import RedisError

from gateway.store.code_stops import STOP_SECONDS, WINDOW_SECONDS

_log = logging.getLogger(__name__)

T = TypeVar("T")

ASK_SECONDS = 0.025
"""How long a request waits for Valkey. A denied code asks twice: 50 ms, a tenth of a gate's budget."""

QUIET_SECONDS = 1.0
"""After Valkey failed, no request asks it for so long; the next round of sharing finds out whether it is back."""

KEYS_AT_ONCE = 500
"""Buckets in one script: it keeps everybody else waiting for about a millisecond."""

_TAKE = """
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local missing = {}
for i, key in ipairs(KEYS) do
  local full = math.max(tonumber(redis.call('GET', key) or now), now) + ARGV[1] * ARGV[i + 1]
  if full > now then
    redis.call('SET', key, string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
  end
  missing[i] = full - now
end
return missing
"""
"""KEYS: buckets; ARGV: the microseconds that fill one unit, what was taken of each. Returns what each lacks."""

_DENY = """
if redis.call('EXISTS', KEYS[2]) == 1 then return 0 end
local t = redis.call('TIME')
local now = t[1] * 1000 + math.floor(t[2] / 1000)
redis.call('LPUSH', KEYS[1], string.format('%.0f', now))
redis.call('LTRIM', KEYS[1], 0, ARGV[1])
redis.call('PEXPIRE', KEYS[1], ARGV[2])
local first = redis.call('LINDEX', KEYS[1], ARGV[1])
if not first or now - first >= tonumber(ARGV[2]) then return 0 end
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[2], '', 'PX', ARGV[3])
return 1
"""
"""KEYS: a device's latest denials, its stop; ARGV: denials allowed, window and stop in ms. 1: it stops now."""


class SharedLimits:
    """The limits of all nodes. Every method returns None where Valkey can't say, or not within its time."""

    def __init__(
        self,
        redis: Redis,
        *,
        denials_max: int,
        ask_seconds: float = ASK_SECONDS,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._redis = redis
        self._denials_max = denials_max
        self._ask_seconds = ask_seconds
        self._now = now
        self._take, self._deny = redis.register_script(_TAKE), redis.register_script(_DENY)
        self._away = False
        self._quiet_until = 0.0

    async def stop_left(self, device_id: str) -> float | None:
        """Return for how many seconds a device's codes are stopped still, on all nodes."""
        left = await self._ask(lambda: self._redis.pttl(_stop(device_id)))
        return None if left is None else max(left, 0) / 1000

    async def count(self, device_id: str) -> bool | None:
        """Count a denied code on all nodes; return whether it stops the device's codes."""
        keys = [f"laurel:limit:denied:{device_id}", _stop(device_id)]
        arguments = [self._denials_max, WINDOW_SECONDS * 1000, STOP_SECONDS * 1000]
        stopped = await self._ask(lambda: self._deny(keys=keys, args=arguments))
        return None if stopped is None else bool(stopped)

    async def look(self) -> None:
        """Where Valkey was away, find out whether it is back: while nobody comes, nothing else would."""
        if self._away:
            await self._try(self._redis.ping)

    async def take(self, what: str, taken: Mapping[str, int], *, interval: int) -> Mapping[str, int] | None:
        """Add what a node took to the buckets of all; return what each lacks. Times are in nanoseconds."""
        lacks: dict[str, int] = {}
        left = iter(taken.items())
        while some := dict(islice(left, KEYS_AT_ONCE)):
            keys = [f"laurel:limit:{what}:{key}" for key in some]
            arguments = [interval / 1000, *some.values()]
            found = await self._try(partial(self._take, keys=keys, args=arguments))
            if found is None:
                return None
            lacks |= {key: missing * 1000 for key, missing in zip(some, found, strict=True)}
        return lacks

    async def _ask(self, work: Callable[[], Awaitable[T]]) -> T | None:
        """Ask for a request that waits; leave it where Valkey was away a moment ago."""
        return None if self._now() < self._quiet_until else await self._try(work, seconds=self._ask_seconds)

    async def _try(self, work: Callable[[], Awaitable[Any]], *, seconds: float | None = None) -> Any:
        try:
            async with asyncio.timeout(seconds):
                done = await work()
        except (RedisError, OSError, TimeoutError) as error:
            if not self._away:
                _log.warning("limits are not shared", extra={"reason": type(error).__name__})
            self._away, self._quiet_until = True, self._now() + QUIET_SECONDS
            return None
        if self._away:
            _log.warning("limits are shared again")
        self._away, self._quiet_until = False, 0.0
        return done


def _stop(device_id: str) -> str:
    return f"laurel:limit:stop:{device_id}"
