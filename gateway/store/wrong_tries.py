"""How much strangers may try: all who bring no token share one bucket of wrong codes, in this process."""

import math
import time

from gateway.domain.errors import Throttled
from gateway.store.buckets import Buckets, Nanoseconds

WRONG_RATE = 5
"""Wrong codes a second, and three times as many at once: a city's card offices type far fewer. 75 random bits need
no such limit; the database does."""

_EVERYBODY = "phones"


class NodeWrongTries:
    """Implements `web.pairing.WrongTries`. What is right takes nothing, but waits like the rest."""

    def __init__(self, rate: int = WRONG_RATE, *, now: Nanoseconds = time.monotonic_ns) -> None:
        self._bucket = Buckets(rate, shared=False, now=now)

    def admit(self) -> None:
        """Admit a try.

        Raises:
            Throttled: too many were wrong in a short time.
        """
        seconds = self._bucket.wait(_EVERYBODY)
        if seconds:
            raise Throttled(_EVERYBODY, retry_after_seconds=math.ceil(seconds))

    def wrong(self) -> None:
        """Count one that was wrong."""
        self._bucket.take(_EVERYBODY)
