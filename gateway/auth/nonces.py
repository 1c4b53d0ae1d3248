"""Nonces that the gateway hands out for proofs (RFC 9449 sections 8 and 9), and keeps no record of.

A nonce is a keyed hash of the minute in which it was made, so all nodes that hold the same key make the same ones.
A proof with one was signed after that minute began: nobody who had a key for a moment has proofs for tomorrow.
It is no secret, and serves often; what is used once is the proof's `jti`.
"""

from functools import lru_cache

from gateway.auth import base64url
from gateway.auth.hashing import keyed_hash
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.clock import Clock
from gateway.domain.errors import NotAuthentic

EPOCH_SECONDS = 60
"""A nonce is good until the epoch after its own ends: for one minute at least, for two at most."""

ADVICE = "Make a new proof with the nonce of this answer's header DPoP-Nonce."

NONCES_MAX = 64
"""Remembered as they were made: of three epochs, and of every live key. Which keys are live is asked each time."""

_EPOCH_BYTES = 8
_HASH_BYTES = 16
_LABEL = b"laurel/dpop-nonce/v1"


class NonceWanted(NotAuthentic):
    """Nothing is wrong but the nonce: the caller may send the same again, under a new proof with a fresh one."""


class Nonces:
    """Makes nonces and knows them again, on every node that holds the key."""

    def __init__(self, keyring: Keyring, clock: Clock) -> None:
        self._keyring = keyring
        self._clock = clock

    def issue(self) -> str:
        """Return the nonce of this epoch.

        Raises:
            KeysMissing: there is no active `nonce` key.
        """
        _, secret = self._keyring.secret(Purpose.NONCE)
        return _nonce(secret, self._epoch())

    def accepts(self, nonce: object) -> bool:
        """Whether it is the nonce of this epoch, the one before or the next: another node's clock may be ahead.

        Raises:
            KeysMissing: there is no active `nonce` key, so that the caller could not be given another one.
        """
        _, secret = self._keyring.secret(Purpose.NONCE)
        if not isinstance(nonce, str):
            return False
        now = self._epoch()
        if nonce == _nonce(secret, now):  # nearly always: nonces are no secrets, and need no patient comparison
            return True
        live = self._keyring.secrets(Purpose.NONCE).values()
        return any(nonce == _nonce(secret, epoch) for epoch in (now, now - 1, now + 1) for secret in live)

    def _epoch(self) -> int:
        return int(self._clock().timestamp()) // EPOCH_SECONDS


@lru_cache(NONCES_MAX)
def _nonce(secret: bytes, epoch: int) -> str:
    when = epoch.to_bytes(_EPOCH_BYTES, "big")
    return base64url.encode(when + keyed_hash(secret, _LABEL, when)[:_HASH_BYTES])
