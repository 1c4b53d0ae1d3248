"""Status lists as signed tokens (IETF Token Status List, `statuslist+jwt`), and the decoys in them."""

import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from gateway.auth import base64url, jws
from gateway.auth.hashing import encode, keyed_hash
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.clock import Clock
from gateway.domain.periods import OFFLINE_ALLOWANCE_MAX
from gateway.domain.status_lists import LIST_BYTES

STATUS_SECONDS = 300
"""Between two lists, and `ttl` in them: a card that was revoked is INVALID in what is handed out after that."""

LIST_TYPE = "statuslist+jwt"
PLANES = 16
"""Bits of the random number behind each place: a share is met to 1 in 65,536."""

COMPRESSION = 6
"""The highest level, 9, makes a list 5 to 13 % smaller and takes ten times as long, on every node."""

_DECOYS = b"laurel/status-decoys/v1"


class StatusListSigner:
    """Implements `domain.status_lists.ListSigner`. `lists` is the address under which sectors' lists lie.

    The key is that of the passes: who trusts a card's signature trusts its list's.
    """

    def __init__(self, keyring: Keyring, *, lists: str, clock: Clock) -> None:
        self._keyring, self._lists, self._clock = keyring, lists, clock

    def decoys(self, sector: str, share: float) -> bytes:
        """Return bits of which this share is 1: a random number of each place, compared with the share.

        The numbers are one keystream of AES-256-CTR (NIST SP 800-38A) under a key of the sector, a plane of bits
        after the other, so that all places are compared at once, the lowest bit first.

        Raises:
            KeysMissing: there is no active `handle` key.
        """
        secret = self._keyring.secret(Purpose.HANDLE)[1]
        cipher = Cipher(algorithms.AES256(keyed_hash(secret, _DECOYS, encode(sector))), modes.CTR(bytes(16)))
        stream, threshold = cipher.encryptor(), round(share * 2**PLANES)
        every = (1 << (8 * LIST_BYTES)) - 1
        if threshold >= 2**PLANES:
            return every.to_bytes(LIST_BYTES, "little")
        below = 0
        for place in range(PLANES):
            plane = int.from_bytes(stream.update(bytes(LIST_BYTES)), "little")
            below = (below | (plane ^ every)) if threshold >> place & 1 else (below & (plane ^ every))
        return below.to_bytes(LIST_BYTES, "little")

    def sign(self, sector: str, bits: bytes) -> str:
        """Return the list as a token. It outlasts the longest offline allowance; `ttl` says when to ask again.

        Raises:
            KeysMissing: there is no active `pass` key.
        """
        now = int(self._clock().timestamp())
        claims = {
            "sub": f"{self._lists}/{sector}",
            "iat": now,
            "exp": now + int(OFFLINE_ALLOWANCE_MAX.total_seconds()),
            "ttl": STATUS_SECONDS,
            "status_list": {"bits": 1, "lst": base64url.encode(zlib.compress(bits, COMPRESSION))},
        }
        return jws.sign(claims, self._keyring.signing(Purpose.PASS), typ=LIST_TYPE)
