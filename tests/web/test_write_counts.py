"""What `/metrics` tells of writes: how many went together, how many wait, how many were turned away."""

from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, generate_latest

from gateway.web.write_counts import WriteCounts


@dataclass
class Counted:
    """A queue of writes, as the store counts it."""

    waiting: int = 0
    refused: int = 0
    sizes: dict[int, int] = field(default_factory=dict)


def _shown(counted: Counted) -> list[str]:
    metrics = CollectorRegistry()
    metrics.register(WriteCounts(counted))
    return generate_latest(metrics).decode().splitlines()


def test_before_the_first_write_all_is_zero() -> None:
    shown = _shown(Counted())
    assert 'laurel_write_batch_size_bucket{le="+Inf"} 0.0' in shown
    assert "laurel_write_queue 0.0" in shown
    assert "laurel_write_queue_full_total 0.0" in shown


def test_batches_are_counted_by_how_many_went_together() -> None:
    shown = _shown(Counted(waiting=7, refused=2, sizes={1: 10, 3: 2, 16: 1}))
    assert 'laurel_write_batch_size_bucket{le="1"} 10.0' in shown
    assert 'laurel_write_batch_size_bucket{le="2"} 10.0' in shown
    assert 'laurel_write_batch_size_bucket{le="4"} 12.0' in shown
    assert 'laurel_write_batch_size_bucket{le="+Inf"} 13.0' in shown
    assert "laurel_write_batch_size_count 13.0" in shown
    assert "laurel_write_batch_size_sum 32.0" in shown
    assert "laurel_write_queue 7.0" in shown
    assert "laurel_write_queue_full_total 2.0" in shown
