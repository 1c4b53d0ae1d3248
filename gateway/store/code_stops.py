"""Denied codes in this process: how many a device typed within a minute, and until when it may type none.

All denials count alike, whatever their cause, so that a stop says nothing about any code.
"""

from collections import deque

from gateway.store.buckets import Nanoseconds

WINDOW_SECONDS = 60
"""Denials count for so long. No person types more than twenty codes that all fail in it."""

STOP_SECONDS = 300
"""Long enough to make guessing pointless and to be seen; short enough for a counter that had bad luck."""

_SECOND = 1_000_000_000


class CodeStops:
    """Counts each device's denials; more than `denials_max` within WINDOW_SECONDS stop its typed codes."""

    def __init__(self, denials_max: int, *, now: Nanoseconds) -> None:
        self._denials_max = denials_max
        self._now = now
        self._denied: dict[str, deque[int]] = {}  # in the order of their last denial
        self._stopped: dict[str, int] = {}

    def left(self, device_id: str) -> float:
        """Return for how many seconds a device's codes are stopped still."""
        return max(self._stopped.get(device_id, 0) - self._now(), 0) / _SECOND

    def count(self, device_id: str) -> bool:
        """Count a denial; return whether it stops the device's codes. What is under way at a stop adds nothing."""
        if self.left(device_id):
            return False
        now = self._now()
        times = self._denied.pop(device_id, None) or deque(maxlen=self._denials_max + 1)
        times.append(now)
        self._denied[device_id] = times
        self._forget(now)
        if len(times) <= self._denials_max or now - times[0] >= WINDOW_SECONDS * _SECOND:
            return False
        self.stop(device_id, STOP_SECONDS)
        return True

    def stop(self, device_id: str, seconds: float) -> None:
        """Stop a device's codes from now on; it begins anew afterwards."""
        now = self._now()
        self._stopped = {each: until for each, until in self._stopped.items() if until > now}
        self._stopped[device_id] = now + int(seconds * _SECOND)
        self._denied.pop(device_id, None)

    def __len__(self) -> int:
        return len(self._denied) + len(self._stopped)

    def _forget(self, now: int) -> None:
        """Forget the devices whose last denial counts no more."""
        while self._denied[first := next(iter(self._denied))][-1] <= now - WINDOW_SECONDS * _SECOND:
            del self._denied[first]
