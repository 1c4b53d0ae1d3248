"""What counts once, at two nodes: a sign-in and an effect anywhere, a question at each; a nonce serves often."""

from time import time
from typing import Any

import httpx2
import pytest
from redis import Redis

from gateway.domain.passes import IssuedPass
from laurel_client import new_request_id
from tests.flow.processes import serving
from tests.flow.production import RIDE, Production
from tests.flow.wire import Headers, Wire
from tests.servers.launcher import free_port

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("production")]


def _at(deployment: Production, node: int, path: str, content: bytes, headers: Headers) -> httpx2.Response:
    """Send the very same request to one node."""
    return _post(deployment.nodes[node].url, path, content, headers)


def _post(address: str, path: str, content: bytes, headers: Headers) -> httpx2.Response:
    return httpx2.post(address + path, content=content, headers=list(headers), trust_env=False, timeout=20)


def _sign_in(wire: Wire, nonce: str) -> tuple[bytes, Headers]:
    """Return the body and the headers of a request for a token."""
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": wire.assertion(),
    }
    proof = wire.key.proof("POST", wire.credentials.token_endpoint, now=time(), nonce=nonce)
    request = httpx2.Request("POST", wire.url, data=form)
    return request.read(), [("Content-Type", "application/x-www-form-urlencoded"), ("DPoP", proof)]


async def test_a_nonce_of_one_node_is_good_at_the_other(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        for asked, used in ((0, 1), (1, 0)):
            for path in ("/graphql", "/oauth/token", "/devices"):
                nonce = _at(deployment, asked, path, b"", []).headers["dpop-nonce"]
                assert _at(deployment, used, "/oauth/token", *_sign_in(wire, nonce)).status_code == 200
        assert _at(deployment, 0, "/oauth/token", *_sign_in(wire, "x" * 32)).json()["error"] == "use_dpop_nonce"


async def test_every_reply_of_the_three_brings_a_nonce_that_nobody_stores(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        answers = [
            wire.send("Service"),
            wire.post(b"{"),
            wire.post(b"", []),
            wire.sign_in(),
            wire.sign_in(scope="x"),
        ]
        answers += [wire.post(b"x" * 20_000, []), _at(deployment, 0, "/devices", b"x" * 20_000, [])]
        answers += [_at(deployment, 0, "/oauth/token", b"x" * 20_000, [])]
    assert {one.status_code for one in answers} == {200, 400, 401, 413}
    for one in answers:
        assert len(one.headers["dpop-nonce"]) == 32
        assert one.headers["cache-control"] == "no-store"


async def test_a_sign_in_is_used_up_everywhere_even_if_valkey_forgets(deployment: Production) -> None:
    with Wire(deployment.credentials) as wire:
        captured = _sign_in(wire, wire.nonce)
    assert _at(deployment, 0, "/oauth/token", *captured).status_code == 200
    with Redis.from_url(deployment.settings["GATEWAY_REDIS_URL"]) as valkey:
        valkey.flushall()
    for node in (0, 1):
        answer = _at(deployment, node, "/oauth/token", *captured)
        assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_an_effect_counts_once_and_a_question_is_answered_once_at_each_node(deployment: Production) -> None:
    [issued] = await deployment.steward.resident("transit")
    with Wire(deployment.credentials) as wire:
        question = wire.body("VerifyPass", {"pass": issued.token, "reward": RIDE})
        asking = wire.signed(question)
        effect = wire.body("RedeemReward", {"input": _ride(issued)})
        redeeming = wire.signed(effect)
    for node in (0, 1):
        assert _at(deployment, node, "/graphql", question, asking).status_code == 200
        assert _at(deployment, node, "/graphql", question, asking).status_code == 401
    first, again = (_redemption(_at(deployment, node, "/graphql", effect, redeeming)) for node in (0, 1))
    assert (first["replayed"], again) == (False, {**first, "replayed": True})
    for node in (0, 1):
        assert _at(deployment, node, "/graphql", effect, redeeming).status_code == 401


async def test_after_a_restart_neither_sign_in_nor_effect_counts_again(deployment: Production) -> None:
    [issued] = await deployment.steward.resident("transit")
    with Wire(deployment.credentials) as wire:
        sign_in, effect = _sign_in(wire, wire.nonce), wire.body("RedeemReward", {"input": _ride(issued)})
        redeeming = wire.signed(effect)
    tokens, rides = [], []
    for _ in range(2):
        with serving("serve", folder=deployment.folder, settings=deployment.settings, port=free_port()) as node:
            tokens.append(_post(node.url, "/oauth/token", *sign_in))
            rides.append(_redemption(_post(node.url, "/graphql", effect, redeeming)))
    assert [one.status_code for one in tokens] == [200, 401]
    assert [one["replayed"] for one in rides] == [False, True]
    assert rides[0]["id"] == rides[1]["id"]


def _ride(issued: IssuedPass) -> dict[str, str]:
    return {"pass": issued.token, "reward": RIDE, "requestId": new_request_id()}


def _redemption(answer: httpx2.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.json()["data"]["redeemReward"]
    return found
