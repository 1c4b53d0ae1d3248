"""References: the cause of a denial, sealed so that only the holder of the pass can have it opened.

A reference is base64url of nonce, ciphertext and tag of AES-256-GCM (NIST SP 800-38D) over the cause,
padded to one length. Its key comes from the pass and from the gateway's `reference` key, so neither the
partner that shows it nor a stolen database can open it, and nothing about it is stored for the resident.
"""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.auth import base64url
from gateway.auth.hashing import HASH_BYTES, keyed_hash
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.eligibility import Cause
from gateway.domain.errors import NotAuthentic
from gateway.domain.passes import OpenedPass

CAUSE_BYTES = 20
"""Every cause is padded to this; the longest has 13. With nonce and tag that makes 48 bytes, 64 characters."""

NONCE_BYTES = 12
TAG_BYTES = 16
REFERENCE_LENGTH = (NONCE_BYTES + CAUSE_BYTES + TAG_BYTES) * 4 // 3
"""Characters of every reference, whatever the cause."""

_LABEL = b"laurel/reference/v1"
_NOBODYS = frozenset({Cause.UNKNOWN_PASS, Cause.FORGED_PASS})


class References:
    """Seals and opens references. Implements `domain.ports.Sealer`."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, opened: OpenedPass, cause: Cause) -> str:
        """Return a reference of REFERENCE_LENGTH characters; one that nobody can open where no pass is known.

        Raises:
            KeysMissing: there is no active `reference` key.
        """
        _, secret = self._keyring.secret(Purpose.REFERENCE)
        nobodys = opened.forged or cause in _NOBODYS
        key = keyed_hash(secret, _LABEL, token_bytes(HASH_BYTES) if nobodys else opened.seal)
        nonce = token_bytes(NONCE_BYTES)
        return base64url.encode(nonce + AESGCM(key).encrypt(nonce, _padded(cause), None))

    def open(self, presented: OpenedPass, reference: str) -> Cause | None:
        """Return the cause in a reference; None where it is not one of this pass, or its key has ended."""
        if len(reference) != REFERENCE_LENGTH:
            return None
        try:
            sealed = base64url.decode(reference)
        except NotAuthentic:
            return None
        nonce, ciphertext = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for secret in self._keyring.secrets(Purpose.REFERENCE).values():
            key = keyed_hash(secret, _LABEL, presented.seal)
            try:
                return Cause(AESGCM(key).decrypt(nonce, ciphertext, None).rstrip(b"\0").decode())
            except InvalidTag:
                continue
        return None


def _padded(cause: Cause) -> bytes:
    return cause.encode().ljust(CAUSE_BYTES, b"\0")
