"""Base64url without padding (RFC 7515 section 2), where every value has exactly one spelling.

The usual decoders skip foreign characters and ignore leftover bits, so that many strings stand for the same
bytes. A token that has several spellings slips past whatever compares or hashes its text.
"""

from binascii import Error, a2b_base64, b2a_base64

from gateway.domain.errors import NotAuthentic

_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
"""What is of the usual alphabet alone becomes foreign, and so does padding that somebody else put there."""

_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")

_LAST = ("", "", "AQgw", "AEIMQUYcgkosw048")
"""By the length modulo 4, what a text may end with: characters whose leftover bits are zero. One alone is none."""

_PADDING = (b"", b"", b"==", b"=")


def encode(data: bytes) -> str:
    """Return the one spelling of some bytes."""
    return b2a_base64(data, newline=False).translate(_FROM_STANDARD).rstrip(b"=").decode("ascii")


def decode(text: str) -> bytes:
    """Return the bytes that a non-empty text spells.

    Raises:
        NotAuthentic: `base64`: padding, a foreign character, an impossible length or leftover bits.
    """
    over = len(text) % 4
    if not text or (over and text[-1] not in _LAST[over]):
        raise NotAuthentic("base64")
    try:
        return a2b_base64(text.encode("ascii").translate(_TO_STANDARD) + _PADDING[over], strict_mode=True)
    except (UnicodeEncodeError, Error):
        raise NotAuthentic("base64") from None
