"""429: one answer for every limit, which says when to come back; and the counts in the metrics."""

from collections.abc import Mapping

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from gateway.domain.errors import Throttled
from gateway.web.authentication import throttled
from gateway.web.limit_counts import LimitCounts


class Counted:
    """Counts as another room keeps them."""

    def __init__(self, throttled: Mapping[str, int], code_stops: int) -> None:
        self.throttled = throttled
        self.code_stops = code_stops


@pytest.mark.parametrize("what", ["device", "partner", "codes"])
def test_the_answer_says_when_and_not_which_limit(what: str) -> None:
    answer = throttled("an-id", Throttled(what, retry_after_seconds=7))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "7")
    assert answer.headers["cache-control"] == "no-store"
    assert bytes(answer.body) == (
        b'{"errors":[{"message":"Too much was asked in a short time. Ask again after the seconds in Retry-After.",'
        b'"extensions":{"code":"THROTTLED","requestId":"an-id"}}]}'
    )


def test_the_metrics_tell_limits_and_nobody() -> None:
    metrics, counted = CollectorRegistry(), Counted({"device": 3, "partner": 0, "codes": 1}, 2)
    metrics.register(LimitCounts(counted))
    counted.code_stops += 1
    shown = [line for line in generate_latest(metrics).decode().splitlines() if not line.startswith("#")]
    assert shown == [
        'laurel_throttled_total{what="device"} 3.0',
        'laurel_throttled_total{what="partner"} 0.0',
        'laurel_throttled_total{what="codes"} 1.0',
        "laurel_code_stops_total 3.0",
    ]
