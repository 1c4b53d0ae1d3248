"""Signatures that no honest machine makes, made by arithmetic of our own: what is checked must not depend on luck.

OpenSSL, by way of `cryptography`, stands beside. Both check without the cofactor (RFC 8032 section 5.1.7 leaves it
open), so both say the same of keys with a part of small order; where R is of small order, ours refuses more.
"""

import hashlib
from collections.abc import Iterator

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.auth.jwk import public_key_from_jwk
from gateway.auth.signatures import fits
from tests.auth.machines import Machine, b64, machine
from tests.auth.test_small_order import NOTHING, ORDER, P, Point, add, times, x_of

SECRET, NONCE = 0x1234567890ABCDEF << 180, 0xFEDCBA9876543210 << 180
CONTENT = b"header.claims"


def _base() -> Point:
    y = 4 * pow(5, -1, P) % P
    x = x_of(y)
    assert x is not None
    return (x if x % 2 == 0 else P - x, y)


def _of_small_order() -> Point:
    """Return a point of order 8."""
    for y in range(2, 40):
        x = x_of(y)
        if x is not None:
            rest = times(ORDER, (x, y))
            if times(4, rest) != NOTHING:
                return rest
    raise AssertionError


BASE, TWISTED = _base(), _of_small_order()


def _octets(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def _hash(r: bytes, a: bytes, content: bytes) -> int:
    return int.from_bytes(hashlib.sha512(r + a + content).digest(), "little")


def _signed(r: Point, nonce: int, a: Point, content: bytes) -> bytes:
    """Return a signature over some content as its maker wants it: any R, any key."""
    h = _hash(_octets(r), _octets(a), content)
    return _octets(r) + ((nonce + h * SECRET) % ORDER).to_bytes(32, "little")


def _ours(a: Point, signature: bytes, content: bytes) -> bool:
    key = public_key_from_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64(_octets(a))})
    return fits(key, signature, content)


def _openssl(a: Point, signature: bytes, content: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(_octets(a)).verify(signature, content)
    except InvalidSignature:
        return False
    return True


def test_an_honest_signature_fits_and_its_like_with_a_larger_s_does_not() -> None:
    a, r = times(SECRET, BASE), times(NONCE, BASE)
    good = _signed(r, NONCE, a, CONTENT)
    s = int.from_bytes(good[32:], "little")
    larger = good[:32] + (s + ORDER).to_bytes(32, "little")
    assert _ours(a, good, CONTENT)
    for wrong in (larger, good[:-1], good + b"\0", good[:32], b"", good[:31] + bytes([good[31] ^ 1]) + good[32:]):
        assert (_ours(a, wrong, CONTENT), _openssl(a, wrong, CONTENT)) == (False, False)
    assert not _ours(a, good[:60], good[60:] + CONTENT)  # none of the content is ever taken for signature
    assert not _ours(a, good + CONTENT[:4], CONTENT[4:])


def _contents() -> Iterator[bytes]:
    yield from (CONTENT + bytes([each]) for each in range(64))


def test_a_key_with_a_part_of_small_order_is_checked_as_openssl_does() -> None:
    a, r = add(times(SECRET, BASE), TWISTED), times(NONCE, BASE)
    told = set()
    for content in _contents():
        found = _ours(a, _signed(r, NONCE, a, content), content)
        lucky = _hash(_octets(r), _octets(a), content) % ORDER % 8 == 0  # h counts modulo the order of the base
        assert found == _openssl(a, _signed(r, NONCE, a, content), content) == lucky
        told.add(found)
    assert told == {True, False}


def test_an_r_of_small_order_is_refused() -> None:
    a = times(SECRET, BASE)
    made = _signed(NOTHING, 0, a, CONTENT)
    assert _openssl(a, made, CONTENT)
    assert not _ours(a, made, CONTENT)


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
def test_a_signature_of_any_other_length_is_none(algorithm: str) -> None:
    one: Machine = machine(algorithm)
    key = public_key_from_jwk(one.jwk)
    for length in (0, 1, 32, 63, 65, 72, 128, 255, 257):
        assert not fits(key, bytes(length), CONTENT)
        assert not fits(key, b"\xff" * length, CONTENT)
