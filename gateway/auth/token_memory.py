"""Access tokens that were verified a moment ago: a device shows the same one for minutes, with every request.

Remembered is what a token grants, under the SHA-256 of the whole of it: a token that differs in a bit is another
one, and who reads this memory finds no token. What may change while a token lives is asked each time: whether its
key is live, and whether it has begun and not ended. Whether its device still works, the directory says, as ever.
"""

import hashlib
from datetime import datetime

from gateway.auth import access_tokens
from gateway.auth.access_tokens import AccessToken, Verified
from gateway.auth.jws import blaming
from gateway.auth.keyring import Keyring

REMEMBERED_MAX = 20_000
"""Each takes about half a kilobyte here. Twice as many as there are devices that the directory remembers."""


class AccessTokens:
    """Reads access tokens, and each but once."""

    def __init__(self, *, keyring: Keyring, issuer: str, capacity: int = REMEMBERED_MAX) -> None:
        self._keyring = keyring
        self._issuer = issuer
        self._capacity = capacity
        self._verified: dict[bytes, Verified] = {}  # in the order in which they came

    def read(self, token: str, now: datetime) -> AccessToken:
        """Return what a token grants.

        Raises:
            NotAuthentic: as in `access_tokens.read`.
        """
        digest = hashlib.sha256(token.encode()).digest()
        verified = self._verified.get(digest)
        if verified is None:
            verified = access_tokens.read(token, keyring=self._keyring, issuer=self._issuer, now=now)
            self._remember(digest, verified, now)
            return verified.granted
        with blaming("token"):
            access_tokens.live_key(self._keyring, verified.kid)
            verified.require_timely(now)
        return verified.granted

    def __len__(self) -> int:
        return len(self._verified)

    def _remember(self, digest: bytes, verified: Verified, now: datetime) -> None:
        """Remember one more. Only what we have signed comes here: nobody crowds others out by guessing."""
        while self._verified:
            first = next(iter(self._verified))
            if self._verified[first].ends > now.timestamp() and len(self._verified) < self._capacity:
                break
            del self._verified[first]
        self._verified[digest] = verified
