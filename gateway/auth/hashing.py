"""Keyed hashes: HMAC-SHA-256 (RFC 2104), one label per use, parts joined so that no two lists collide.

A stolen database names nobody: whatever is looked up or compared lies there as one of these hashes, and
the secrets lie in the key home. Each class reads its secret at every call, so a revoked key stops at once.
"""

import hmac
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.errors import MalformedInput

HASH_BYTES = 32
"""The length of every keyed hash."""

BEGUN_MAX = 64
"""Hashes that are begun: of each use, under the `handle` key that is active, which is asked each time."""

_LENGTH_BYTES = 8

_REGISTRY = b"laurel/registry-id/v1"
_REGISTRY_FILE = b"laurel/registry-file/v1"
_FINGERPRINT = b"laurel/fingerprint/v1"


def join(*parts: bytes) -> bytes:
    """Return the parts, each after its length in 8 bytes: `("ab", "c")` and `("a", "bc")` stay different."""
    return b"".join([len(part).to_bytes(_LENGTH_BYTES, "big") + part for part in parts])


def keyed_hash(secret: bytes, label: bytes, *parts: bytes) -> bytes:
    """Return 32 bytes of HMAC-SHA-256 over a label and parts. One label per use keeps the uses apart."""
    return hmac.digest(secret, join(label, *parts), "sha256")


@lru_cache(BEGUN_MAX)
def _begun(secret: bytes, label: bytes) -> HMAC:
    """Return a keyed hash that has taken in its secret and label, to be copied (RFC 2104 section 4).

    The standard library's would do; this one is copied and ended in a third of the time.
    """
    begun = HMAC(secret, SHA256())
    begun.update(join(label))
    return begun


def ended(secret: bytes, label: bytes, part: bytes) -> bytes:
    """Return `keyed_hash` of one part, in a third of the time."""
    hashed = _begun(secret, label).copy()
    hashed.update(len(part).to_bytes(_LENGTH_BYTES, "big") + part)
    return hashed.finalize()


def encode(text: str) -> bytes:
    """Return UTF-8 that also holds lone surrogates, which a JSON string may contain: hashing never fails."""
    return text.encode("utf-8", "surrogatepass")


class RegistryHasher:
    """Turns a registry id into the only form in which it is kept."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def hash(self, registry_id: str) -> bytes:
        """Return the keyed hash of a registry id. Width and surrounding space of its characters don't matter.

        Raises:
            MalformedInput: the id is empty.
            KeysMissing: there is no active `registry` key.
        """
        [hashed] = self.hash_all([registry_id])
        return hashed

    def hash_all(self, registry_ids: Iterable[str]) -> list[bytes]:
        """Return the keyed hash of each registry id, in a quarter of the time that one by one would take.

        Raises:
            MalformedInput: an id is empty.
            KeysMissing: there is no active `registry` key.
        """
        _, secret = self._keyring.secret(Purpose.REGISTRY)
        label = join(_REGISTRY)
        hashes = []
        for registry_id in registry_ids:
            normal = unicodedata.normalize("NFKC", registry_id).strip()
            if not normal:
                raise MalformedInput("registry id", "The registry id is empty.")
            part = encode(normal)
            message = label + len(part).to_bytes(_LENGTH_BYTES, "big") + part
            hashes.append(hmac.digest(secret, message, "sha256"))
        return hashes

    def file_hash(self, content_digest: bytes) -> bytes:
        """Return the keyed hash of a registry file by its digest: a thief can't tell which file it was.

        Raises:
            KeysMissing: there is no active `registry` key.
        """
        return keyed_hash(self._keyring.secret(Purpose.REGISTRY)[1], _REGISTRY_FILE, content_digest)


class KeyedFingerprints:
    """Binds a request id to what was asked. Implements `domain.ports.Fingerprints`."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def fingerprint(self, operation: str, *parts: str) -> bytes:
        """Return a keyed hash of 32 bytes over the operation and its parts.

        Raises:
            KeysMissing: there is no active `fingerprint` key.
        """
        _, secret = self._keyring.secret(Purpose.FINGERPRINT)
        return keyed_hash(secret, _FINGERPRINT, encode(operation), *map(encode, parts))
