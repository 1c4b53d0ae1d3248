"""What a resident's phone does, written straight from docs/passes.md and not from the code under test.

It makes a showing from its pairing alone, offline. HPKE (RFC 9180) is spelled out, so that a fixed ephemeral key
gives a known answer. `tests/node/live_pass.mjs` does the same with what browsers have.
"""

import base64
import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

LABEL = b"laurel/live-pass/v1"
QUESTION_LABEL = b"laurel/live-pass/question/v1"
KEM, SUITE = b"KEM\x00\x10", b"HPKE\x00\x10\x00\x01\x00\x01"


@dataclass(frozen=True)
class Phone:
    """A phone that was paired once."""

    pass_id: bytes
    key: bytes
    ends: int
    gateway: bytes
    sector: bytes

    @classmethod
    def paired(cls, text: str) -> "Phone":
        """Scan a pairing."""
        data = unbase32(text.removeprefix("LP1."))
        return cls(data[:16], data[16:48], int.from_bytes(data[48:52], "big"), data[52:117], data[117:])

    def shows(self, now: int, *, ephemeral: EllipticCurvePrivateKey | None = None) -> str:
        """Make a showing at a second of the phone's clock."""
        return "L1." + base32(self._sealed(now, LABEL, ephemeral))

    def asks(self, now: int) -> str:
        """Make what the phone asks for itself with, at a second of its clock."""
        return "LQ1." + base32(self._sealed(now, QUESTION_LABEL, None))

    def _sealed(self, now: int, label: bytes, ephemeral: EllipticCurvePrivateKey | None) -> bytes:
        claimed = self.pass_id + now.to_bytes(4, "big") + self.sector.ljust(48, b"\0")
        proof = hmac.digest(self.key, label + claimed, "sha256")[:16]
        return seal(claimed + proof, self.gateway, ephemeral, label=label)


def seal(
    plaintext: bytes, recipient: bytes, ephemeral: EllipticCurvePrivateKey | None = None, *, label: bytes = LABEL
) -> bytes:
    """Seal to a public key: RFC 9180, DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-128-GCM, base mode."""
    ephemeral = ephemeral or generate_private_key(SECP256R1())
    enc = ephemeral.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    dh = ephemeral.exchange(ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), recipient))
    shared = expand(KEM, extract(KEM, b"", b"eae_prk", dh), b"shared_secret", enc + recipient, 32)
    context = b"\0" + extract(SUITE, b"", b"psk_id_hash", b"") + extract(SUITE, b"", b"info_hash", label)
    secret = extract(SUITE, shared, b"secret", b"")
    key, nonce = expand(SUITE, secret, b"key", context, 16), expand(SUITE, secret, b"base_nonce", context, 12)
    return enc + AESGCM(key).encrypt(nonce, plaintext, b"")


def extract(suite: bytes, salt: bytes, label: bytes, keying: bytes) -> bytes:
    """LabeledExtract (section 4)."""
    return hmac.digest(salt, b"HPKE-v1" + suite + label + keying, "sha256")


def expand(suite: bytes, secret: bytes, label: bytes, info: bytes, length: int) -> bytes:
    """LabeledExpand (section 4) of at most one block."""
    message = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info + b"\x01"
    return hmac.digest(secret, message, "sha256")[:length]


def base32(data: bytes) -> str:
    return base64.b32encode(data).decode().rstrip("=")


def unbase32(text: str) -> bytes:
    return base64.b32decode(text + "=" * (-len(text) % 8))
