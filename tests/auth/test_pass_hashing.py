"""What passes are known by: separate by use and by kind, and nothing without the key."""

from itertools import combinations
from pathlib import Path

import pytest

from gateway.auth.hashing import keyed_hash
from gateway.auth.keyring import Keyring
from gateway.auth.pass_hashing import PassHasher
from gateway.domain.errors import KeysMissing
from tests.auth.key_home import Key, load


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


def test_a_token_is_known_by_keyed_hashes_of_its_id(ring: Keyring) -> None:
    _, secret = ring.secret("handle")
    assert PassHasher(ring).of_token("7") == (
        keyed_hash(secret, b"laurel/pass-handle/token/v1", b"7"),
        keyed_hash(secret, b"laurel/used-showing/v1", b"7"),
        keyed_hash(secret, b"laurel/pass-seal/v1", b"7"),
    )


def test_uses_and_kinds_are_kept_apart(ring: Keyring) -> None:
    hasher = PassHasher(ring)
    token, code, live = hasher.of_token("same"), hasher.of_code("same"), hasher.of_showing(b"same", "L1.same")
    assert len({*token}) == len({*code}) == len({*live}) == 3
    assert len({token.handle, code.handle, live.handle, hasher.live_key(b"same")}) == 4


def test_a_pass_is_issued_under_the_handle_that_it_is_looked_up_by(ring: Keyring) -> None:
    hasher = PassHasher(ring)
    assert hasher.token_handle("7") == hasher.of_token("7").handle
    assert hasher.code_handle("7") == hasher.of_code("7").handle
    assert hasher.live_handle(b"7") == hasher.of_showing(b"7", "L1.x").handle


def test_each_showing_has_a_mark_of_its_own_and_one_holder(ring: Keyring) -> None:
    shown = [PassHasher(ring).of_showing(b"7", text) for text in ("L1.a", "L1.b", "L1.\ud800")]
    assert all(one.mark != other.mark for one, other in combinations(shown, 2))
    assert len({one.seal for one in shown}) == len({one.handle for one in shown}) == 1


def test_without_their_key_there_are_no_hashes(tmp_path: Path) -> None:
    hasher = PassHasher(load(tmp_path, Key("cursor-1", "cursor")))
    for ask in (hasher.of_token, hasher.of_code, hasher.token_handle):
        with pytest.raises(KeysMissing):
            ask("7")
