"""A sector's status list: which cards a gate without a line must not honour.

IETF Token Status List (draft-ietf-oauth-status-list): bits of one, the first place is the least significant bit
of the first byte, 0 is VALID and 1 is INVALID. A card's token names its list, and its place in it, in
`status.status_list`.
"""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from laurel_client.errors import BadReply
from laurel_client.signed_statements import base64url_decoded, signed_claims

LIST_TYPE = "statuslist+jwt"
MEDIA_TYPE = "application/statuslist+jwt"

BYTES_MAX = 4 * 1024 * 1024
"""What a list may unfold to, four times what it does: a few bytes of zlib can stand for gigabytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusList:
    """One list, good until `expires_at`; ask for a newer one every `ttl`. Keep `signed` to read it again later."""

    uri: str
    issued_at: datetime
    expires_at: datetime
    ttl: timedelta
    signed: str = field(repr=False)
    tag: str | None = field(default=None, repr=False)
    bits: bytes = field(repr=False)

    def is_valid(self, index: int, *, at: datetime | None = None) -> bool:
        """Whether the card at a place may be honoured offline, now or at another instant with its zone.

        Never by a list that has expired, nor at a place that it does not have: then nobody knows.
        """
        if not 0 <= index < 8 * len(self.bits) or (at or datetime.now(UTC)) >= self.expires_at:
            return False
        return not self.bits[index >> 3] >> (index & 7) & 1


def read_status_list(
    signed: str, jwks: Mapping[str, Any], *, uri: str, tag: str | None = None, at: datetime | None = None
) -> StatusList:
    """Return the list of an address, which has to be signed by one of the gateway's keys and not to have expired.

    `tag` is the ETag that came with it.

    Raises:
        BadReply: it is no such list; the cards that it might have named are to be honoured by a line alone.
    """
    claims = signed_claims(signed, jwks, typ=LIST_TYPE)
    if claims.get("sub") != uri:
        raise BadReply("This status list is another address's.")
    try:
        found = StatusList(
            uri=uri,
            issued_at=_instant(claims["iat"]),
            expires_at=_instant(claims["exp"]),
            ttl=timedelta(seconds=_seconds(claims["ttl"])),
            signed=signed,
            tag=tag,
            bits=_bits(claims["status_list"]),
        )
    except (KeyError, TypeError, ValueError, OverflowError, OSError, zlib.error):
        raise BadReply("This is not a status list that the client can read.") from None
    if (at or datetime.now(UTC)) >= found.expires_at:
        raise BadReply("This status list has expired.")
    return found


def _bits(status_list: Mapping[str, Any]) -> bytes:
    if status_list["bits"] != 1:
        raise ValueError("another kind of list")
    unfolding = zlib.decompressobj()
    bits = unfolding.decompress(base64url_decoded(status_list["lst"]), BYTES_MAX)
    if not unfolding.eof:
        raise ValueError("too long, or cut off")
    return bits


def _instant(seconds: object) -> datetime:
    return datetime.fromtimestamp(_seconds(seconds), UTC)


def _seconds(value: object) -> int:
    if type(value) is not int:
        raise TypeError("no whole number of seconds")
    return value
