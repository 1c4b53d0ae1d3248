"""What a presented pass is known by: keyed hashes of what it says of itself, under the `handle` key.

The secret is read at every call, so a revoked key stops at once.
"""

from typing import NamedTuple

from gateway.auth.hashing import encode, ended
from gateway.auth.keyring import Keyring, Purpose

_TOKEN = b"laurel/pass-handle/token/v1"
_CODE = b"laurel/pass-handle/code/v1"
_LIVE = b"laurel/pass-handle/live/v1"
_LIVE_KEY = b"laurel/live-pass/key/v1"
_MARK = b"laurel/used-showing/v1"
_SEAL = b"laurel/pass-seal/v1"


class PassHashes(NamedTuple):
    """What a presented pass is known by."""

    handle: bytes
    """What it is looked up by."""
    mark: bytes
    """Under what it is known that this code or showing was used. It can't be made of a handle."""
    seal: bytes
    """The key of whoever holds it."""


class PassHasher:
    """Turns what a pass says of itself into what it is looked up by, and into its holder's key.

    All methods raise KeysMissing where there is no active `handle` key.
    """

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def of_token(self, token_id: str) -> PassHashes:
        """Return what a token is known by."""
        return self._known(_TOKEN, encode(token_id))

    def of_code(self, code: str) -> PassHashes:
        """Return what a code in its canonical form is known by."""
        return self._known(_CODE, encode(code))

    def of_showing(self, pass_id: bytes, shown: str) -> PassHashes:
        """Return what a live pass is known by, and this one showing of it."""
        secret = self._secret()
        return PassHashes(
            handle=ended(secret, _LIVE, pass_id),
            mark=ended(secret, _MARK, encode(shown)),
            seal=ended(secret, _SEAL, pass_id.hex().encode("ascii")),
        )

    def token_handle(self, token_id: str) -> bytes:
        """Return the handle of a token by its random id."""
        return ended(self._secret(), _TOKEN, encode(token_id))

    def code_handle(self, code: str) -> bytes:
        """Return the handle of a code in its canonical form."""
        return ended(self._secret(), _CODE, encode(code))

    def live_handle(self, pass_id: bytes) -> bytes:
        """Return the handle of a live pass by its random id."""
        return ended(self._secret(), _LIVE, pass_id)

    def live_key(self, pass_id: bytes) -> bytes:
        """Return the key that a phone proves its live pass with."""
        return ended(self._secret(), _LIVE_KEY, pass_id)

    def _known(self, label: bytes, identifier: bytes) -> PassHashes:
        secret = self._secret()
        return PassHashes(
            handle=ended(secret, label, identifier),
            mark=ended(secret, _MARK, identifier),
            seal=ended(secret, _SEAL, identifier),
        )

    def _secret(self) -> bytes:
        return self._keyring.secret(Purpose.HANDLE)[1]
