"""What has an effect is signed with its body: no other body is let in under the proof, here or at another node."""

from pathlib import Path
from typing import Any

import httpx2
import jwt
import pytest

from gateway.app import create_app
from gateway.assembly import assemble
from gateway.cli.console import closing
from laurel_client import new_request_id
from tests.auth.wrong_digests import WRONG_DIGESTS, right
from tests.flow.processes import run
from tests.flow.sandboxes import Sandbox
from tests.flow.wire import Headers, Wire

pytestmark = pytest.mark.anyio

RIDE = "transit-discount"


def _redemption(wire: Wire, shown: str, request_id: str) -> bytes:
    return wire.body("RedeemReward", {"input": {"pass": shown, "reward": RIDE, "requestId": request_id}})


def _claiming(wire: Wire, digest: object) -> Headers:
    """Return the headers of a request that is right but for the digest that its proof claims."""
    claims: dict[str, Any] = jwt.decode(wire.proof(), options={"verify_signature": False})
    proof = wire.key._sign({**claims, "content_digest": digest}, {"typ": "dpop+jwt", "jwk": wire.key.public_jwk})
    return [("Authorization", f"DPoP {wire.token}"), ("DPoP", proof), ("Content-Type", "application/json")]


def _status(answer: httpx2.Response) -> str:
    return str(answer.json()["data"]["redeemReward"]["status"])


async def test_no_wrong_digest_has_an_effect_or_tells_anything(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    own, seen = new_request_id(), set()
    with Wire(city.partner("transit-turnstile")) as wire:
        body = _redemption(wire, issued.token, own)
        for name, wrong in WRONG_DIGESTS.items():
            answer = wire.post(body, _claiming(wire, wrong(body)))
            assert answer.status_code == 401, name
            [error] = answer.json()["errors"]
            seen.add((error["message"], error["extensions"]["code"], len(answer.content)))
            question = wire.body("Redemption", {"requestId": own})
            assert wire.post(question, _claiming(wire, wrong(question))).status_code == 401, name
        assert len(seen) == 1
        assert wire.ask("Redemption", requestId=own) is None
        assert _status(wire.post(body, _claiming(wire, right(body)))) == "REDEEMED"


async def test_without_the_claim_nothing_is_recorded_and_the_request_id_is_still_free(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    own, back = new_request_id(), new_request_id()
    with Wire(city.partner("transit-turnstile")) as wire:
        body = _redemption(wire, issued.token, own)
        _demands_a_digest(wire.post(body, wire.signed()), "redeemReward")
        assert wire.ask("Redemption", requestId=own) is None
        assert _status(wire.post(body, wire.signed(body))) == "REDEEMED"
        again = wire.post(body, wire.signed(body)).json()["data"]["redeemReward"]
        assert again["replayed"]
        _demands_a_digest(wire.post(body, wire.signed()), "redeemReward")
        reversal = {"redemptionId": again["id"], "reason": "MISTAKE", "requestId": back}
        undo = wire.body("ReverseRedemption", {"input": reversal})
        _demands_a_digest(wire.post(undo, wire.signed()), "reverseRedemption")
        assert wire.ask("Redemption", requestId=own)["status"] == "REDEEMED"
        assert wire.post(undo, wire.signed(undo)).json()["data"]["reverseRedemption"]["status"] == "REVERSED"


def _demands_a_digest(answer: httpx2.Response, field: str) -> None:
    assert answer.status_code == 200
    [error] = answer.json()["errors"]
    assert (error["extensions"], error["path"]) == ({"code": "CONTENT_DIGEST_REQUIRED"}, [field])
    assert "content_digest" in error["message"]
    assert answer.json()["data"] is None


async def test_a_captured_question_redeems_nothing_at_a_node_that_never_saw_it(city: Sandbox) -> None:
    """Another process without Valkey, or this one after a restart, knows nothing of the proofs that were used."""
    [issued] = await city.steward.resident("transit")
    own = new_request_id()
    with Wire(city.partner("transit-turnstile")) as wire:
        question = wire.body("VerifyPass", {"pass": issued.token, "reward": RIDE})
        bound, unbound = wire.signed(question), wire.signed()
        assert all(wire.post(question, each).status_code == 200 for each in (bound, unbound))
        mutation = _redemption(wire, issued.token, own)
        async with closing(assemble(city.steward.settings, sandbox=True)) as laurel:
            await laurel.groups.refresh()
            transport = httpx2.ASGITransport(create_app(laurel))
            async with httpx2.AsyncClient(transport=transport) as node:
                refused = await node.post(wire.url, content=mutation, headers=bound)
                assert refused.status_code == 401
                _demands_a_digest(await node.post(wire.url, content=mutation, headers=unbound), "redeemReward")
                good = await node.post(wire.url, content=mutation, headers=wire.signed(mutation))
                assert _status(good) == "REDEEMED"


async def test_an_auditor_verifies_what_was_redeemed_by_the_partner_s_copy(city: Sandbox, tmp_path: Path) -> None:
    [issued] = await city.steward.resident("transit")
    own, copy = new_request_id(), tmp_path / "body.json"
    settings = {
        "GATEWAY_DATABASE_URL": city.database_url,
        "GATEWAY_KEYS_DIR": str(city.home / "keys"),
        "GATEWAY_PUBLIC_URL": city.gateway.url,
    }
    with Wire(city.partner("transit-turnstile")) as wire:
        body = _redemption(wire, issued.token, own)
        redemption = wire.post(body, wire.signed(body)).json()["data"]["redeemReward"]["id"]
        undo = wire.body(
            "ReverseRedemption",
            {"input": {"redemptionId": redemption, "reason": "MISTAKE", "requestId": new_request_id()}},
        )
        assert "errors" not in wire.post(undo, wire.signed(undo)).json()
        for content, status in ((body, 0), (undo, 1)):
            copy.write_bytes(content)
            done = run("audit", "evidence", redemption, "--body", copy, folder=tmp_path, settings=settings)
            assert done.returncode == status, done.stderr
            assert (wire.credentials.client_id in done.stdout) == (status == 0)
            assert issued.token not in done.stdout + done.stderr
