"""How much a caller may ask. Implements `domain.limits.Limits`.

This process decides at once, by its own buckets. With Valkey, nodes tell each other: denied codes one by one, for
who types a code has the time; look-ups once a second, in the background. So in any span of time N nodes admit what
one would, and beyond it at most what each of the others took before it heard: a bucket and a second's filling.
"""

import logging
import math
import time
from collections.abc import Mapping

from gateway.domain.errors import Throttled
from gateway.domain.partners import Caller
from gateway.store.buckets import Buckets, Nanoseconds
from gateway.store.code_stops import STOP_SECONDS, CodeStops
from gateway.store.shared_limits import SharedLimits

_log = logging.getLogger(__name__)

SHARE_SECONDS = 1.0
"""Between two rounds of telling the other nodes."""


class NodeLimits:
    """The limits of one process, and what it hears of the others'. Rates are look-ups a second.

    `throttled` and `code_stops` count since the start, for the metrics: they name no device and no partner.
    """

    def __init__(
        self,
        *,
        device_rate: int,
        partner_rate: int,
        denied_codes: int,
        shared: SharedLimits | None = None,
        now: Nanoseconds = time.monotonic_ns,
    ) -> None:
        self._shared = shared
        self._devices = Buckets(device_rate, shared=shared is not None, now=now)
        self._partners = Buckets(partner_rate, shared=shared is not None, now=now)
        self._codes = CodeStops(denied_codes, now=now)
        self._throttled = {"device": 0, "partner": 0, "codes": 0}
        self._code_stops = 0

    @property
    def throttled(self) -> Mapping[str, int]:
        """How often each limit has refused something."""
        return self._throttled

    @property
    def code_stops(self) -> int:
        """How often a device's typed codes were stopped by a denial that came here."""
        return self._code_stops

    async def admit(self, caller: Caller) -> None:
        """Admit one look-up of a pass; it never waits.

        Raises:
            Throttled: the device or its partner asks too fast.
        """
        self._refuse("device", self._devices.wait(caller.device_id))
        self._refuse("partner", self._partners.wait(caller.partner_id))
        self._devices.take(caller.device_id)
        self._partners.take(caller.partner_id)

    async def admit_code(self, caller: Caller) -> None:
        """Admit the look-up of a typed code.

        Raises:
            Throttled: typed codes are stopped on this device, here or on another node.
        """
        left = self._codes.left(caller.device_id)
        if not left and self._shared is not None:
            left = await self._shared.stop_left(caller.device_id) or 0.0
            if left:
                self._codes.stop(caller.device_id, left)
        self._refuse("codes", left)

    async def code_denied(self, caller: Caller) -> None:
        """Count a denied code, here before anything is awaited: a request that ends early counts too."""
        stopped = self._codes.count(caller.device_id)
        if stopped:
            self._note_stop()
        if self._shared is not None and await self._shared.count(caller.device_id) and not stopped:
            self._codes.stop(caller.device_id, STOP_SECONDS)
            self._note_stop()

    async def share(self) -> None:
        """Tell the other nodes what was taken here, hear what all have taken. What can't be told is dropped."""
        if self._shared is None:
            return
        await self._shared.look()
        for what, buckets in (("device", self._devices), ("partner", self._partners)):
            lacks = await self._shared.take(what, buckets.report(), interval=buckets.interval)
            for key, missing in (lacks or {}).items():
                buckets.learn(key, missing)

    def _note_stop(self) -> None:
        self._code_stops += 1
        _log.warning("typed codes stopped")

    def _refuse(self, what: str, seconds: float) -> None:
        if seconds:
            self._throttled[what] += 1
            raise Throttled(what, retry_after_seconds=math.ceil(seconds))
