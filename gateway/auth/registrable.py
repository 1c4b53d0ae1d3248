"""A key as a steward registers it from a file: nobody has signed with it yet, so more is asked of it.

A machine that enrols, and every proof, is signed with the key; these need no such question.
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from gateway.auth.jwk import PublicKey, public_key_from_jwk
from gateway.domain.errors import NotAuthentic

_FIELD = 2**255 - 19
_D = -121665 * pow(121666, -1, _FIELD)
"""The constant of the curve (RFC 8032 section 5.1)."""


def registrable_key(jwk: Mapping[str, object]) -> PublicKey:
    """Return a public key to register. It is known by its thumbprint, whatever kid its maker gave it.

    Raises:
        NotAuthentic: as for `public_key_from_jwk`; `key-malformed` for 32 bytes that are no point of Ed25519,
            which the library below loads without a word.
    """
    key = public_key_from_jwk({name: value for name, value in jwk.items() if name != "kid"})
    if isinstance(key.key, Ed25519PublicKey) and not _is_point(key.key.public_bytes_raw()):
        raise NotAuthentic("key-malformed")
    return key


def _is_point(octets: bytes) -> bool:
    """Whether there is an x for this y: x² = (y² - 1) / (d y² + 1) has a root (RFC 8032 section 5.1.3)."""
    y = int.from_bytes(octets, "little") & ~(1 << 255)
    u, v = y * y - 1, _D * y * y + 1
    return pow(u * v, (_FIELD - 1) // 2, _FIELD) == 1  # Euler; a zero is of small order
