"""Which keys are admitted. Vectors: RFC 7638 section 3.1, RFC 8037 appendix A."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicNumbers

from gateway.auth import jws
from gateway.auth.jwk import public_key_from_jwk, signing_key_from_jwk, thumbprint
from tests.auth.machines import b64, machine, public_jwk, unb64
from tests.auth.refusals import refused

RFC_7638 = {
    "kty": "RSA",
    "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiF"
    "V4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgd"
    "AZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-k"
    "EgU8awapJzKnqDKgw",
    "e": "AQAB",
    "alg": "PS256",
    "kid": "2011-04-29",
}
RFC_8037 = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
RFC_8037_SECRET = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"


def test_thumbprints_of_the_standards() -> None:
    assert thumbprint(RFC_7638) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert thumbprint(RFC_8037) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA", "PS256"])
def test_a_sound_key_is_admitted_with_its_one_algorithm(algorithm: str) -> None:
    jwk = machine(algorithm).jwk
    key = public_key_from_jwk({**jwk, "use": "sig", "key_ops": ["verify"], "alg": algorithm, "ext": True})
    assert (key.algorithm, key.kid, key.jwk) == (algorithm, thumbprint(jwk), jwk)


def test_a_key_keeps_its_own_kid_and_nothing_unknown() -> None:
    key = public_key_from_jwk({**RFC_8037, "kid": "counter-1", "alg": "Ed25519", "x5u": "https://evil.example"})
    assert key.kid == "counter-1"
    assert key.jwk == RFC_8037


EC_KEY, ED_KEY, RSA_KEY = (machine(algorithm).jwk for algorithm in ("ES256", "EdDSA", "PS256"))


def with_leftover_bits(text: str) -> str:
    """Another spelling of the same 32 bytes: the last character's two spare bits are set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return text[:-1] + alphabet[alphabet.index(text[-1]) | 1]


def with_factor(prime: int) -> str:
    """A modulus of the right size that a small prime divides; the library loads it."""
    n = int.from_bytes(unb64(RSA_KEY["n"]), "big")
    multiple = n - n % prime
    assert RSAPublicNumbers(65537, multiple).public_key().key_size == 2048
    return b64(multiple.to_bytes(256, "big"))


@pytest.mark.parametrize(
    ("jwk", "code"),
    [
        ({}, "key-type"),
        ({"kty": "oct", "k": "c2VjcmV0"}, "key-private"),
        ({"kty": "oct"}, "key-type"),
        ({"kty": ["EC"]}, "key-type"),
        ({**EC_KEY, "crv": "P-384"}, "key-type"),
        ({**EC_KEY, "crv": "secp256k1"}, "key-type"),
        ({**ED_KEY, "crv": "Ed448"}, "key-type"),
        ({**ED_KEY, "crv": "X25519"}, "key-type"),
        ({**EC_KEY, "crv": None}, "key-malformed"),
        ({"kty": "EC", "crv": "P-256", "x": EC_KEY["x"]}, "key-malformed"),
        ({**EC_KEY, "x": 1}, "key-malformed"),
        ({**EC_KEY, "x": ""}, "key-malformed"),
        ({**EC_KEY, "x": EC_KEY["x"] + "="}, "key-malformed"),
        ({**EC_KEY, "x": EC_KEY["x"] + "\n"}, "key-malformed"),
        ({**EC_KEY, "x": with_leftover_bits(EC_KEY["x"])}, "key-malformed"),
        ({**EC_KEY, "x": b64(b"\0" + unb64(EC_KEY["x"]))}, "key-malformed"),
        ({**EC_KEY, "x": b64(unb64(EC_KEY["x"])[1:])}, "key-malformed"),
        ({**EC_KEY, "y": EC_KEY["x"]}, "key-malformed"),
        ({**EC_KEY, "x": b64(bytes(32)), "y": b64(bytes(32))}, "key-malformed"),
        ({**EC_KEY, "x": b64(b"\xff" * 32)}, "key-malformed"),
        ({**ED_KEY, "x": b64(unb64(ED_KEY["x"])[1:])}, "key-malformed"),
        ({**RSA_KEY, "n": b64(b"\0" + unb64(RSA_KEY["n"]))}, "key-malformed"),
        ({**RSA_KEY, "e": b64(b"\0\1\0\1")}, "key-malformed"),
        ({**RSA_KEY, "e": b64(b"\3")}, "key-weak"),
        ({**RSA_KEY, "e": b64(b"\1")}, "key-weak"),
        ({**RSA_KEY, "n": b64(b"\xff" * 255)}, "key-weak"),
        ({**RSA_KEY, "n": b64(b"\xff" * 513)}, "key-weak"),
        ({**RSA_KEY, "n": with_factor(2)}, "key-weak"),
        ({**RSA_KEY, "n": with_factor(3)}, "key-weak"),
        ({**RSA_KEY, "n": with_factor(997)}, "key-weak"),
        ({**EC_KEY, "d": b64(bytes(32))}, "key-private"),
        ({**ED_KEY, "d": RFC_8037_SECRET}, "key-private"),
        ({**RSA_KEY, "p": "AQAB"}, "key-private"),
        ({**EC_KEY, "k": "AQAB"}, "key-private"),
        ({**EC_KEY, "use": "enc"}, "key-use"),
        ({**EC_KEY, "use": None}, "key-use"),
        ({**EC_KEY, "key_ops": ["sign"]}, "key-use"),
        ({**EC_KEY, "key_ops": ["verify", "sign"]}, "key-use"),
        ({**EC_KEY, "key_ops": []}, "key-use"),
        ({**EC_KEY, "key_ops": "verify"}, "key-use"),
        ({**EC_KEY, "alg": "ES384"}, "key-use"),
        ({**EC_KEY, "alg": "EdDSA"}, "key-use"),
        ({**EC_KEY, "alg": []}, "key-use"),
        ({**RSA_KEY, "alg": "RS256"}, "key-use"),
        ({**EC_KEY, "kid": ""}, "key-kid"),
        ({**EC_KEY, "kid": "a/b"}, "key-kid"),
        ({**EC_KEY, "kid": "a" * 65}, "key-kid"),
        ({**EC_KEY, "kid": None}, "key-kid"),
    ],
)
def test_hostile_keys(jwk: dict[str, Any], code: str) -> None:
    with refused(code):
        public_key_from_jwk(jwk)


def test_what_libraries_make_of_weak_kinds_is_refused() -> None:
    # Made here with the library, so that each is a real key and not just a malformed one.
    short = rsa.generate_private_key(65537, 1024)
    small_exponent = rsa.generate_private_key(3, 2048)
    for weak in (short, small_exponent):
        with refused("key-weak"):
            public_key_from_jwk(public_jwk(weak))
    with refused("key-type"):
        public_key_from_jwk(public_jwk(ec.generate_private_key(ec.SECP384R1())))
    goldilocks = ed448.Ed448PrivateKey.generate().public_key().public_bytes_raw()
    with refused("key-malformed"):
        public_key_from_jwk({"kty": "OKP", "crv": "Ed25519", "x": b64(goldilocks)})


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
def test_a_private_key_signs_for_its_public_half(algorithm: str) -> None:
    private = machine(algorithm).key.key
    secret = (
        private.private_numbers().private_value.to_bytes(32, "big")
        if isinstance(private, ec.EllipticCurvePrivateKey)
        else private.private_bytes_raw()  # type: ignore[union-attr]
    )
    jwk = machine(algorithm).jwk
    key = signing_key_from_jwk({**jwk, "d": b64(secret), "kid": "k1", "use": "sig", "alg": algorithm})
    assert (key.kid, key.algorithm) == ("k1", algorithm)
    assert key.key.public_key() == public_key_from_jwk(jwk).key
    assert b64(secret) not in repr(key)


@pytest.mark.parametrize(
    ("jwk", "code"),
    [
        (RFC_8037, "key-malformed"),
        ({**RFC_8037, "d": RFC_8037["x"]}, "key-malformed"),
        ({**EC_KEY, "d": b64(bytes(32))}, "key-malformed"),
        ({**EC_KEY, "d": b64(b"\xff" * 32)}, "key-malformed"),
        ({**EC_KEY, "d": b64(b"\1")}, "key-malformed"),
        ({**RSA_KEY, "d": b64(b"\1" * 32)}, "key-type"),
        ({**RFC_8037, "d": RFC_8037_SECRET, "use": "enc"}, "key-use"),
        ({**RFC_8037, "d": RFC_8037_SECRET, "key_ops": ["verify"]}, "key-use"),
    ],
)
def test_private_keys_that_are_refused(jwk: dict[str, Any], code: str) -> None:
    with refused(code):
        signing_key_from_jwk(jwk)


def test_the_signature_of_rfc_8037() -> None:
    token = (
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4"
        "ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
    )
    signing_input, _, signature = token.rpartition(".")
    envelope = jws.Envelope({"alg": "EdDSA"}, {}, signing_input.encode(), unb64(signature))
    assert jws.verify(envelope, public_key_from_jwk(RFC_8037)) == {}
    signed = signing_key_from_jwk({**RFC_8037, "d": RFC_8037_SECRET})
    assert json.loads(unb64(jws.sign({}, signed, typ="x").split(".")[0])) == {
        "alg": "EdDSA",
        "typ": "x",
        "kid": thumbprint(RFC_8037),
    }
