"""What the limits refused, for `/metrics`: by limit, and never by who it was."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class Counts(Protocol):
    """Counts since the start of this process."""

    @property
    def throttled(self) -> Mapping[str, int]:
        """How often each limit has refused something."""
        ...

    @property
    def code_stops(self) -> int:
        """How often a device's typed codes were stopped."""
        ...


class LimitCounts(Collector):
    """Shows counts that another room keeps."""

    def __init__(self, counts: Counts) -> None:
        self._counts = counts

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield both families, with each limit from the start on."""
        throttled = CounterMetricFamily("laurel_throttled", "Refused look-ups by limit.", labels=["what"])
        for what, count in self._counts.throttled.items():
            throttled.add_metric([what], count)
        yield throttled
        yield CounterMetricFamily(
            "laurel_code_stops", "Stops of a device's typed codes.", value=self._counts.code_stops
        )
