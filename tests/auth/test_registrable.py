"""Keys that a steward registers from a file. Points and non-points of Ed25519: RFC 8032 section 5.1."""

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from gateway.auth.jwk import public_key_from_jwk
from gateway.auth.registrable import registrable_key
from tests.auth.machines import b64, machine, public_jwk
from tests.auth.refusals import refused


def edwards(y: int) -> dict[str, str]:
    return {"kty": "OKP", "crv": "Ed25519", "x": b64(y.to_bytes(32, "little"))}


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
def test_a_sound_key_is_known_by_its_thumbprint(algorithm: str) -> None:
    one = machine(algorithm)
    key = registrable_key({**one.jwk, "kid": "not a kid at all"})
    assert (key.kid, key.jwk) == (one.kid, one.jwk)


def test_every_key_that_the_library_makes_is_a_point() -> None:
    for _ in range(50):
        jwk = public_jwk(ed25519.Ed25519PrivateKey.generate())
        assert registrable_key(jwk).jwk == jwk


@pytest.mark.parametrize("y", [2, 7, 8, 11, 12])
@pytest.mark.parametrize("sign", [0, 1 << 255])
def test_what_is_no_point_of_the_curve_is_refused(y: int, sign: int) -> None:
    jwk = edwards(y | sign)
    assert public_key_from_jwk(jwk).algorithm == "EdDSA"  # no signature by it passes, so no proof does
    with refused("key-malformed"):
        registrable_key(jwk)


@pytest.mark.parametrize("y", [3, 4, 5, 6, 9, 10])
def test_their_neighbours_are_points(y: int) -> None:
    assert registrable_key(edwards(y)).algorithm == "EdDSA"
