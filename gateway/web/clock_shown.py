"""How far the gateway's clock is from the database's, for `/metrics`."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector


class ClockShown(Collector):
    """Shows what another has compared; nothing before somebody has."""

    def __init__(self, ahead: Callable[[], timedelta | None]) -> None:
        self._ahead = ahead

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield the difference."""
        if (ahead := self._ahead()) is not None:
            yield GaugeMetricFamily(
                "laurel_clock_ahead_of_database_seconds",
                "By how much the gateway's clock is ahead of the database's, negative where behind.",
                value=ahead.total_seconds(),
            )
