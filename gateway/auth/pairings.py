"""Pairing by a code: what a phone makes its showings from, kept for minutes under a key that only its code gives.

A code has the form of a pass's: 75 random bits and a check character. On record is a keyed hash of it, and the
pairings under a key made of the code and of a secret of the key home, by AES-256-GCM (NIST SP 800-38D): the
database alone opens nothing, and neither does the code without the gateway.
"""

import json
import secrets
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.auth.hashing import encode, keyed_hash
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain import codes
from gateway.domain.errors import KeysMissing, MalformedInput
from gateway.domain.pairings import Claim, FreshPairing, Paired

_CODE = b"laurel/pairing-code/v1"
_PHONE = b"laurel/pairing-phone/v1"
_SEAL = b"laurel/pairing-seal/v1"

_NONCE = bytes(12)
"""The same for all: each code seals one thing."""


class Pairings:
    """Makes codes, reads typed ones, and opens what they are for."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def fresh(self, pairings: Sequence[tuple[str, str]]) -> FreshPairing:
        """Return a new random code for some pairings, each with its sector.

        Raises:
            KeysMissing: there is no active `handle` key.
        """
        code = codes.code_from(secrets.randbits(codes.RANDOM_BITS))
        content = json.dumps(list(pairings)).encode()
        return FreshPairing(code, self._hash(_CODE, code), AESGCM(self._key(code)).encrypt(_NONCE, content, None))

    def claim(self, typed: str, phone: str) -> Claim:
        """Return what a phone asks for that sends a code.

        Raises:
            MalformedInput: it is no code, or mistyped.
            KeysMissing: there is no active `handle` key.
        """
        try:
            code = codes.normalise(typed)
        except MalformedInput as wrong:
            raise MalformedInput("code", wrong.message) from None
        return Claim(code, self._hash(_CODE, code), self._hash(_PHONE, phone))

    def open(self, claim: Claim, sealed: bytes) -> Paired:
        """Return the pairings that were sealed under a claim's code.

        Raises:
            KeysMissing: the `handle` key that sealed them has ended.
        """
        try:
            content = AESGCM(self._key(claim.code)).decrypt(_NONCE, sealed, None)
        except InvalidTag:
            raise KeysMissing("the handle key under which a pairing was sealed has ended.") from None
        return Paired([(sector, text) for sector, text in json.loads(content)])

    def _hash(self, label: bytes, text: str) -> bytes:
        _, secret = self._keyring.secret(Purpose.HANDLE)
        return keyed_hash(secret, label, encode(text))

    def _key(self, code: str) -> bytes:
        return self._hash(_SEAL, code)
