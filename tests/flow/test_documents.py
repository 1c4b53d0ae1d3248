"""Every document of every kind of partner runs as it is committed."""

import pytest

from laurel_client import Credentials, LaurelClient, new_request_id
from tests.flow.sandboxes import Sandbox
from tests.flow.steward import PIN
from tests.flow.test_sandbox_files import CATALOGUE, PROFILES
from tests.flow.wire import Wire


async def _run_all(client: LaurelClient, credentials: Credentials, shown: str) -> set[str]:
    """Run each document with variables that make it succeed; return the names of those that did."""
    reward, request_id = credentials.rewards[0], new_request_id()
    occasion = next(iter(credentials.occasions.get(reward, ())), None)
    pin = PIN if CATALOGUE.rewards[reward].pin else None
    given = {"pass": shown, "reward": reward, "requestId": request_id, "occasion": occasion, "pin": pin}
    asked = {"pass": shown, "reward": reward} | ({"occasion": occasion} if occasion else {})
    assert (await client.execute("VerifyPass", asked))["verifyPass"]["__typename"] == "Eligible"
    redeemed = (await client.execute("RedeemReward", {"input": given}))["redeemReward"]
    found = (await client.execute("Redemption", {"requestId": request_id}))["redemption"]
    assert found["id"] == redeemed["id"]
    [edge, *_] = (await client.execute("Redemptions", {"first": 1, "reward": reward}))["redemptions"]["edges"]
    assert edge["node"]["reward"] == reward
    back = {"redemptionId": redeemed["id"], "reason": "RETURNED", "requestId": new_request_id()}
    reversed_ = (await client.execute("ReverseRedemption", {"input": back}))["reverseRedemption"]
    assert reversed_["status"] == "REVERSED"
    assert [one["code"] for one in (await client.execute("Rewards", {}))["rewards"]] == sorted(credentials.rewards)
    service = (await client.execute("Service", {}))["service"]
    assert (service["name"], service["timeZone"], service["sandbox"]) == ("Laurel", "Asia/Shanghai", True)
    assert service["policyVersion"] == CATALOGUE.version
    return {"VerifyPass", "RedeemReward", "Redemption", "Redemptions", "ReverseRedemption", "Rewards", "Service"}


def test_a_sandbox_shows_its_schema(city: Sandbox) -> None:
    with Wire(city.partner("gas-desk")) as wire:
        answer = wire.post(b'{"query": "{ __schema { queryType { name } } }"}')
    assert answer.json() == {"data": {"__schema": {"queryType": {"name": "Query"}}}}


@pytest.mark.anyio
async def test_every_document_of_every_kind_runs(city: Sandbox) -> None:
    passes = await city.steward.resident(*(profile.sector for profile in PROFILES.values()))
    for (kind, profile), issued in zip(PROFILES.items(), passes, strict=True):
        credentials = city.partner(kind)
        async with LaurelClient(credentials) as client:
            assert await _run_all(client, credentials, issued.token) == profile.documents.keys()
