"""Requests that were seen on their way, to be sent again: the very same bytes, to any node."""

from dataclasses import dataclass
from time import time
from typing import Any

import httpx2

from gateway.domain.passes import IssuedPass
from laurel_client import new_request_id
from tests.flow.production import RIDE, Production
from tests.flow.wire import ASSERTION_TYPE, Headers, Wire


@dataclass(frozen=True)
class Capture:
    """A request, whole."""

    path: str
    content: bytes
    headers: Headers

    def send(self, address: str) -> httpx2.Response:
        """Send it to an address, whatever it was made for."""
        return httpx2.post(
            address + self.path, content=self.content, headers=list(self.headers), trust_env=False, timeout=20
        )

    def at(self, deployment: Production, node: int) -> httpx2.Response:
        """Send it to one node."""
        return self.send(deployment.nodes[node].url)


def sign_in(wire: Wire, nonce: str | None = None) -> Capture:
    """A request for a token."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": wire.assertion(),
    }
    proof = wire.key.proof("POST", wire.credentials.token_endpoint, now=time(), nonce=nonce or wire.nonce)
    request = httpx2.Request("POST", wire.url, data=form)
    headers = [("Content-Type", "application/x-www-form-urlencoded"), ("DPoP", proof)]
    return Capture("/oauth/token", request.read(), headers)


def question(wire: Wire, shown: str) -> Capture:
    """A question about a pass."""
    body = wire.body("VerifyPass", {"pass": shown, "reward": RIDE})
    return Capture("/graphql", body, wire.signed(body))


def effect(wire: Wire, issued: IssuedPass) -> Capture:
    """A redemption."""
    given = {"pass": issued.token, "reward": RIDE, "requestId": new_request_id()}
    body = wire.body("RedeemReward", {"input": given})
    return Capture("/graphql", body, wire.signed(body))


def redemption(answer: httpx2.Response) -> dict[str, Any]:
    """The redemption that an answer brings."""
    found: dict[str, Any] = answer.json()["data"]["redeemReward"]
    return found
