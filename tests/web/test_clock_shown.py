"""The difference of the clocks in the metrics: nothing before anybody has looked."""

from datetime import timedelta

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from gateway.web.clock_shown import ClockShown


@pytest.mark.parametrize(
    ("ahead", "shown"),
    [
        (None, []),
        (timedelta(seconds=-3600), ["laurel_clock_ahead_of_database_seconds -3600.0"]),
        (timedelta(milliseconds=250), ["laurel_clock_ahead_of_database_seconds 0.25"]),
    ],
)
def test_it_is_shown_in_seconds(ahead: timedelta | None, shown: list[str]) -> None:
    metrics = CollectorRegistry()
    metrics.register(ClockShown(lambda: ahead))
    text = generate_latest(metrics).decode()
    assert [line for line in text.splitlines() if not line.startswith("#")] == shown
