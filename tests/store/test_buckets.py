"""Token buckets: the same decisions as a model that counts tokens, exact to the nanosecond, and few in number."""

from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.store.buckets import BURST_SECONDS, Buckets
from tests.store.hands import SECOND, Stopwatch

PAUSES = st.integers(0, 4 * SECOND) | st.sampled_from([0, 1, SECOND // 20 - 1, SECOND // 20, SECOND // 20 + 1])


class Model:
    """A bucket as one would explain it: tokens that trickle in."""

    def __init__(self, rate: int) -> None:
        self.rate, self.depth = Fraction(SECOND, SECOND // rate), BURST_SECONDS * rate
        self.tokens = Fraction(self.depth)

    def let_pass(self, nanoseconds: int) -> None:
        self.tokens = min(self.tokens + self.rate * nanoseconds / SECOND, Fraction(self.depth))

    def take(self) -> bool:
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


def taken(buckets: Buckets, key: str = "gate") -> bool:
    """Take one if it is there; return whether it was."""
    if buckets.wait(key):
        return False
    buckets.take(key)
    return True


@given(
    rate=st.sampled_from([1, 3, 7, 20, 500, 1_000_000]),
    steps=st.lists(st.tuples(PAUSES, st.integers(1, 80)), max_size=30),
)
@example(rate=20, steps=[(0, 80), (SECOND // 20 - 1, 1), (1, 1), (0, 1)])
def test_it_decides_as_the_model_does(rate: int, steps: list[tuple[int, int]]) -> None:
    now = Stopwatch()
    buckets, model = Buckets(rate, shared=False, now=now), Model(rate)
    for pause, times in steps:
        now.now += pause
        model.let_pass(pause)
        for _ in range(times):
            assert taken(buckets) == model.take()


@given(rate=st.sampled_from([1, 20, 500]), more=st.integers(1, 50))
def test_it_says_exactly_how_long_to_wait(rate: int, more: int) -> None:
    now = Stopwatch()
    buckets = Buckets(rate, shared=False, now=now)
    for _ in range(BURST_SECONDS * rate):
        assert taken(buckets)
    now.now += more
    wait = round(buckets.wait("gate") * SECOND)
    now.now += wait - 1
    assert not taken(buckets)
    now.now += 1
    assert taken(buckets)


def test_a_device_may_do_sixty_at_once_and_twenty_a_second() -> None:
    now = Stopwatch()
    buckets = Buckets(20, shared=False, now=now)
    assert [taken(buckets) for _ in range(61)] == [True] * 60 + [False]
    now.turn(1)
    assert [taken(buckets) for _ in range(21)] == [True] * 20 + [False]
    assert taken(buckets, "another")


def test_full_buckets_are_forgotten_and_others_only_when_there_are_too_many() -> None:
    now = Stopwatch()
    buckets = Buckets(20, shared=False, now=now, capacity=3)
    for key in ("one", "two"):
        buckets.take(key)
    now.turn(0.05)
    buckets.take("three")
    assert len(buckets) == 1
    for key in ("four", "five", "three", "six"):
        buckets.take(key)
    assert len(buckets) == 3
    buckets.report()
    now.turn(9)
    assert (buckets.report(), len(buckets)) == ({}, 0)


def test_what_was_taken_is_reported_once_even_of_buckets_that_are_full_again() -> None:
    now = Stopwatch()
    buckets = Buckets(20, shared=True, now=now)
    for key in ("busy", "busy", "calm"):
        buckets.take(key)
    now.turn(0.05)
    assert buckets.report() == {"busy": 2, "calm": 1}
    buckets.take("busy")
    assert buckets.report() == {"busy": 1}
    assert buckets.report() == {"busy": 0}
    now.turn(1)
    assert buckets.report() == {}


@pytest.mark.parametrize(("missing", "left"), [(0, 59), (SECOND // 20, 59), (SECOND, 40), (3 * SECOND, 0)])
def test_what_all_nodes_lack_is_lacking_here_and_never_less(missing: int, left: int) -> None:
    buckets = Buckets(20, shared=True, now=Stopwatch())
    buckets.take("gate")
    buckets.learn("gate", missing)
    assert [taken(buckets) for _ in range(60)].count(True) == left


def test_a_debt_of_other_nodes_is_paid_before_anything_is_taken() -> None:
    now = Stopwatch()
    buckets = Buckets(20, shared=True, now=now)
    buckets.learn("gate", 5 * SECOND)
    assert buckets.wait("gate") == 2.05
    now.turn(2.05)
    assert [taken(buckets) for _ in range(2)] == [True, False]
