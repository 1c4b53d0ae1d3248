"""How much was written together, waits to be written, and was turned away, for `/metrics`."""

from collections.abc import Iterator, Mapping
from typing import Protocol

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

BUCKETS = (1, 2, 4, 8, 16, 32, 64)


class Writes(Protocol):
    """Counts since the start of this process."""

    @property
    def waiting(self) -> int:
        """How many effects wait for a transaction now."""
        ...

    @property
    def refused(self) -> int:
        """How many found the queue full."""
        ...

    @property
    def sizes(self) -> Mapping[int, int]:
        """How many transactions there were of so many effects."""
        ...


class WriteCounts(Collector):
    """Shows counts that another room keeps."""

    def __init__(self, writes: Writes) -> None:
        self._writes = writes

    def collect(self) -> Iterator[Metric]:
        """Yield the three families."""
        sizes = dict(self._writes.sizes)
        buckets = [(str(most), sum(sizes[size] for size in sizes if size <= most)) for most in BUCKETS]
        yield HistogramMetricFamily(
            "laurel_write_batch_size",
            "Effects in one transaction.",
            buckets=[*buckets, ("+Inf", sum(sizes.values()))],
            sum_value=sum(size * count for size, count in sizes.items()),
        )
        yield GaugeMetricFamily(
            "laurel_write_queue", "Effects that wait for a transaction.", value=self._writes.waiting
        )
        yield CounterMetricFamily(
            "laurel_write_queue_full", "Effects that found the queue full.", value=self._writes.refused
        )
