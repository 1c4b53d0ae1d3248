"""What the access log had to drop, for `/metrics`."""

from collections.abc import Iterator
from typing import Protocol

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector


class Dropped(Protocol):
    """Counts since the start of this process."""

    @property
    def dropped(self) -> int:
        """How many looks were dropped."""
        ...


class AccessCounts(Collector):
    """Shows a count that another room keeps."""

    def __init__(self, log: Dropped) -> None:
        self._log = log

    def collect(self) -> Iterator[CounterMetricFamily]:
        """Yield the one family."""
        name, told = "laurel_access_log_dropped", "Looks at passes that are missing in the access log."
        yield CounterMetricFamily(name, told, value=self._log.dropped)
