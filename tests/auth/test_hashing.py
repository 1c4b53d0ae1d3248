"""Keyed hashes: separate by use and by secret, unambiguous in their parts."""

import hashlib
import hmac
from itertools import combinations, product
from pathlib import Path

import pytest

from gateway.auth.hashing import KeyedFingerprints, RegistryHasher, ended, join, keyed_hash
from gateway.auth.keyring import Keyring
from gateway.domain.errors import KeysMissing, MalformedInput
from tests.auth.key_home import Key, load


@pytest.fixture
def ring(tmp_path: Path) -> Keyring:
    return load(tmp_path)


def test_a_keyed_hash_is_hmac_sha_256_over_parts_with_their_lengths() -> None:
    message = bytes(7) + b"\x03use" + bytes(7) + b"\x02ab" + bytes(7) + b"\x00"
    assert join(b"use", b"ab", b"") == message
    assert keyed_hash(b"k" * 32, b"use", b"ab", b"") == hmac.new(b"k" * 32, message, hashlib.sha256).digest()


def test_no_two_lists_of_parts_collide() -> None:
    lists = [
        (),
        (b"",),
        (b"", b""),
        (b"ab",),
        (b"a", b"b"),
        (b"", b"ab"),
        (b"ab", b""),
        (b"a\0b",),
        (join(b"ab"),),
    ]
    for one, other in combinations(lists, 2):
        assert join(*one) != join(*other)
    assert keyed_hash(b"k", b"ab", b"c") != keyed_hash(b"k", b"a", b"bc")


def test_registry_ids_hash_alike_however_they_are_typed(ring: Keyring) -> None:
    hasher = RegistryHasher(ring)
    plain = hasher.hash("SH310101-7")
    assert len(plain) == 32
    assert hasher.hash(" SH310101-7\n") == plain
    assert hasher.hash("\u3000ＳＨ３１０１０１－７") == plain, "full-width, as Chinese input methods type it"
    assert hasher.hash("SH310101-8") != plain


def test_a_registry_hash_needs_its_secret(ring: Keyring, tmp_path: Path) -> None:
    elsewhere = load(tmp_path / "elsewhere")
    assert RegistryHasher(ring).hash("7") != RegistryHasher(elsewhere).hash("7")


@pytest.mark.parametrize("empty", ["", " \t", "\u3000"])
def test_an_empty_registry_id_is_no_resident(ring: Keyring, empty: str) -> None:
    with pytest.raises(MalformedInput):
        RegistryHasher(ring).hash(empty)


@pytest.mark.parametrize("part", [b"", b"ab", bytes(100)])
def test_the_quick_way_of_one_part_is_the_same_hash(part: bytes) -> None:
    for secret, label in product((b"k" * 32, b"l" * 32), (b"use", b"us")):
        assert ended(secret, label, part) == keyed_hash(secret, label, part)
        assert ended(secret, label, part) == keyed_hash(secret, label, part), "and again, from what was begun"


def test_fingerprints_bind_operation_and_each_part(ring: Keyring) -> None:
    fingerprint = KeyedFingerprints(ring).fingerprint
    whole = fingerprint("redeemReward", "metro-discount", "1", "", "pass")
    assert len(whole) == 32
    assert fingerprint("redeemReward", "metro-discount", "1", "", "pass") == whole
    others = [
        fingerprint("holdReward", "metro-discount", "1", "", "pass"),
        fingerprint("redeemReward", "metro-discount", "2", "", "pass"),
        fingerprint("redeemReward", "metro-discount", "1", "pass", ""),
        fingerprint("redeemReward", "metro-discount", "1", "", "pass", ""),
        fingerprint("redeemReward", "metro-discount1", "", "", "pass"),
    ]
    assert whole not in others
    assert len(set(others)) == len(others)


def test_half_a_surrogate_pair_in_a_json_string_is_hashed_like_any_text(ring: Keyring) -> None:
    fingerprint = KeyedFingerprints(ring).fingerprint
    assert fingerprint("redeemReward", "\ud800") != fingerprint("redeemReward", "\ud801")


def test_without_their_key_there_are_no_hashes(tmp_path: Path) -> None:
    ring = load(tmp_path, Key("cursor-1", "cursor"))
    with pytest.raises(KeysMissing):
        RegistryHasher(ring).hash("7")
    with pytest.raises(KeysMissing):
        KeyedFingerprints(ring).fingerprint("redeemReward")
