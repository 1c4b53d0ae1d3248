"""Hybrid public key encryption (RFC 9180) to a key of the gateway, as the phones of residents use it.

The suite is DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, in base mode: every browser's WebCrypto has what
it takes. A key pair is derived of a secret of the key home (section 7.1.3).
"""

import hmac
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey, derive_private_key
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

ENC_BYTES = 65
"""An uncompressed point of P-256, which a sealed message begins with (section 7.1.1)."""

TAG_BYTES = 16

_SUITE = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_128_GCM)
_SUITE_ID = b"KEM" + (0x0010).to_bytes(2, "big")
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""The order of P-256 (SEC 2, section 2.4.2)."""

_SCALAR_BYTES = 32


@lru_cache(maxsize=16)
def derive_key(secret: bytes) -> EllipticCurvePrivateKey:
    """Return the private key of a secret of 32 bytes: DeriveKeyPair of RFC 9180 section 7.1.3."""
    prk = hmac.digest(b"", b"HPKE-v1" + _SUITE_ID + b"dkp_prk" + secret, "sha256")
    length = _SCALAR_BYTES.to_bytes(2, "big")
    for counter in range(256):
        info = length + b"HPKE-v1" + _SUITE_ID + b"candidate" + bytes([counter])
        scalar = int.from_bytes(hmac.digest(prk, info + b"\x01", "sha256"), "big")  # HKDF-Expand of one block
        if 0 < scalar < _ORDER:
            return derive_private_key(scalar, SECP256R1())
    raise ValueError("no candidate is in range")  # once in 2**8192


def public_point(secret: bytes) -> bytes:
    """Return the public key of a secret as an uncompressed point: what others seal to."""
    return derive_key(secret).public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def unseal(secret: bytes, sealed: bytes, *, info: bytes) -> bytes | None:
    """Return what was sealed to the key of a secret; None where it was not, or is not whole."""
    try:
        return _SUITE.decrypt(sealed, derive_key(secret), info)
    except InvalidTag:
        return None
