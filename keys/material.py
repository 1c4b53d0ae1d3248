"""Key material: generation, and the JWKs that hold it (RFC 7517; RFC 7518 section 6; RFC 8037 section 2).

No error raised here quotes what it was given.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec, ed25519

from keys.purposes import Algorithm

Jwk = dict[str, str]

SIZE = 32
"""Bytes of a secret, of an Ed25519 key, and of a coordinate or scalar of P-256."""


@dataclass(frozen=True, slots=True)
class Material:
    """A private JWK and its public half, None for a secret. The private one never appears in a repr."""

    private: Jwk = field(repr=False)
    public: Jwk | None


def generate(kid: str, algorithm: Algorithm) -> Material:
    """Return fresh material from the operating system's randomness."""
    if algorithm is Algorithm.ES256:
        curve_key = ec.generate_private_key(ec.SECP256R1())
        return _signing(kid, algorithm, curve_key.private_numbers().private_value.to_bytes(SIZE, "big"))
    if algorithm is Algorithm.EDDSA:
        return _signing(kid, algorithm, ed25519.Ed25519PrivateKey.generate().private_bytes_raw())
    return Material({"kty": "oct", "k": _encode(secrets.token_bytes(SIZE)), "kid": kid, "alg": algorithm}, None)


def require_private(jwk: Mapping[str, str], kid: str, algorithm: Algorithm) -> Jwk | None:
    """Return the public JWK that belongs to a private one, computed anew; None for a secret.

    Raises:
        ValueError: it is no private JWK of this key id and algorithm, or its halves don't belong together.
    """
    secret = _decode(jwk, "d" if algorithm in (Algorithm.ES256, Algorithm.EDDSA) else "k")
    if algorithm in (Algorithm.ES256, Algorithm.EDDSA):
        expected = _signing(kid, algorithm, secret)
    else:
        expected = Material({"kty": "oct", "k": _encode(secret), "kid": kid, "alg": algorithm}, None)
    if dict(jwk) != expected.private:
        raise ValueError("not a private JWK of this key")
    return expected.public


def require_public(jwk: Mapping[str, str], kid: str, algorithm: Algorithm) -> None:
    """Check the form of a public JWK when its private half is not at hand.

    Raises:
        ValueError: it is no public JWK of this key id and algorithm, or holds more than a public JWK should.
    """
    coordinates = {"x": _encode(_decode(jwk, "x"))}
    if algorithm is Algorithm.ES256:
        coordinates["y"] = _encode(_decode(jwk, "y"))
        x, y = (int.from_bytes(_decode(jwk, name), "big") for name in ("x", "y"))
        ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()  # ValueError off the curve
    if dict(jwk) != _public(kid, algorithm, coordinates):
        raise ValueError("not a public JWK of this key")


def thumbprint(jwk: Mapping[str, str]) -> str:
    """Return the SHA-256 thumbprint of a public JWK (RFC 7638 section 3; for Ed25519 RFC 8037 section 2)."""
    required = {name: jwk[name] for name in ("crv", "kty", "x", "y") if name in jwk}
    canonical = json.dumps(required, sort_keys=True, separators=(",", ":"))
    return _encode(hashlib.sha256(canonical.encode()).digest())


def _signing(kid: str, algorithm: Algorithm, secret: bytes) -> Material:
    """Material of a signing key from its secret scalar or seed; ValueError where it is out of range."""
    if algorithm is Algorithm.ES256:
        point = ec.derive_private_key(int.from_bytes(secret, "big"), ec.SECP256R1()).public_key().public_numbers()
        coordinates = {
            "x": _encode(point.x.to_bytes(SIZE, "big")),
            "y": _encode(point.y.to_bytes(SIZE, "big")),
        }
    else:
        seed = ed25519.Ed25519PrivateKey.from_private_bytes(secret)
        coordinates = {"x": _encode(seed.public_key().public_bytes_raw())}
    public = _public(kid, algorithm, coordinates)
    return Material({**public, "d": _encode(secret)}, public)


def _public(kid: str, algorithm: Algorithm, coordinates: Jwk) -> Jwk:
    curve = {"kty": "EC", "crv": "P-256"} if algorithm is Algorithm.ES256 else {"kty": "OKP", "crv": "Ed25519"}
    return {**curve, **coordinates, "kid": kid, "alg": algorithm.value, "use": "sig"}


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(jwk: Mapping[str, str], name: str) -> bytes:
    """The 32 bytes of a member; ValueError where it has another length or form."""
    data = base64.urlsafe_b64decode(jwk.get(name, "").encode() + b"==")
    if len(data) != SIZE:
        raise ValueError("a member of the JWK has the wrong size")
    return data
