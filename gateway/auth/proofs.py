"""Proofs of possession (DPoP, RFC 9449): a device signs method and address of each request with its own key.

A proof fits one request: its `jti` is used once. DPoP itself names no body, so such a proof fits every operation
that is sent to one address. The private claim `content_digest` binds it to one body: it says what the header
Content-Digest would, with SHA-256 alone (RFC 9530 section 2). What has an effect demands it.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from gateway.auth import base64url, strict_json, target_uris
from gateway.auth.jwk import PublicKey, public_key_from_jwk, thumbprint
from gateway.auth.jws import (
    CLOCK_SKEW_SECONDS,
    HEADERS_MAX,
    Policy,
    blaming,
    parse,
    require_int_time,
    verify,
)
from gateway.auth.nonces import Nonces, NonceWanted
from gateway.auth.single_use import proof_id
from gateway.domain.errors import ClockSkew, NotAuthentic
from gateway.domain.partners import ProofId

AGE_SECONDS_MAX = 60
"""How long a proof may be on its way; a device whose clock runs more behind has to set it."""

JTI_CHARS_MAX = 128

CONTENT_DIGEST = "content_digest"

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
    issued: int
    """When it says that it was made, in seconds since 1970."""
    good: tuple[int, int | None]
    """From when until when it says that it counts. RFC 9449 wants neither, RFC 7519 both heeded if there."""
    nonce: object
    """What it says for a nonce; whoever checks it must not take it for text."""
    bound: bool
    """Whether it was made for this very body."""
    text: str = field(repr=False)
    """The proof as it was sent."""


def check(
    headers: Sequence[str],
    *,
    method: str,
    url: str,
    access_token: str | None = None,
    body: bytes | None = None,
) -> Proof:
    """Return the proof in the DPoP headers of a request (RFC 9449 section 4.3).

    `url` is the configured public address of the endpoint in its normal form. `body` is the request's raw body,
    with which a `content_digest` has to agree; without it the claim is not looked at, and the proof not bound.
    `require_fresh` has yet to be asked, and the proof's id to be used up, as the last step.

    Raises:
        NotAuthentic: `proof-...`: `header` (none or several), its form, `jwk`, `key-weak` and other codes of keys,
            `alg`, `signature`, `htm`, `htu`, `iat-type`, `ath`, `content-digest`, `jti`.
    """
    with blaming("proof"):
        if len(headers) != 1:
            raise NotAuthentic("header")
        envelope = parse(headers[0], POLICY)
        key, owner = _signer(headers[0].partition(".")[0])
        claims = verify(envelope, key)
        if claims["htm"] != method:
            raise NotAuthentic("htm")
        if not isinstance(claims["htu"], str) or target_uris.normal(claims["htu"]) != url:
            raise NotAuthentic("htu")
        issued = require_int_time(claims, "iat")
        if access_token is not None:
            _check_hash(claims.get("ath"), access_token)
        bound = body is not None and _is_bound(claims, body)
        until = issued + AGE_SECONDS_MAX + CLOCK_SKEW_SECONDS
        once = proof_id(claims, kind="proof", owner=owner, chars_max=JTI_CHARS_MAX, until=until)
        return Proof(
            thumbprint=owner,
            id=once,
            issued=issued,
            good=_validity(claims, issued),
            nonce=claims.get("nonce"),
            bound=bound,
            text=headers[0],
        )


@lru_cache(HEADERS_MAX)
def _signer(header: str) -> tuple[PublicKey, str]:
    """Return the key in a header that `parse` has read, and the key's thumbprint: for a device always the same.

    Raises:
        NotAuthentic: `jwk`, `key-weak` and other codes of keys.
    """
    jwk = strict_json.loads(base64url.decode(header)).get("jwk")
    if not isinstance(jwk, dict):
        raise NotAuthentic("jwk")
    key = public_key_from_jwk(jwk)
    return key, thumbprint(key.jwk)


def require_fresh(proof: Proof, *, nonces: Nonces, now: datetime) -> None:
    """Refuse a proof that was not made just now, by our nonce and by its own clock.

    Ask last, but before anything is used up: only who has everything else right is told what is wrong.

    Raises:
        NonceWanted: `proof-nonce`: none, or one that is not good any more.
        ClockSkew: `proof-clock-skew`.
        NotAuthentic: `proof-expired`: its clock is right, but it says itself that it doesn't count now.
        KeysMissing: no key makes nonces now.
    """
    if not nonces.accepts(proof.nonce):
        raise NonceWanted("proof-nonce")
    skew = proof.issued - now.timestamp()
    if not -AGE_SECONDS_MAX <= skew <= CLOCK_SKEW_SECONDS:
        raise ClockSkew("proof-clock-skew", seconds=round(skew), now=now)
    begins, expires = proof.good
    if begins > now.timestamp() + CLOCK_SKEW_SECONDS:
        raise NotAuthentic("proof-expired")
    if expires is not None and expires <= now.timestamp() - CLOCK_SKEW_SECONDS:
        raise NotAuthentic("proof-expired")


def _validity(claims: Mapping[str, object], issued: int) -> tuple[int, int | None]:
    """Return `nbf`, or else the `iat`, and `exp`, if there is one (RFC 7519 sections 4.1.4 and 4.1.5)."""
    begins = require_int_time(claims, "nbf") if "nbf" in claims else issued
    return begins, require_int_time(claims, "exp") if "exp" in claims else None


def _is_bound(claims: Mapping[str, object], body: bytes) -> bool:
    if CONTENT_DIGEST not in claims:
        return False
    if not agrees(claims[CONTENT_DIGEST], body):
        raise NotAuthentic("content-digest")
    return True


def agrees(claimed: object, body: bytes) -> bool:
    """Whether a `content_digest` is that of a body, in its one spelling: `sha-256=:<padded base64>:`."""
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return isinstance(claimed, str) and hmac.compare_digest(claimed.encode(), f"sha-256=:{digest}:".encode())


def _check_hash(ath: object, access_token: str) -> None:
    expected = base64url.encode(hashlib.sha256(access_token.encode()).digest())
    if not isinstance(ath, str) or not hmac.compare_digest(ath.encode(), expected.encode()):
        raise NotAuthentic("ath")
