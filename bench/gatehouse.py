"""A gate and its gateway in memory: right tokens of every kind, and whoever reads them."""

import hashlib
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, PSS
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from gateway.auth import access_tokens, base64url, strict_json
from gateway.auth.authenticate import Authenticator
from gateway.auth.jwk import PublicKey, public_key_from_jwk
from gateway.auth.keyring import Keyring
from gateway.auth.nonces import Nonces
from gateway.auth.passes import PassMint, PassReader
from gateway.domain.partners import Caller, Scope
from gateway.domain.passes import PassForm
from gateway.store.replay import MemoryReplayGuard
from tests.auth.fakes import MemoryDirectory
from tests.auth.key_home import NOW, Hands, load
from tests.auth.machines import GRAPHQL_URL, ISSUER, PROFILES, Machine, machine

ALGORITHMS = ("ES256", "EdDSA", "PS256")


@dataclass(frozen=True)
class Gatehouse:
    """Everything that telling a caller needs, but a database. PS256 is by a key of 2048 bits."""

    keyring: Keyring
    nonces: Nonces
    passes: PassReader
    authenticator: Authenticator
    machines: Mapping[str, Machine]
    token: str
    card: str
    body: bytes = b'{"query": "{ service { name } }"}'

    @classmethod
    def open(cls, folder: Path) -> "Gatehouse":
        """Make keys in a folder, and tokens with them."""
        keyring, machines = load(folder / "keys"), {name: machine(name) for name in ALGORITHMS}
        gate, nonces = machines["ES256"].device(), Nonces(keyring, Hands())
        authenticator = Authenticator(
            directory=MemoryDirectory(gate),
            keyring=keyring,
            nonces=nonces,
            replay=MemoryReplayGuard(Hands()),
            profiles=PROFILES,
            clock=Hands(),
            graphql_url=GRAPHQL_URL,
            issuer=ISSUER,
        )
        status = 7, f"{ISSUER}/status-lists/transit"
        card = PassMint(keyring, issuer=ISSUER).mint(
            sector="culture", expires_at=NOW + timedelta(days=30), form=PassForm.CARD, status=status
        )
        token = access_tokens.issue(gate, set(Scope), keyring=keyring, issuer=ISSUER, now=NOW)
        passes = PassReader(keyring, issuer=ISSUER)
        return cls(keyring, nonces, passes, authenticator, machines, token, card.token)

    @property
    def gate(self) -> Machine:
        """The machine that asks."""
        return self.machines["ES256"]

    @property
    def claims(self) -> Mapping[str, Any]:
        """What the access token says."""
        return strict_json.loads(base64url.decode(self.token.split(".")[1]))

    @property
    def digest(self) -> str:
        """What the proof says of the body."""
        return f"sha-256=:{b64encode(hashlib.sha256(self.body).digest()).decode()}:"

    def own(self, purpose: str) -> PublicKey:
        """One of the gateway's own keys, to verify with."""
        [jwk] = self.keyring.public_jwks(purpose)
        return public_key_from_jwk(jwk)

    async def caller(self, authorization: list[str], dpop: list[str]) -> Caller:
        """Tell who sends a request."""
        return await self.authenticator.caller(
            authorization=authorization, dpop=dpop, method="POST", body=self.body
        )


def bare(token: str, key: PublicKey) -> Callable[[], None]:
    """Return the signature's check alone, by `cryptography`, with key and signature decoded before."""
    head, _, encoded = token.rpartition(".")
    content, signature, public = head.encode("ascii"), base64url.decode(encoded), key.key
    if isinstance(public, Ed25519PublicKey):
        return lambda: public.verify(signature, content)
    if isinstance(public, EllipticCurvePublicKey):
        r, s = (int.from_bytes(half, "big") for half in (signature[:32], signature[32:]))
        der, ecdsa = encode_dss_signature(r, s), ECDSA(SHA256())
        return lambda: public.verify(der, content, ecdsa)
    padding = PSS(mgf=MGF1(SHA256()), salt_length=PSS.DIGEST_LENGTH)
    return lambda: public.verify(signature, content, padding, SHA256())


def pyjwt(token: str, key: PublicKey, *, audience: str | None = None) -> Callable[[], object]:
    """Return PyJWT's decode with the key loaded before; no times, for ours stand still."""
    options: Any = {
        **dict.fromkeys(("verify_exp", "verify_iat", "verify_nbf"), False),
        "verify_aud": bool(audience),
    }
    return lambda: jwt.decode(token, key.key, algorithms=[key.algorithm], audience=audience, options=options)
