"""A stub gateway per test, a partner file for it, and time that tests turn by hand."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from jwt.algorithms import ECAlgorithm, OKPAlgorithm

from laurel_client.clock import Clock
from laurel_client.credentials import Credentials
from laurel_client.signing import thumbprint
from tests.client.stub_gateway import CLIENT_ID, SCOPE, StubGateway, serving

DOCUMENTS = Path(__file__).parents[2] / "partners" / "venue-counter"


@dataclass
class HandClock:
    """Monotonic time stands still until a test, or a sleep, moves it."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> Clock:
        return Clock(wall=time.time, monotonic=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def hand() -> HandClock:
    return HandClock()


@pytest.fixture(params=["ES256", "EdDSA"])
def any_jwk(request: pytest.FixtureRequest) -> dict[str, str]:
    return new_jwk(request.param)


@pytest.fixture
def jwk() -> dict[str, str]:
    return new_jwk("ES256")


def new_jwk(algorithm: str) -> dict[str, str]:
    """Return a private JWK as a partner file holds it."""
    if algorithm == "ES256":
        made = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
    else:
        made = OKPAlgorithm.to_jwk(ed25519.Ed25519PrivateKey.generate(), as_dict=True)
    return {**made, "alg": algorithm, "kid": thumbprint(made)}


def public(jwk: dict[str, str]) -> dict[str, str]:
    return {name: jwk[name] for name in ("kty", "crv", "x", "y") if name in jwk}


@pytest.fixture
def gateway(jwk: dict[str, str]) -> Iterator[StubGateway]:
    stub = StubGateway(public(jwk), jwk["kid"])
    with serving(stub):
        yield stub


def partner_content(url: str, jwk: dict[str, str], **other: Any) -> dict[str, Any]:
    """Return the content of a partner file; its documents are those that venues really send."""
    texts = {path.stem: path.read_text(encoding="utf-8") for path in sorted(DOCUMENTS.glob("*.graphql"))}
    return {
        "partner_id": CLIENT_ID,
        "client_id": CLIENT_ID,
        "kind": "venue-counter",
        "scopes": SCOPE.split(),
        "rewards": ["cultural-event"],
        "issuer": url,
        "token_endpoint": f"{url}/oauth/token",
        "graphql_endpoint": f"{url}/graphql",
        "key": jwk,
        "documents": {
            name: {"id": f"sha256:{hashlib.sha256(text.encode()).hexdigest()}", "text": text}
            for name, text in texts.items()
        },
        "occasions": {"cultural-event": ["concert-1"]},
    } | other


@pytest.fixture
def credentials(gateway: StubGateway, jwk: dict[str, str]) -> Credentials:
    return Credentials.from_mapping(partner_content(gateway.url, jwk))
