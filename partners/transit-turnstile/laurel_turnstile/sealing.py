"""What a gate keeps of a pass: sealed for the upload, and a mark to know it again; both under the device's key.

The queue's file alone, on a card that was pulled or in a backup, tells no pass. Whoever has the partner file as
well can read what waits for the line; so keep it apart, in a TPM-bound credential where there is one.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from laurel_client.signing import DeviceKey

NONCE_BYTES = 12
MARK_BYTES = 16


class Seal:
    """Seals and marks passes by keys that are derived of the device's."""

    def __init__(self, key: DeviceKey) -> None:
        self._sealing = AESGCM(key.derived("laurel/turnstile/seal/v1"))
        self._marking = key.derived("laurel/turnstile/mark/v1")

    def close(self, text: str, *, request_id: str) -> bytes:
        """Return a pass, sealed to the tap that it is of (AES-256-GCM, a new random nonce each time)."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._sealing.encrypt(nonce, text.encode(), request_id.encode())

    def open(self, sealed: bytes, *, request_id: str) -> str | None:
        """Return the pass of a tap; None where another key sealed it, or it is damaged."""
        try:
            opened = self._sealing.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], request_id.encode())
        except (InvalidTag, ValueError):
            return None
        return opened.decode()

    def mark(self, text: str) -> bytes:
        """Return what the same pass gives again, and nobody else can make."""
        mac = hmac.HMAC(self._marking, hashes.SHA256())
        mac.update(text.encode())
        return mac.finalize()[:MARK_BYTES]
