"""Checking signatures: each algorithm by whichever library is fastest at it, and nobody is let off anything.

Ed25519 is libsodium's (PyNaCl), which needs half of OpenSSL's time. Where the two differ it is the stricter one:
it refuses keys and signatures of small order, which no honest machine makes (tests/auth/test_odd_signatures.py).
"""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
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
    public = key.key
    try:
        match public:
            case Ed25519PublicKey():
                return _ed25519(public, signature, content)
            case EllipticCurvePublicKey():
                if len(signature) != 2 * _HALF:
                    return False
                r, s = int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big")
                public.verify(encode_dss_signature(r, s), content, _ECDSA)
            case _:
                public.verify(signature, content, _PSS, SHA256())
    except InvalidSignature:
        return False
    return True


def _ed25519(key: Ed25519PublicKey, signature: bytes, content: bytes) -> bool:
    if len(signature) != crypto_sign_BYTES:  # else some of the content would count as signature
        return False
    try:
        crypto_sign_open(signature + content, key.public_bytes_raw())
    except BadSignatureError:
        return False
    return True
