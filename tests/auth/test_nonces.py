"""Nonces: good for a minute and the rest of the next, on every node with the key, and nothing else is one."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.auth.keyring import Keyring
from gateway.auth.nonces import Nonces
from gateway.domain.errors import KeysMissing
from tests.auth.key_home import NOW, Hands, Key, load, private_path, write_home
from tests.auth.machines import SECONDS, b64, nonce_at


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def nonces(tmp_path: Path, clock: Hands) -> Nonces:
    return Nonces(load(tmp_path), clock)


def test_a_nonce_is_the_keyed_hash_of_its_minute(nonces: Nonces, clock: Hands) -> None:
    assert SECONDS % 60 == 0
    first = nonces.issue()
    clock.now = NOW + timedelta(seconds=59.999)
    assert nonces.issue() == first == nonce_at(SECONDS)
    clock.now = NOW + timedelta(seconds=60)
    assert nonces.issue() == nonce_at(SECONDS + 60) != first


@pytest.mark.parametrize(
    ("seconds", "good"),
    [(-60.001, False), (-60, True), (-0.001, True), (0, True), (59.999, True), (119.999, True), (120, False)],
)
def test_a_nonce_is_good_in_its_own_minute_and_on_either_side(
    nonces: Nonces, clock: Hands, seconds: float, good: bool
) -> None:
    clock.now = NOW + timedelta(seconds=seconds)
    assert nonces.accepts(nonce_at(SECONDS)) is good


@pytest.mark.parametrize("made", [0, 1, 30, 59])
def test_a_nonce_is_good_for_a_minute_at_least_and_two_at_most(nonces: Nonces, clock: Hands, made: int) -> None:
    clock.now = NOW + timedelta(seconds=made)
    nonce, good = nonces.issue(), 0
    while nonces.accepts(nonce):
        good += 1
        clock.now += timedelta(seconds=1)
    assert 60 < good <= 120


@pytest.mark.parametrize("other", [None, 0, 1.5, True, b"", [], {}, "", " ", "市", "\ud800", "x" * 10_000])
def test_nothing_else_is_a_nonce(nonces: Nonces, other: object) -> None:
    assert not nonces.accepts(other)
    assert not nonces.accepts([nonce_at(SECONDS)])
    assert not nonces.accepts(nonce_at(SECONDS).encode())


def test_another_keys_nonce_is_none(nonces: Nonces) -> None:
    assert not nonces.accepts(nonce_at(SECONDS, secret=bytes(32)))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(where=st.integers(0, 31), what=st.characters(codec="ascii"))
def test_a_nonce_that_was_tampered_with_is_none(nonces: Nonces, where: int, what: str) -> None:
    right = nonce_at(SECONDS)
    assert len(right) == 32
    tampered = right[:where] + what + right[where + 1 :]
    assert nonces.accepts(tampered) is (tampered == right)
    assert not nonces.accepts(right[:where])
    assert not nonces.accepts(right + what)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(), st.integers(-(10**6), 10**6))
def test_nobody_guesses_one(nonces: Nonces, text: str, epochs: int) -> None:
    assert not nonces.accepts(text)
    assert nonces.accepts(nonce_at(SECONDS + 60 * epochs)) is (epochs in (-1, 0, 1))


def test_two_nodes_with_one_key_accept_each_others(tmp_path: Path, clock: Hands) -> None:
    behind = Hands(NOW - timedelta(seconds=40))
    one, other = (Nonces(load(tmp_path), hands) for hands in (clock, behind))
    assert other.accepts(one.issue())
    assert one.accepts(other.issue())


def test_a_key_that_is_rotated_leaves_its_nonces_good(tmp_path: Path) -> None:
    home = write_home(tmp_path, [Key("old", "nonce", "retired"), Key("new", "nonce")])
    path, secret = private_path(home, "old"), bytes(32)
    path.write_text(json.dumps({**json.loads(path.read_text()), "k": b64(secret)}))
    nonces = Nonces(Keyring.load(home, clock=Hands()), Hands())
    assert nonces.issue() == nonce_at(SECONDS)
    assert nonces.accepts(nonce_at(SECONDS, secret=secret))
    assert not nonces.accepts(nonce_at(SECONDS, secret=bytes(31) + b"x"))


def test_without_an_active_key_there_are_none(tmp_path: Path) -> None:
    ended = Nonces(load(tmp_path, Key("n1", "nonce", "retired"), Key("p1", "pass")), Hands())
    with pytest.raises(KeysMissing):
        ended.issue()
    with pytest.raises(KeysMissing):
        ended.accepts(nonce_at(SECONDS))
