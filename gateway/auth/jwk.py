"""Keys as JSON Web Keys (RFC 7517), admitted only if nobody but their owner can sign with them.

Three kinds are admitted, each with its one algorithm, so that no header ever chooses one: P-256 (ES256), Ed25519
(EdDSA) and RSA from 2048 to 4096 bits (PS256). The libraries below load weaker keys without a word: for an
Ed25519 key of small order, for one, most messages have a signature that anybody can make.
"""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    EllipticCurvePublicNumbers,
    derive_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, RSAPublicNumbers

from gateway.auth import base64url
from gateway.domain.errors import NotAuthentic

KID = re.compile(r"[A-Za-z0-9._-]{1,64}")
RSA_BITS_MIN, RSA_BITS_MAX = 2048, 4096
"""FAPI 2.0 section 5.4.1 asks for 2048; above 4096 a signature costs more to check than it is worth."""

_RSA_EXPONENT = 65537
_SMALL_FACTORS = math.prod(p for p in range(2, 1000) if all(p % q for q in range(2, 32) if q < p))
"""A modulus with one of them was made by a broken generator or an attacker, who both leave it factored."""

_PRIVATE = frozenset({"d", "p", "q", "dp", "dq", "qi", "oth", "k"})
_MEMBERS = {"EC": ("crv", "kty", "x", "y"), "OKP": ("crv", "kty", "x"), "RSA": ("e", "kty", "n")}
_ALGORITHMS = {"EC": ("ES256",), "OKP": ("EdDSA", "Ed25519"), "RSA": ("PS256",)}

_FIELD = 2**255 - 19
_ORDER_EIGHT = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_SMALL_ORDER = frozenset({0, 1, _FIELD - 1, _ORDER_EIGHT, _FIELD - _ORDER_EIGHT})
"""The y of all eight points of Ed25519 (RFC 8032 section 5.1) that eight times themselves are nothing."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key to verify with. `jwk` holds the members that make it, and none besides."""

    kid: str
    algorithm: str
    key: EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey
    jwk: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key to sign with. Its secret is in no repr."""

    kid: str
    algorithm: str
    key: EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey = field(repr=False)


def thumbprint(jwk: Mapping[str, object]) -> str:
    """Return the SHA-256 thumbprint of a key, in base64url (RFC 7638 section 3).

    Raises:
        NotAuthentic: `key-type` or `key-malformed`.
    """
    members = json.dumps(_members(jwk), separators=(",", ":"), sort_keys=True, ensure_ascii=False)
    return base64url.encode(hashlib.sha256(members.encode()).digest())


def public_key_from_jwk(jwk: Mapping[str, object]) -> PublicKey:
    """Return a public key to verify signatures with; its kid is its thumbprint where the JWK names none.

    Members that it does not know are ignored (RFC 7517 section 4), and nothing is ever fetched.

    Raises:
        NotAuthentic: `key-private`, `key-type`, `key-malformed`, `key-weak`, `key-use` or `key-kid`.
    """
    if not _PRIVATE.isdisjoint(jwk):
        raise NotAuthentic("key-private")
    members = _members(jwk)
    _check_use(jwk, "verify")
    return PublicKey(_kid(jwk), _ALGORITHMS[members["kty"]][0], _public(members), members)


def signing_key_from_jwk(jwk: Mapping[str, object]) -> SigningKey:
    """Return one of the gateway's own keys, P-256 or Ed25519, to sign with.

    Raises:
        NotAuthentic: as for `public_key_from_jwk`, or `key-malformed` where its two halves differ.
    """
    members = _members(jwk)
    _check_use(jwk, "sign")
    secret = _octets(jwk.get("d"), 32)
    key: EllipticCurvePrivateKey | Ed25519PrivateKey
    try:
        match members["kty"]:
            case "EC":
                key = derive_private_key(int.from_bytes(secret, "big"), SECP256R1())
            case "OKP":
                key = Ed25519PrivateKey.from_private_bytes(secret)
            case _:
                raise NotAuthentic("key-type")
    except ValueError:
        raise NotAuthentic("key-malformed") from None
    if key.public_key() != _public(members):
        raise NotAuthentic("key-malformed")
    return SigningKey(_kid(jwk), _ALGORITHMS[members["kty"]][0], key)


def _members(jwk: Mapping[str, object]) -> dict[str, str]:
    """Return the members that make the key (RFC 7638 section 3.2), all of them text."""
    kty = jwk.get("kty")
    if not isinstance(kty, str) or kty not in _MEMBERS:
        raise NotAuthentic("key-type")
    members = {name: value for name in _MEMBERS[kty] if isinstance(value := jwk.get(name), str)}
    if len(members) != len(_MEMBERS[kty]):
        raise NotAuthentic("key-malformed")
    return members


def _check_use(jwk: Mapping[str, object], operation: str) -> None:
    """Refuse a key that says that it is for something else (RFC 7517 sections 4.2 to 4.4)."""
    if (
        jwk.get("use", "sig") != "sig"
        or jwk.get("key_ops", [operation]) != [operation]
        or jwk.get("alg", _ALGORITHMS[str(jwk["kty"])][0]) not in _ALGORITHMS[str(jwk["kty"])]
    ):
        raise NotAuthentic("key-use")


def _kid(jwk: Mapping[str, object]) -> str:
    kid = jwk["kid"] if "kid" in jwk else thumbprint(jwk)
    if not isinstance(kid, str) or not KID.fullmatch(kid):
        raise NotAuthentic("key-kid")
    return kid


def _public(members: Mapping[str, str]) -> EllipticCurvePublicKey | Ed25519PublicKey | RSAPublicKey:
    try:
        match members["kty"], members.get("crv"):
            case "EC", "P-256":
                x, y = (int.from_bytes(_octets(members[name], 32), "big") for name in ("x", "y"))
                return EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
            case "OKP", "Ed25519":
                return _ed25519(_octets(members["x"], 32))
            case "RSA", None:
                return _rsa(_octets(members["n"]), _octets(members["e"]))
            case _:
                raise NotAuthentic("key-type")
    except ValueError:  # not a point on the curve, not a modulus
        raise NotAuthentic("key-malformed") from None


def _ed25519(octets: bytes) -> Ed25519PublicKey:
    """Refuse a second spelling of a point, and a point of small order; the highest bit is the sign of x."""
    y = int.from_bytes(octets, "little") & ~(1 << 255)
    if y >= _FIELD or y in _SMALL_ORDER:
        raise NotAuthentic("key-weak")
    return Ed25519PublicKey.from_public_bytes(octets)


def _rsa(modulus: bytes, exponent: bytes) -> RSAPublicKey:
    """Refuse a second spelling of a number (leading zeros), a size out of bounds, and what others can factor."""
    if 0 in (modulus[0], exponent[0]):
        raise NotAuthentic("key-malformed")
    n, e = (int.from_bytes(octets, "big") for octets in (modulus, exponent))
    if e != _RSA_EXPONENT or not RSA_BITS_MIN <= n.bit_length() <= RSA_BITS_MAX:
        raise NotAuthentic("key-weak")
    if math.gcd(n, _SMALL_FACTORS) != 1:
        raise NotAuthentic("key-weak")
    return RSAPublicNumbers(e, n).public_key()


def _octets(text: object, length: int | None = None) -> bytes:
    if not isinstance(text, str):
        raise NotAuthentic("key-malformed")
    try:
        octets = base64url.decode(text)
    except NotAuthentic:
        raise NotAuthentic("key-malformed") from None
    if length not in (None, len(octets)):
        raise NotAuthentic("key-malformed")
    return octets
