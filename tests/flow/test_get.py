"""By GET a sandbox answers what is asked, and nobody does anything; production answers nothing."""

import json

import httpx2
import pytest

from laurel_client import new_request_id
from tests.flow.production import Production
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

ASK = "query($first: Int!) { redemptions(first: $first) { edges { node { quantity } } } }"
REDEEM = "mutation($input: RedeemRewardInput!) { redeemReward(input: $input) { __typename } }"


def get(wire: Wire, **parameters: str) -> httpx2.Response:
    """Send a request by GET, with all that it needs in the address, signed."""
    headers = [("Authorization", f"DPoP {wire.token}"), ("DPoP", wire.proof(method="GET", content=b""))]
    return wire.http.get(wire.url, params=parameters, headers=headers)


def test_a_question_is_answered(city: Sandbox) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        answer = get(wire, query=ASK, variables='{"first": 1}')
    assert answer.status_code == 200
    assert len(answer.json()["data"]["redemptions"]["edges"]) <= 1


@pytest.mark.parametrize("operation", [None, "Do"])
def test_nothing_is_done(city: Sandbox, operation: str | None) -> None:
    code = city.persona("volunteer-200h", "gas")["code"]
    asked = {"pass": code, "reward": "gas-priority", "requestId": new_request_id()}
    document = REDEEM if operation is None else "query Ask { service { name } } " + REDEEM.replace("(", " Do(", 1)
    with Wire(city.partner("gas-desk")) as wire:
        named = {} if operation is None else {"operationName": operation}
        answer = get(wire, query=document, variables=json.dumps({"input": asked}), **named)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
        assert answer.json()["errors"] == [
            {"message": "Send a mutation by POST.", "extensions": {"code": "BAD_REQUEST"}}
        ]
        assert wire.ask("Redemption", requestId=asked["requestId"]) is None


def test_whoever_signed_nothing_asks_nothing(city: Sandbox) -> None:
    for headers in (
        {},
        {"Accept": "application/json"},
        {"Cookie": "token=x", "Origin": "https://elsewhere.example"},
    ):
        answer = httpx2.get(
            f"{city.gateway.url}/graphql",
            params={"query": "{ service { name } }"},
            headers=headers,
            trust_env=False,
        )
        assert answer.status_code == 401
        assert "Laurel" not in answer.text


@pytest.mark.xdist_group("production")
def test_production_takes_nothing_from_an_address(deployment: Production) -> None:
    for url in (node.url for node in deployment.nodes):
        answer = httpx2.get(f"{url}/graphql", params={"query": "{ service { name } }"}, trust_env=False)
        assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
