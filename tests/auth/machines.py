"""A partner's machine: the other end of the wire, which can also say what it should not."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from typing import Any
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from gateway.auth import jwk, jws
from gateway.auth.jwk import SigningKey
from gateway.domain.partners import Device, Partner, Profile, Scope
from tests.auth.key_home import DAY, NONCE_SECRET, NOW

ISSUER = "https://laurel.example"
TOKEN_URL = f"{ISSUER}/oauth/token"
GRAPHQL_URL = f"{ISSUER}/graphql"
SECONDS = int(NOW.timestamp())
ABSENT = object()
"""As a claim or header: leave it out."""

PROFILES = {
    "venue-counter": Profile(
        kind="venue-counter",
        sector="culture",
        title_zh="",
        title_en="",
        scopes=frozenset({Scope.VERIFY, Scope.REDEEM, Scope.REVERSE}),
        rewards=frozenset({"cinema-discount"}),
        documents={},
    )
}


class Machine:
    """A device with its own key, which signs its assertions and its proofs."""

    def __init__(self, private: Any, *, client_id: str = "grand-theatre") -> None:
        self.client_id = client_id
        self.jwk = public_jwk(private)
        self.kid = jwk.thumbprint(self.jwk)
        self.key = SigningKey(self.kid, jwk.public_key_from_jwk(self.jwk).algorithm, private)

    def device(self, **changes: Any) -> Device:
        """What the gateway has on record of it."""
        fields: dict[str, Any] = {
            "id": "dev-1",
            "partner": Partner(id=self.client_id, kind="venue-counter", name="Grand Theatre"),
            "label": "counter 1",
            "kid": self.kid,
            "public_jwk": self.jwk,
            "scopes": frozenset(Scope),
            "not_before": NOW - DAY,
            "not_after": NOW + 365 * DAY,
        }
        return Device(**{**fields, **changes})

    def assertion(self, *, header: Mapping[str, object] | None = None, **claims: object) -> str:
        """A client assertion, right unless told otherwise."""
        right = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": ISSUER,
            "iat": SECONDS,
            "exp": SECONDS + 60,
            "jti": uuid4().hex,
        }
        return self.sign(
            {"alg": self.key.algorithm, "typ": "client-authentication+jwt", "kid": self.kid, **(header or {})},
            {**right, **claims},
        )

    def proof(
        self, *, token: str | None = None, header: Mapping[str, object] | None = None, **claims: object
    ) -> str:
        """A proof for the GraphQL endpoint with a token, for the token endpoint without; or as told."""
        right: dict[str, object] = {
            "jti": uuid4().hex,
            "htm": "POST",
            "htu": GRAPHQL_URL if token else TOKEN_URL,
            "iat": SECONDS,
            "nonce": nonce_at(SECONDS),
        }
        if token:
            right["ath"] = b64(hashlib.sha256(token.encode()).digest())
        return self.sign(
            {"alg": self.key.algorithm, "typ": "dpop+jwt", "jwk": self.jwk, **(header or {})},
            {**right, **claims},
        )

    def form(self, **parameters: str) -> dict[str, str]:
        """The parameters of a token request, right unless told otherwise."""
        return {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.assertion(),
            **parameters,
        }

    def sign(self, header: Mapping[str, object], claims: Mapping[str, object]) -> str:
        """Sign any header and claims but the absent ones."""
        return self.sign_text(*(json.dumps(_present(part)) for part in (header, claims)))

    def sign_text(self, header: str, claims: str) -> str:
        """Sign any two texts, whether they are JSON or not."""
        return sign_text(header, claims, self.key)


def nonce_at(seconds: int, *, secret: bytes = NONCE_SECRET) -> str:
    """The nonce that a gateway hands out at a time, written from its description."""
    label, epoch = b"laurel/dpop-nonce/v1", (seconds // 60).to_bytes(8, "big")
    joined = len(label).to_bytes(8, "big") + label + len(epoch).to_bytes(8, "big") + epoch
    return b64(epoch + hmac.digest(secret, joined, "sha256")[:16])


def sign_text(header: str, claims: str, key: SigningKey) -> str:
    """Sign any two texts with any key."""
    signing_input = f"{b64(header.encode('utf-8', 'surrogatepass'))}.{b64(claims.encode())}"
    return f"{signing_input}.{b64(jws.ALGORITHMS[key.algorithm].sign(signing_input.encode(), key.key))}"


def public_jwk(private: Any) -> dict[str, str]:
    """The public half of a key, as PyJWT writes it."""
    match private:
        case ec.EllipticCurvePrivateKey():
            members = ECAlgorithm.to_jwk(private.public_key(), as_dict=True)
        case ed25519.Ed25519PrivateKey():
            members = OKPAlgorithm.to_jwk(private.public_key(), as_dict=True)
        case _:
            members = RSAAlgorithm.to_jwk(private.public_key(), as_dict=True)
    return {name: members[name] for name in ("kty", "crv", "x", "y", "n", "e") if name in members}


@cache
def machine(algorithm: str = "ES256", *, client_id: str = "grand-theatre") -> Machine:
    """A machine with a key of one of the three kinds; always the same one, for making keys takes long."""
    private: Any
    match algorithm:
        case "ES256":
            private = ec.generate_private_key(ec.SECP256R1())
        case "EdDSA":
            private = ed25519.Ed25519PrivateKey.generate()
        case _:
            private = rsa.generate_private_key(65537, 2048)
    return Machine(private, client_id=client_id)


def ended(device: Device) -> list[Device]:
    """The device in every state in which it may not be heard."""
    suspended = Partner(id=device.partner.id, kind=device.partner.kind, name="", suspended=True)
    second = timedelta(seconds=1)
    return [
        replace(device, revoked=True),
        replace(device, partner=suspended),
        replace(device, not_before=NOW + second),
        replace(device, not_after=NOW),
    ]


def _present(members: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in members.items() if value is not ABSENT}


def absent(name: str) -> dict[str, Any]:
    """The change that leaves one claim out."""
    return {name: ABSENT}


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
