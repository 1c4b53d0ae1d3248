"""Cursors: opaque positions in a partner's own lists, which are redemptions and occasions.

A cursor is base64url of a tag and the position. The tag is a keyed hash over list, partner and position, so that
nobody can make one up, use another partner's, or one list's for the other.
"""

import hmac
from datetime import UTC, datetime, timedelta

from gateway.auth import base64url
from gateway.auth.hashing import encode, keyed_hash
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.ports import Paged

CURSOR_LENGTH_MAX = 200
"""Characters. Ours have 118 at most; what is longer is not worth decoding."""

TAG_BYTES = 16
_TIME_BYTES = 8
_LABELS = {Paged.REDEMPTIONS: b"laurel/cursor/v1", Paged.OCCASIONS: b"laurel/cursor/occasions/v1"}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class TaggedCursors:
    """Makes and reads cursors. Implements `domain.ports.Cursors`."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, listing: Paged, partner_id: str, position: tuple[datetime, str]) -> str:
        """Return the cursor of a position: an instant and an id.

        Raises:
            KeysMissing: there is no active `cursor` key.
        """
        at, item_id = position
        payload = ((at - _EPOCH) // _MICROSECOND).to_bytes(_TIME_BYTES, "big", signed=True) + item_id.encode()
        _, secret = self._keyring.secret(Purpose.CURSOR)
        return base64url.encode(_tag(secret, listing, partner_id, payload) + payload)

    def open(self, listing: Paged, partner_id: str, cursor: str) -> tuple[datetime, str]:
        """Return the position of a cursor.

        Raises:
            MalformedInput: it is not ours, of another list, another partner's, or its key has ended.
        """
        if len(cursor) <= CURSOR_LENGTH_MAX:
            try:
                decoded = base64url.decode(cursor)
            except NotAuthentic:
                decoded = b""
            tag, payload = decoded[:TAG_BYTES], decoded[TAG_BYTES:]
            for secret in self._keyring.secrets(Purpose.CURSOR).values():
                if hmac.compare_digest(_tag(secret, listing, partner_id, payload), tag):
                    return _position(payload)
        raise MalformedInput("after", "Give a cursor as an earlier page of yours answered it, or none.")


def _tag(secret: bytes, listing: Paged, partner_id: str, payload: bytes) -> bytes:
    return keyed_hash(secret, _LABELS[listing], encode(partner_id), payload)[:TAG_BYTES]


def _position(payload: bytes) -> tuple[datetime, str]:
    microseconds = int.from_bytes(payload[:_TIME_BYTES], "big", signed=True)
    return _EPOCH + microseconds * _MICROSECOND, payload[_TIME_BYTES:].decode()
