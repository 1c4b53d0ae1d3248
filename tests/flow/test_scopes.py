"""What a device may not do is refused before anything is looked up."""

import json

import pytest

from laurel_client import Credentials, Eligible, LaurelClient, new_request_id
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Wire

RIDE = "transit-discount"


def _body(answer: object) -> str:
    return json.dumps(answer, sort_keys=True)


@pytest.mark.anyio
async def test_a_device_that_may_only_verify_can_do_nothing_else(city: Sandbox) -> None:
    credentials = await city.steward.add_device(city.partner_file("transit-turnstile"), scopes="verify")
    [issued] = await city.steward.resident("transit")
    async with LaurelClient(credentials) as client:
        assert isinstance(await client.verify_pass(issued.token, RIDE), Eligible)
    with Wire(credentials) as wire:
        answers = {
            "RedeemReward": wire.send("RedeemReward", input=_redemption(issued.token)),
            "ReverseRedemption": wire.send("ReverseRedemption", input=_reversal()),
            "Redemption": wire.send("Redemption", requestId=new_request_id()),
            "Redemptions": wire.send("Redemptions"),
        }
    for name, answer in answers.items():
        [error] = answer.json()["errors"]
        assert error["extensions"] == {"code": "FORBIDDEN"}, name


def _redemption(shown: str) -> dict[str, str]:
    return {"pass": shown, "reward": RIDE, "requestId": new_request_id()}


def _reversal() -> dict[str, str]:
    return {"redemptionId": "rdm_" + "A" * 22, "reason": "MISTAKE", "requestId": new_request_id()}


@pytest.mark.anyio
async def test_forbidden_says_nothing_of_the_pass(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    passes = [
        issued.token,
        issued.code,
        city.persona("nobody", "transit")["code"],
        city.persona("card-revoked", "transit")["token"],
        "mistyped",
        "",
    ]
    with Wire(city.partner("transit-turnstile"), scope="verify") as wire:
        bodies = {_body(wire.send("RedeemReward", input=_redemption(one)).json()) for one in passes}
    [body] = bodies
    assert "FORBIDDEN" in body


def test_a_scope_that_the_device_lacks_is_not_granted(city: Sandbox) -> None:
    with Wire(city.partner("transit-turnstile"), scope="verify") as wire:
        for scope in ("admin", "verify admin", " "):
            answer = wire.sign_in(scope=scope)
            assert (answer.status_code, answer.json()) == (400, {"error": "invalid_scope"})


def test_a_token_has_no_more_scopes_than_were_asked_for(city: Sandbox) -> None:
    credentials: Credentials = city.partner("transit-turnstile")
    with Wire(credentials) as wire:
        assert wire.sign_in(scope="verify").json()["scope"] == "verify"
        assert wire.sign_in(scope="redeem verify").json()["scope"] == "redeem verify"
        assert wire.sign_in().json()["scope"] == " ".join(sorted(credentials.scopes))
