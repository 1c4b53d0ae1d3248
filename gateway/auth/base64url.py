"""Base64url without padding (RFC 7515 section 2), where every value has exactly one spelling.

The usual decoders skip foreign characters and ignore leftover bits, so that many strings stand for the same
bytes. A token that has several spellings slips past whatever compares or hashes its text.
"""

import base64
import re

from gateway.domain.errors import NotAuthentic

_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")


def encode(data: bytes) -> str:
    """Return the one spelling of some bytes."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that a non-empty text spells.

    Raises:
        NotAuthentic: `base64`: padding, a foreign character, an impossible length or leftover bits.
    """
    if not _ALPHABET.fullmatch(text) or len(text) % 4 == 1:
        raise NotAuthentic("base64")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if encode(data) != text:
        raise NotAuthentic("base64")
    return data
