"""Ed25519 keys that anybody can sign for, found by arithmetic of our own and not by the code under test."""

from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.auth.jwk import PublicKey, public_key_from_jwk
from tests.auth.machines import b64
from tests.auth.refusals import refused

Point = tuple[int, int]
P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
ORDER = 2**252 + 27742317777372353535851937790883648493
NOTHING: Point = (0, 1)


def key_of(octets: bytes) -> PublicKey:
    return public_key_from_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64(octets)})


def add(a: Point, b: Point) -> Point:
    """The sum of two points of the curve -x*x + y*y = 1 + d*x*x*y*y (RFC 8032 section 5.1)."""
    product = D * a[0] * b[0] * a[1] * b[1] % P
    return (
        (a[0] * b[1] + a[1] * b[0]) * pow(1 + product, -1, P) % P,
        (a[1] * b[1] + a[0] * b[0]) * pow(1 - product, -1, P) % P,
    )


def times(factor: int, point: Point) -> Point:
    total = NOTHING
    for bit in bin(factor)[2:]:
        total = add(total, total)
        if bit == "1":
            total = add(total, point)
    return total


def x_of(y: int) -> int | None:
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    return x if x * x % P == square else None


def heights_of_small_order() -> set[int]:
    """The y of all points of order 1, 2, 4 and 8: what is left of points after the group's prime order."""
    heights = set()
    for y in range(2, 40):
        x = x_of(y)
        if x is not None:
            rest = times(ORDER, (x, y))
            assert times(8, rest) == NOTHING
            heights.add(rest[1])
    return heights


def test_ed25519_keys_of_small_order_are_refused_in_every_spelling() -> None:
    small = heights_of_small_order()
    assert len(small) == 5  # eight points: x and -x share a y, and two of them have x = 0
    spellings = [y + k for y in small for k in (0, P) if y + k < 2**255]
    assert len(spellings) == 7
    for y in spellings:
        for sign in (0, 1 << 255):
            octets = (y | sign).to_bytes(32, "little")
            Ed25519PublicKey.from_public_bytes(octets)  # the library takes every one of them
            with refused("key-weak"):
                key_of(octets)


@pytest.mark.parametrize("y", range(P, 2**255))
def test_a_second_spelling_of_an_ed25519_point_is_refused(y: int) -> None:
    with refused("key-weak"):
        key_of(y.to_bytes(32, "little"))


def test_why_small_order_matters() -> None:
    nothing = b"\1" + bytes(31)
    key: Any = Ed25519PublicKey.from_public_bytes(nothing)
    header, claims = b64(b'{"alg":"EdDSA"}'), b64(b'{"sub":"anybody"}')
    forged = f"{header}.{claims}.{b64(nothing + bytes(32))}"
    assert jwt.decode(forged, key, algorithms=["EdDSA"]) == {"sub": "anybody"}  # nobody ever signed this
