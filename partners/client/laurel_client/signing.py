"""The device's key and the two things it signs: who is calling, and that this very request is the caller's.

Client assertion: RFC 7523 with the audience rule and the type of its revision (the issuer alone, as a string).
Proof of possession: RFC 9449 (DPoP), section 4.2, and in it the digest of the body (RFC 9530 section 2).
Key id: RFC 7638 thumbprint.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import get_default_algorithms

from laurel_client.errors import BadCredentials

ASSERTION_SECONDS = 60
"""An assertion is used at once; a minute covers two clocks that are a little apart."""

_ALGORITHMS = {("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}
_THUMBPRINT_MEMBERS = ("crv", "kty", "x", "y")


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def thumbprint(public_jwk: Mapping[str, str]) -> str:
    """Return the SHA-256 thumbprint of an EC or OKP key (RFC 7638 section 3, RFC 8037 section 2)."""
    members = {name: public_jwk[name] for name in _THUMBPRINT_MEMBERS if name in public_jwk}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":"))
    return _base64url(hashlib.sha256(canonical.encode()).digest())


class DeviceKey:
    """The private key of one device. It signs, and never shows itself."""

    def __init__(self, jwk: Mapping[str, Any]) -> None:
        """Take a private JWK on P-256 (ES256) or Ed25519 (EdDSA) whose `kid` is its thumbprint.

        Raises:
            BadCredentials: it is no such key, or its `kid` belongs to another one.
        """
        algorithm = _ALGORITHMS.get((str(jwk.get("kty")), str(jwk.get("crv"))))
        if algorithm is None or jwk.get("alg", algorithm) != algorithm or "d" not in jwk:
            raise BadCredentials("The device's key must be a private JWK for ES256 or EdDSA.")
        private = _private_key(jwk, algorithm)
        if private is None:
            raise BadCredentials("The device's key is damaged.")
        public = get_default_algorithms()[algorithm].to_jwk(private.public_key(), as_dict=True)
        self._private = private
        self._secret = base64.urlsafe_b64decode(jwk["d"] + "=" * (-len(jwk["d"]) % 4))
        self.algorithm = algorithm
        self.public_jwk = {name: public[name] for name in _THUMBPRINT_MEMBERS if name in public}
        self.kid = thumbprint(self.public_jwk)
        if jwk.get("kid") != self.kid:
            raise BadCredentials("The device's key id is not the thumbprint of its key.")

    def __repr__(self) -> str:
        return f"DeviceKey(kid={self.kid!r})"

    def client_assertion(self, client_id: str, issuer: str, *, now: float) -> str:
        """Return a single-use statement to the issuer of who is calling (RFC 7523 section 3)."""
        issued = int(now)
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": issuer,
            "jti": secrets.token_urlsafe(16),
            "iat": issued,
            "exp": issued + ASSERTION_SECONDS,
        }
        return self._sign(claims, {"typ": "client-authentication+jwt", "kid": self.kid})

    def proof(
        self,
        method: str,
        url: str,
        *,
        now: float,
        token: str | None = None,
        nonce: str | None = None,
        content: bytes | None = None,
    ) -> str:
        """Return a single-use proof for one request (RFC 9449 section 4.2); `url` has no query, no fragment.

        With `content`, the raw body, it fits no other one: a request with an effect has to be bound like that.
        """
        claims: dict[str, str | int] = {
            "htm": method,
            "htu": url,
            "iat": int(now),
            "jti": secrets.token_urlsafe(16),
        }
        if token is not None:
            claims["ath"] = _base64url(hashlib.sha256(token.encode("ascii")).digest())
        if nonce is not None:
            claims["nonce"] = nonce
        if content is not None:
            digest = base64.b64encode(hashlib.sha256(content).digest()).decode("ascii")
            claims["content_digest"] = f"sha-256=:{digest}:"
        return self._sign(claims, {"typ": "dpop+jwt", "jwk": self.public_jwk})

    def derived(self, purpose: str) -> bytes:
        """Return 32 secret bytes of this device's own for a purpose (HKDF, RFC 5869), such as sealing."""
        return HKDF(hashes.SHA256(), length=32, salt=None, info=purpose.encode()).derive(self._secret)

    def _sign(self, claims: dict[str, Any], headers: dict[str, Any]) -> str:
        return jwt.encode(claims, self._private, algorithm=self.algorithm, headers=headers)


def _private_key(jwk: Mapping[str, Any], algorithm: str) -> Any:
    """Return the key, or None: an exception from here could quote it."""
    try:
        return get_default_algorithms()[algorithm].from_jwk(dict(jwk))
    except (jwt.InvalidKeyError, ValueError, TypeError):
        return None
