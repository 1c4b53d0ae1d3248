"""When keys end, for `/metrics`: our own, and how many of the partners'; whose is nothing for who reads this."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Protocol

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class Found(Protocol):
    """How many device keys have ended, and how many end within so many days."""

    @property
    def ended(self) -> int:
        """Ended, and not revoked since."""
        ...

    @property
    def within(self) -> Mapping[int, int]:
        """By days; who ends within one day ends within thirty, too."""
        ...


class KeyEndsShown(Collector):
    """Shows what others have counted. Of device keys nothing is shown until somebody has."""

    def __init__(
        self, device_keys: Callable[[], Found | None], own_keys: Callable[[], Mapping[str, datetime | None]]
    ) -> None:
        self._device_keys = device_keys
        self._own_keys = own_keys

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the three families. A purpose without an active key ended in 1970."""
        if (found := self._device_keys()) is not None:
            yield GaugeMetricFamily(
                "laurel_device_keys_ended", "Device keys that have ended and stand unrevoked.", value=found.ended
            )
            expiring = GaugeMetricFamily(
                "laurel_device_keys_expiring", "Device keys that end within a time.", labels=["within"]
            )
            for days, count in found.within.items():
                expiring.add_metric([f"{days}d"], count)
            yield expiring
        own = GaugeMetricFamily(
            "laurel_gateway_key_ends_timestamp_seconds",
            "When the gateway's last active key of a purpose ends, in seconds since 1970.",
            labels=["purpose"],
        )
        for purpose, end in self._own_keys().items():
            own.add_metric([purpose], 0 if end is None else end.timestamp())
        yield own
