"""What the database keeps and may not read: sealed under a key of its own, bound to the row that it is kept in.

AES-256-GCM (NIST SP 800-38D) under a key that is made of a random salt and the `period` secret of the key home,
with which all links between redemptions end. What is bound to a row can't be put beside another one.
"""

from secrets import token_bytes

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.auth.hashing import HASH_BYTES, keyed_hash
from gateway.auth.keyring import Keyring, Purpose

_NONCE = bytes(12)
"""The same for all: each key seals one thing."""


def seal(keyring: Keyring, label: bytes, content: bytes, *, bound_to: bytes) -> bytes:
    """Return a random salt, the ciphertext and its tag. One label per use keeps the uses apart.

    Raises:
        KeysMissing: there is no active `period` key.
    """
    _, secret = keyring.secret(Purpose.PERIOD)
    salt = token_bytes(HASH_BYTES)
    return salt + AESGCM(keyed_hash(secret, label, salt)).encrypt(_NONCE, content, bound_to)


def unseal(keyring: Keyring, label: bytes, sealed: bytes, *, bound_to: bytes) -> bytes | None:
    """Return what was sealed; None where no live `period` key opens it, or it was changed or is another row's."""
    salt, ciphertext = sealed[:HASH_BYTES], sealed[HASH_BYTES:]
    for secret in keyring.secrets(Purpose.PERIOD).values():
        try:
            return AESGCM(keyed_hash(secret, label, salt)).decrypt(_NONCE, ciphertext, bound_to)
        except (InvalidTag, ValueError):
            continue
    return None
