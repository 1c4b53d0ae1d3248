"""When keys end, in the metrics: numbers and purposes, and nobody's name."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry, generate_latest

from gateway.web.key_ends import KeyEndsShown


@dataclass(frozen=True)
class Counted:
    """Counts as another room keeps them."""

    ended: int
    within: Mapping[int, int]


def shown(found: Counted | None) -> list[str]:
    metrics = CollectorRegistry()
    ends = {"access-token": datetime(2026, 11, 22, 9, tzinfo=UTC), "nonce": None}
    metrics.register(KeyEndsShown(lambda: found, lambda: ends))
    return [line for line in generate_latest(metrics).decode().splitlines() if not line.startswith("#")]


def test_what_was_counted_is_shown() -> None:
    assert shown(Counted(2, {1: 3, 7: 4, 30: 5}))[:4] == [
        "laurel_device_keys_ended 2.0",
        'laurel_device_keys_expiring{within="1d"} 3.0',
        'laurel_device_keys_expiring{within="7d"} 4.0',
        'laurel_device_keys_expiring{within="30d"} 5.0',
    ]


def test_what_nobody_has_counted_is_not_zero() -> None:
    assert shown(None) == [
        'laurel_gateway_key_ends_timestamp_seconds{purpose="access-token"} 1.795338e+09',
        'laurel_gateway_key_ends_timestamp_seconds{purpose="nonce"} 0.0',
    ]
