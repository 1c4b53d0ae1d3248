"""Stops of typed codes: the twenty-first denial within a minute, for five minutes, on one device."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.store.code_stops import STOP_SECONDS, WINDOW_SECONDS, CodeStops
from tests.store.hands import SECOND, Stopwatch

ALLOWED = 20


@pytest.fixture
def now() -> Stopwatch:
    return Stopwatch()


@pytest.fixture
def stops(now: Stopwatch) -> CodeStops:
    return CodeStops(ALLOWED, now=now)


def deny(stops: CodeStops, times: int, device: str = "gate") -> list[bool]:
    """Count denials; return which of them stopped the device."""
    return [stops.count(device) for _ in range(times)]


def test_the_twenty_first_denial_stops_the_codes_of_its_device_alone(stops: CodeStops) -> None:
    assert deny(stops, ALLOWED, "other") == [False] * ALLOWED
    assert deny(stops, ALLOWED + 1) == [False] * ALLOWED + [True]
    assert stops.left("gate") == STOP_SECONDS
    assert stops.left("other") == 0


def test_after_five_minutes_it_begins_anew(stops: CodeStops, now: Stopwatch) -> None:
    deny(stops, ALLOWED + 1)
    now.turn(STOP_SECONDS - 1)
    assert stops.left("gate") == 1
    now.turn(1)
    assert stops.left("gate") == 0
    assert deny(stops, ALLOWED + 1) == [False] * ALLOWED + [True]


def test_what_is_under_way_at_a_stop_makes_it_no_longer(stops: CodeStops, now: Stopwatch) -> None:
    deny(stops, ALLOWED + 1)
    now.turn(1)
    assert deny(stops, 100) == [False] * 100
    assert stops.left("gate") == STOP_SECONDS - 1


@given(pauses=st.lists(st.integers(0, 8 * SECOND) | st.just(3 * SECOND), max_size=60))
@example(pauses=[3 * SECOND] * 22)
@example(pauses=[3 * SECOND] * 20 + [3 * SECOND - 1])
def test_a_stop_comes_when_a_minute_holds_more_than_twenty(pauses: list[int]) -> None:
    now = Stopwatch()
    stops, times = CodeStops(ALLOWED, now=now), list[int]()
    for pause in pauses:
        now.now += pause
        times.append(now.now)
        recent = [at for at in times if now.now - at < WINDOW_SECONDS * SECOND]
        assert stops.count("gate") == (len(recent) > ALLOWED)
        if len(recent) > ALLOWED:
            now.turn(STOP_SECONDS)
            times.clear()


def test_devices_are_forgotten_with_what_they_did(stops: CodeStops, now: Stopwatch) -> None:
    for number in range(50):
        stops.count(f"gate-{number}")
    deny(stops, ALLOWED + 1, "stopped")
    assert len(stops) == 51
    now.turn(STOP_SECONDS)
    stops.count("gate-0")
    stops.stop("gate-1", 1)
    assert len(stops) == 2
