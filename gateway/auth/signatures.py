"""Checking signatures: each algorithm by whichever library is fastest at it, and nobody is let off anything.

Ed25519 is libsodium's (PyNaCl), which needs half of OpenSSL's time. Where the two differ it is the stricter one:
it refuses keys and signatures of small order, which no honest machine makes (tests/auth/test_odd_signatures.py).
"""

from collections.abc import Callable, Mapping
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from nacl.bindings import crypto_sign_BYTES, crypto_sign_open
from nacl.exceptions import BadSignatureError

from gateway.auth.jwk import PublicKey

_HALF = 32
"""Octets of r, and of s, of a P-256 signature (RFC 7518 section 3.4)."""

_ECDSA = ECDSA(SHA256())
_PSS = PSS(mgf=MGF1(SHA256()), salt_length=SHA256.digest_size)


def fits(key: PublicKey, signature: bytes, content: bytes) -> bool:
    """Whether a signature is the key's, by its one algorithm, over some content."""
    try:
        _CHECKS[key.algorithm](key.key, signature, content)
    except (InvalidSignature, BadSignatureError):
        return False
    return True


def _es256(key: EllipticCurvePublicKey, signature: bytes, content: bytes) -> None:
    if len(signature) != 2 * _HALF:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
    key.verify(encode_dss_signature(r, s), content, _ECDSA)


def _eddsa(key: Ed25519PublicKey, signature: bytes, content: bytes) -> None:
    if len(signature) != crypto_sign_BYTES:  # else some of the content would count as signature
        raise InvalidSignature
    crypto_sign_open(signature + content, key.public_bytes_raw())


def _ps256(key: RSAPublicKey, signature: bytes, content: bytes) -> None:
    key.verify(signature, content, _PSS, SHA256())


_CHECKS: Mapping[str, Callable[[Any, bytes, bytes], None]] = {"ES256": _es256, "EdDSA": _eddsa, "PS256": _ps256}
"""By the algorithm of a key, which `jwk` has made fit its kind."""
