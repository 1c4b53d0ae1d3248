"""Whoever can't prove who it is gets one answer, whatever was wrong, and has no effect."""

import base64
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from time import time
from typing import Any

import pytest

from gateway.auth import jws
from gateway.auth.keyring import Keyring
from laurel_client import new_request_id
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Headers, Wire

RIDE = "transit-discount"


class Mallory:
    """Somebody with a device of another partner's, and with everything that a gate ever sent."""

    def __init__(self, gate: Wire, own: Wire, keyring: Keyring, content: bytes) -> None:
        self.gate, self.own, self._keyring = gate, own, keyring
        self.content = content
        """The body that is to be let in."""

    def token(self, **changes: object) -> str:
        """The gate's token with other claims, signed by the gateway's own key: what only a thief of it could."""
        claims = json.loads(_decoded(self.gate.token.split(".")[1]))
        return jws.sign({**claims, **changes}, self._keyring.signing("access-token"), typ="at+jwt")

    def bound(self, token: str) -> Headers:
        """A token with a right proof by the gate's key."""
        return [("Authorization", f"DPoP {token}"), ("DPoP", self.gate.proof(token=token, content=self.content))]

    def proved(self, **proof: Any) -> Headers:
        """The gate's token with a proof that says something else."""
        changed = {"content": self.content, **proof}
        return [("Authorization", f"DPoP {self.gate.token}"), ("DPoP", self.gate.proof(**changed))]

    def timed(self, seconds: float) -> Headers:
        """The gate's token with a proof made so many seconds from now."""
        proof = self.gate.key.proof(
            "POST",
            self.gate.url,
            now=time() + seconds,
            token=self.gate.token,
            nonce=self.gate.nonce,
            content=self.content,
        )
        return [("Authorization", f"DPoP {self.gate.token}"), ("DPoP", proof)]


def _decoded(segment: str) -> bytes:
    return base64.urlsafe_b64decode(segment + "=" * (-len(segment) % 4))


def _encoded(members: Mapping[str, object]) -> str:
    return base64.urlsafe_b64encode(json.dumps(members).encode()).rstrip(b"=").decode()


def _unsigned(token: str) -> str:
    """The token under the algorithm `none`."""
    return f"{_encoded({'alg': 'none', 'typ': 'at+jwt'})}.{token.split('.')[1]}."


def _raised(token: str) -> str:
    """The token with a scope more, under the old signature."""
    header, claims, signature = token.split(".")
    return f"{header}.{_encoded({**json.loads(_decoded(claims)), 'scope': 'admin'})}.{signature}"


NOW = int(datetime.now(UTC).timestamp())
ATTACKS: dict[str, Callable[[Mallory], Headers]] = {
    "nothing": lambda m: [],
    "no token": lambda m: [("DPoP", m.gate.proof())],
    "no proof": lambda m: [("Authorization", f"DPoP {m.gate.token}")],
    "as a bearer": lambda m: [("Authorization", f"Bearer {m.gate.token}"), ("DPoP", m.gate.proof())],
    "basic": lambda m: [("Authorization", "Basic Z2F0ZTpnYXRl"), ("DPoP", m.gate.proof())],
    "two tokens": lambda m: [*m.proved(), ("Authorization", f"DPoP {m.own.token}")],
    "a token twice": lambda m: [*m.proved(), ("Authorization", f"DPoP {m.gate.token}")],
    "two proofs": lambda m: [*m.proved(), ("DPoP", m.gate.proof())],
    "proof for another address": lambda m: m.proved(url=m.gate.credentials.token_endpoint),
    "proof for another host": lambda m: m.proved(url="https://elsewhere.example/graphql"),
    "proof for another method": lambda m: m.proved(method="GET"),
    "proof for another token": lambda m: m.proved(token=m.own.token),
    "proof of another key": lambda m: [
        ("Authorization", f"DPoP {m.gate.token}"),
        ("DPoP", m.own.proof(token=m.gate.token)),
    ],
    "another's token": lambda m: m.bound(m.own.token),
    "proof for another body": lambda m: m.proved(content=m.content + b" "),
    "token expired": lambda m: m.bound(m.token(iat=NOW - 600, exp=NOW - 1)),
    "token that lives too long": lambda m: m.bound(m.token(exp=NOW + 86_400)),
    "token of another issuer": lambda m: m.bound(m.token(iss="https://elsewhere.example")),
    "token for another audience": lambda m: m.bound(m.token(aud="https://elsewhere.example")),
    "token of another client": lambda m: m.bound(m.token(client_id="city-gas", sub="city-gas")),
    "token of another device": lambda m: m.bound(m.token(device_id="dev_0123456789abcdef")),
    "token unsigned": lambda m: m.bound(_unsigned(m.gate.token)),
    "token raised": lambda m: m.bound(_raised(m.gate.token)),
    "assertion as a token": lambda m: m.bound(m.gate.assertion()),
    "proof as a token": lambda m: m.bound(m.gate.proof()),
    "not a token": lambda m: m.bound("x"),
}


@pytest.mark.anyio
async def test_no_attack_gets_through_and_all_get_the_same_answer(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    keyring = Keyring.load(city.home / "keys", clock=lambda: datetime.now(UTC))
    own_id = new_request_id()
    with Wire(city.partner("transit-turnstile")) as gate, Wire(city.partner("gas-desk")) as own:
        body = gate.body("RedeemReward", {"input": {"pass": issued.token, "reward": RIDE, "requestId": own_id}})
        mallory, seen = Mallory(gate, own, keyring, body), set()
        for name, attack in ATTACKS.items():
            answer = gate.post(body, [*attack(mallory), ("Content-Type", "application/json")])
            assert answer.status_code == 401, name
            assert answer.headers["www-authenticate"].startswith('DPoP error="invalid_token"')
            [error] = answer.json()["errors"]
            assert error["extensions"].pop("requestId") == answer.headers["x-request-id"]
            seen.add((json.dumps(error), len(answer.content)))
        assert len(seen) == 1
        for seconds in (-75, +30):  # by which its own gate is told that its clock is wrong
            answer = gate.post(body, [*mallory.timed(seconds), ("Content-Type", "application/json")])
            assert answer.status_code == 401
            [error] = answer.json()["errors"]
            assert error["extensions"]["code"] == "CLOCK_SKEW"
            assert abs(error["extensions"]["skewSeconds"] - seconds) <= 2
        assert gate.ask("Redemption", requestId=own_id) is None
        answer = gate.post(body, [*mallory.bound(mallory.token()), *gate.signed()[2:]])
        assert answer.json()["data"]["redeemReward"]["status"] == "REDEEMED"


@pytest.mark.anyio
async def test_a_captured_request_cannot_be_sent_again(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    with Wire(city.partner("transit-turnstile")) as gate:
        given = {"pass": issued.token, "reward": RIDE, "requestId": new_request_id()}
        content = gate.body("RedeemReward", {"input": given})
        headers = gate.signed(content)
        assert gate.post(content, headers).json()["data"]["redeemReward"]["status"] == "REDEEMED"
        for request_id in (given["requestId"], new_request_id()):
            body = gate.body("RedeemReward", {"input": {**given, "requestId": request_id}})
            assert gate.post(body, headers).status_code == 401
        assert gate.post(gate.body("Service", {}), headers).status_code == 401


@pytest.mark.anyio
async def test_a_revoked_device_is_out_within_five_seconds_and_redeems_nothing_at_once(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    credentials = await city.steward.add_device(city.partner_file("transit-turnstile"), scopes="verify redeem")
    with Wire(credentials) as wire:
        assert wire.send("Service").status_code == 200
        await city.steward.revoke_device(credentials)
        body = {"pass": issued.token, "reward": RIDE, "requestId": new_request_id()}
        assert wire.send("RedeemReward", input=body).status_code == 401
        assert _until_out(wire) < 5
        assert wire.sign_in().json() == {"error": "invalid_client"}


def _until_out(wire: Wire) -> float:
    began = time()
    while wire.send("Service").status_code != 401:
        assert time() - began < 6
    return time() - began
