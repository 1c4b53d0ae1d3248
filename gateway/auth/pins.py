"""PINs: a slow keyed hash, for four digits alone withstand nobody.

The PIN is first hashed under the `pin` key of the key home, then with scrypt (RFC 7914) and a random salt:
a stolen database is useless without that key, and each guess stays slow where the key leaked, too.
"""

import asyncio
import hashlib
import hmac
import re
from secrets import token_bytes

from gateway.auth import base64url
from gateway.auth.hashing import encode, keyed_hash
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.errors import NotAuthentic

SCRYPT_N = 2**14
SCRYPT_R = 8
SCRYPT_P = 1
"""RFC 7914's own advice for interactive use: some 16 MiB (128 * N * r) and 50 ms for each guess, inside a
gate's 500 ms budget."""

SALT_BYTES = 16
DIGEST_BYTES = 32

_SCHEME = "scrypt-16384-8-1"
_KEPT = re.compile(rf"{_SCHEME}\$(?P<salt>[\w-]{{22}})\$(?P<digest>[\w-]{{43}})", re.ASCII)
_PEPPER = b"laurel/pin/v1"
_COUNTER = b"laurel/pin-counter/v1"


class PepperedPins:
    """Hashes and checks PINs. Implements `domain.ports.Pins`; raises KeysMissing where no `pin` key is active."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def hash(self, pin: str) -> str:
        """Return the text to keep of a PIN: scheme, salt and digest. Takes some 50 ms of this thread."""
        salt = token_bytes(SALT_BYTES)
        digest = _slow_hash(self._peppered(pin), salt)
        return f"{_SCHEME}${base64url.encode(salt)}${base64url.encode(digest)}"

    async def matches(self, pin_hash: str | None, pin: str | None) -> bool:
        """Whether the PIN is right; works in a thread, and as long where there is no hash or no PIN.

        Raises:
            ValueError: the hash is none that `hash` made.
        """
        peppered = self._peppered(pin or "")
        nobodys = (token_bytes(SALT_BYTES), token_bytes(DIGEST_BYTES))
        salt, expected = nobodys if pin_hash is None else _decode(pin_hash)
        digest = await asyncio.to_thread(_slow_hash, peppered, salt)
        return hmac.compare_digest(digest, expected) and pin_hash is not None and pin is not None

    def counter(self, whose: bytes, reward: str) -> bytes:
        """Return the key of the counter of wrong PINs: 32 bytes that name neither resident nor reward."""
        return keyed_hash(self._secret(), _COUNTER, whose, encode(reward))

    def _peppered(self, pin: str) -> bytes:
        return keyed_hash(self._secret(), _PEPPER, encode(pin))

    def _secret(self) -> bytes:
        return self._keyring.secret(Purpose.PIN)[1]


def _slow_hash(peppered: bytes, salt: bytes) -> bytes:
    return hashlib.scrypt(peppered, salt=salt, n=SCRYPT_N, r=SCRYPT_R, p=SCRYPT_P, dklen=DIGEST_BYTES)


def _decode(pin_hash: str) -> tuple[bytes, bytes]:
    match = _KEPT.fullmatch(pin_hash)
    if match is None:
        raise ValueError("this is no PIN's hash of ours")
    try:
        return base64url.decode(match["salt"]), base64url.decode(match["digest"])
    except NotAuthentic:
        raise ValueError("this is no PIN's hash of ours") from None
