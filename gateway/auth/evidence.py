"""Evidence: the signed proof of a request with an effect, sealed for as long as it is kept, and checked again.

A proof holds no pass, but the digest of a body that does. Whoever has a pass could tell by it which redemptions
were that pass's, and try its PINs; so no proof lies open in the database. `gateway.auth.sealing` seals it, bound
to its request, so that it can't be put beside another one.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from gateway.auth import target_uris
from gateway.auth.hashing import encode, join
from gateway.auth.jwk import public_key_from_jwk, thumbprint
from gateway.auth.jws import blaming, parse, require_int_time, verify
from gateway.auth.keyring import Keyring
from gateway.auth.proofs import CONTENT_DIGEST, POLICY, agrees
from gateway.auth.sealing import seal, unseal
from gateway.domain.errors import KeysMissing, NotAuthentic

_LABEL = b"laurel/evidence/v1"


@dataclass(frozen=True, slots=True)
class Signed:
    """By which key, and when, a body was signed."""

    thumbprint: str
    at: datetime


class Evidence:
    """Seals proofs, and opens them for an auditor. Implements `domain.evidence.EvidenceSealer`."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def seal(self, proof: str, *, partner_id: str, request_id: str) -> bytes:
        """Return a random salt, the ciphertext and its tag.

        Raises:
            KeysMissing: there is no active `period` key.
        """
        return seal(self._keyring, _LABEL, proof.encode(), bound_to=_whose(partner_id, request_id))

    def open(self, sealed: bytes, *, partner_id: str, request_id: str) -> str:
        """Return the proof of a request.

        Raises:
            KeysMissing: no live `period` key opens it: they have ended, or it is damaged, or another request's.
        """
        proof = unseal(self._keyring, _LABEL, sealed, bound_to=_whose(partner_id, request_id))
        if proof is not None:
            return proof.decode()
        raise KeysMissing("no live period key opens this evidence: its key has ended, or it was changed.")


def _whose(partner_id: str, request_id: str) -> bytes:
    return join(encode(partner_id), encode(request_id))


def check_again(proof: str, *, url: str, body: bytes) -> Signed:
    """Return by which key and when a body was signed for an effect. Whose key that is, is for the caller to ask.

    `url` is the configured public address of the GraphQL endpoint in its normal form. The age of the proof and its
    access token were judged when it came.

    Raises:
        NotAuthentic: `evidence-...`: its form, `jwk`, `alg`, `signature`, `htm`, `htu`, `iat-type`, and last
            `content-digest`: all is right, but for another body.
    """
    with blaming("evidence"):
        envelope = parse(proof, POLICY)
        jwk = envelope.header.get("jwk")
        if not isinstance(jwk, dict):
            raise NotAuthentic("jwk")
        key = public_key_from_jwk(jwk)
        claims = verify(envelope, key)
        if claims["htm"] != "POST":
            raise NotAuthentic("htm")
        if not isinstance(claims["htu"], str) or target_uris.normal(claims["htu"]) != url:
            raise NotAuthentic("htu")
        at = datetime.fromtimestamp(require_int_time(claims, "iat"), UTC)
        if not agrees(claims.get(CONTENT_DIGEST), body):
            raise NotAuthentic("content-digest")
        return Signed(thumbprint(key.jwk), at)
