"""Enrolment of a device: from a one-time code and a proof of possession to a typed candidate.

The proof is DPoP's (RFC 9449), made with the machine's new key for this one request; its `jwk` is the key to
register. Of the code only a keyed hash is ever kept. Another keyed hash of it is the device's id: a machine whose
answer was lost asks again, and the same code and the same key lead to the same device.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.auth import proofs
from gateway.auth.hashing import encode, keyed_hash
from gateway.auth.jwk import public_key_from_jwk
from gateway.auth.jws import parse
from gateway.auth.keyring import Keyring, Purpose
from gateway.auth.nonces import ADVICE, Nonces, NonceWanted
from gateway.auth.target_uris import require_normal
from gateway.domain import codes
from gateway.domain.clock import Clock
from gateway.domain.enrolments import Candidate
from gateway.domain.errors import ClockSkew, MalformedInput, NotAuthentic

DEVICES_PATH = "/devices"

_CODE = b"laurel/enrolment-code/v1"
_DEVICE = b"laurel/enrolment-device/v1"
_DEVICE_ID_BYTES = 8

_NO_CODE = (
    "Send the enrolment code as it was handed out: 16 letters and digits, of which the last checks the others."
)
_NO_KEY = "Make a P-256, Ed25519 or RSA key (2048 to 4096 bits) on this machine, and sign the proof with it."
_ADVICE = {
    "proof-header": "Send the header DPoP exactly once.",
    "proof-key-private": "Send the public half of the key alone. This one is no longer a secret: make another.",
    "proof-key-weak": _NO_KEY,
    "proof-key-type": _NO_KEY,
    "proof-key-malformed": _NO_KEY,
    "proof-htm": "The proof has to be for POST, and for this address as the metadata's issuer spells it.",
    "proof-htu": "The proof has to be for POST, and for this address as the metadata's issuer spells it.",
}
_NO_PROOF = "The DPoP proof is wrong: see RFC 9449, section 4.2."


class EnrolmentError(StrEnum):
    """What a machine is told (RFC 6749 section 5.2, RFC 9449 sections 5 and 8); the last is ours."""

    INVALID_REQUEST = "invalid_request"
    INVALID_DPOP_PROOF = "invalid_dpop_proof"
    USE_DPOP_NONCE = "use_dpop_nonce"
    INVALID_GRANT = "invalid_grant"
    KEY_REGISTERED = "key_registered"


class EnrolmentRefused(NotAuthentic):
    """No device. The machine is told `error`, `advice` and its clock's `skew`; the code is for the log alone."""

    def __init__(self, error: EnrolmentError, code: str, advice: str, *, skew: ClockSkew | None = None) -> None:
        super().__init__(code)
        self.error = error
        self.advice = advice
        self.skew = skew


@dataclass(frozen=True, slots=True)
class EnrolmentCode:
    """A code as it is handed out, and what is kept of it."""

    code: str = field(repr=False)
    hash: bytes = field(repr=False)
    device_id: str


class EnrolmentCodes:
    """Makes codes, and reads typed ones."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def fresh(self) -> EnrolmentCode:
        """Return a new random code.

        Raises:
            KeysMissing: there is no active `handle` key.
        """
        return self._of(codes.code_from(secrets.randbits(codes.RANDOM_BITS)))

    def read(self, typed: str) -> EnrolmentCode:
        """Return what a typed code is known by.

        Raises:
            MalformedInput: it is no code, or mistyped.
            KeysMissing: there is no active `handle` key.
        """
        return self._of(codes.normalise(typed))

    def _of(self, code: str) -> EnrolmentCode:
        _, secret = self._keyring.secret(Purpose.HANDLE)
        device = keyed_hash(secret, _DEVICE, encode(code))[:_DEVICE_ID_BYTES]
        return EnrolmentCode(code, keyed_hash(secret, _CODE, encode(code)), f"dev_{device.hex()}")


class Enrolment:
    """Checks what a machine sends to enrol. `issuer` is the configured public address."""

    def __init__(self, *, keyring: Keyring, nonces: Nonces, clock: Clock, issuer: str) -> None:
        self._codes = EnrolmentCodes(keyring)
        self._nonces = nonces
        self._clock = clock
        self._url = require_normal(issuer + DEVICES_PATH)

    def candidate(self, code: str, *, dpop: Sequence[str]) -> Candidate:
        """Return the machine that sent a code with these DPoP headers. Its proof has yet to be used up.

        Raises:
            EnrolmentRefused: the code's form, the proof or its key is wrong.
            KeysMissing: there is no active `handle` key, or none that makes nonces.
        """
        try:
            known = self._codes.read(code)
        except MalformedInput:
            raise EnrolmentRefused(EnrolmentError.INVALID_REQUEST, "code-malformed", _NO_CODE) from None
        try:
            proof = proofs.check(dpop, method="POST", url=self._url)
            key = public_key_from_jwk(parse(dpop[0], proofs.POLICY).header["jwk"])
            proofs.require_fresh(proof, nonces=self._nonces, now=self._clock())
        except NonceWanted as refusal:
            raise EnrolmentRefused(EnrolmentError.USE_DPOP_NONCE, refusal.code, ADVICE) from None
        except ClockSkew as skew:
            raise EnrolmentRefused(EnrolmentError.INVALID_DPOP_PROOF, skew.code, skew.advice, skew=skew) from None
        except NotAuthentic as refusal:
            advice = _ADVICE.get(refusal.code, _NO_PROOF)
            raise EnrolmentRefused(EnrolmentError.INVALID_DPOP_PROOF, refusal.code, advice) from None
        return Candidate(
            code_hash=known.hash,
            device_id=known.device_id,
            kid=proof.thumbprint,
            public_jwk=key.jwk,
            proof=proof.id,
        )
