"""Token buckets in this process: how fast each caller may go on, decided without asking anybody.

A bucket is one number, the instant at which it will be full again (the generic cell rate algorithm of ATM traffic
management, ITU-T I.371). Whole nanoseconds: sixty times a twentieth of a second is exactly three.
"""

import time
from collections.abc import Callable, Mapping

Nanoseconds = Callable[[], int]
"""Returns a monotonic time in nanoseconds; tests put a clock of their own in its place."""

BURST_SECONDS = 3
"""A full bucket holds what fills it in so long: a train that arrives, and a link that comes back."""

BUCKETS_MAX = 100_000
"""Buckets that are not full, of which each takes some hundred bytes; a city has a tenth as many devices."""

_SECOND = 1_000_000_000


class Buckets:
    """One bucket for each key, filled `rate` times a second and full at first. Full ones are forgotten."""

    def __init__(
        self, rate: int, *, shared: bool, now: Nanoseconds = time.monotonic_ns, capacity: int = BUCKETS_MAX
    ) -> None:
        """Remember what was taken for `report` only where it is `shared`."""
        self.interval = _SECOND // rate
        self._depth = BURST_SECONDS * rate * self.interval
        self._shared = shared
        self._now = now
        self._capacity = capacity
        self._full_at: dict[str, int] = {}  # in the order of their last change
        self._taken: dict[str, int] = {}

    def wait(self, key: str) -> float:
        """Return the seconds until one may be taken: 0 where it may be now."""
        full_at = self._full_at.get(key)
        if full_at is None:
            return 0.0
        missing = full_at - self._now() + self.interval - self._depth
        return missing / _SECOND if missing > 0 else 0.0

    def take(self, key: str) -> None:
        """Take one, whether it is there or not: ask `wait` first."""
        now = self._now()
        full_at = self._full_at.get(key, now)
        self._set(key, (full_at if full_at > now else now) + self.interval, now)
        if self._shared:
            self._taken[key] = self._taken.get(key, 0) + 1

    def report(self) -> Mapping[str, int]:
        """Return what was taken since the last report, with 0 for the other buckets that are not full."""
        now = self._now()
        self._full_at = {key: full_at for key, full_at in self._full_at.items() if full_at > now}
        taken, self._taken = dict.fromkeys(self._full_at, 0) | self._taken, {}
        return taken

    def learn(self, key: str, missing: int) -> None:
        """Let a bucket lack as many nanoseconds of filling as that of all nodes does, if it lacks less."""
        now = self._now()
        full_at = now + missing
        if missing and full_at > self._full_at.get(key, 0):
            self._set(key, full_at, now)

    def __len__(self) -> int:
        return len(self._full_at)

    def _set(self, key: str, full_at: int, now: int) -> None:
        self._full_at.pop(key, None)
        self._full_at[key] = full_at
        while (first := next(iter(self._full_at))) != key:
            if self._full_at[first] > now and len(self._full_at) <= self._capacity:
                break
            del self._full_at[first]
