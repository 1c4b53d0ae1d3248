"""Proofs of possession (DPoP, RFC 9449): a device signs method and address of each request with its own key.

A proof fits one request: its `jti` is used once. It names no body, so a proof by itself fits every operation that
is sent to one address; it is the single use that keeps a captured one from being spent on another.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.auth import base64url, target_uris
from gateway.auth.jwk import public_key_from_jwk, thumbprint
from gateway.auth.jws import (
    CLOCK_SKEW_SECONDS,
    Policy,
    blaming,
    parse,
    require_int_time,
    verify,
)
from gateway.auth.single_use import proof_id
from gateway.domain.errors import NotAuthentic
from gateway.domain.partners import ProofId

AGE_SECONDS_MAX = 60
"""How long a proof may be on its way; a device whose clock runs more behind has to set it."""

JTI_CHARS_MAX = 128

POLICY = Policy(
    typ="dpop+jwt",
    header_keys=frozenset({"alg", "typ", "kid", "jwk"}),
    required=frozenset({"jti", "htm", "htu", "iat"}),
    token_bytes_max=3072,  # key and signature of RSA 4096, the largest admitted, make it 2.1 KiB
)


@dataclass(frozen=True, slots=True)
class Proof:
    """A request was signed by whoever holds the key with this thumbprint. Whether that key is known is open."""

    thumbprint: str
    id: ProofId


def check(
    headers: Sequence[str], *, method: str, url: str, now: datetime, access_token: str | None = None
) -> Proof:
    """Return the proof in the DPoP headers of a request (RFC 9449 section 4.3).

    `url` is the configured public address of the endpoint in its normal form. The proof's id has yet to be used
    up, as the last step.

    Raises:
        NotAuthentic: `proof-...`: `header` (none or several), its form, `jwk`, `key-weak` and other codes of keys,
            `alg`, `signature`, `htm`, `htu`, `clock-skew`, `ath`, `jti`.
    """
    with blaming("proof"):
        if len(headers) != 1:
            raise NotAuthentic("header")
        envelope = parse(headers[0], POLICY)
        jwk = envelope.header.get("jwk")
        if not isinstance(jwk, dict):
            raise NotAuthentic("jwk")
        key = public_key_from_jwk(jwk)
        claims = verify(envelope, key)
        if claims["htm"] != method:
            raise NotAuthentic("htm")
        if not isinstance(claims["htu"], str) or target_uris.normal(claims["htu"]) != url:
            raise NotAuthentic("htu")
        issued = require_int_time(claims, "iat")
        if not -AGE_SECONDS_MAX <= issued - now.timestamp() <= CLOCK_SKEW_SECONDS:
            raise NotAuthentic("clock-skew")
        if access_token is not None:
            _check_hash(claims.get("ath"), access_token)
        owner = thumbprint(key.jwk)
        until = issued + AGE_SECONDS_MAX + CLOCK_SKEW_SECONDS
        return Proof(owner, proof_id(claims, kind="proof", owner=owner, chars_max=JTI_CHARS_MAX, until=until))


def _check_hash(ath: object, access_token: str) -> None:
    expected = base64url.encode(hashlib.sha256(access_token.encode()).digest())
    if not isinstance(ath, str) or not hmac.compare_digest(ath.encode(), expected.encode()):
        raise NotAuthentic("ath")
