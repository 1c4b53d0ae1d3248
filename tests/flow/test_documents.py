"""Every document of every kind of partner runs as it is committed."""

from datetime import UTC, datetime

import pytest

from laurel_client import BadInput, Credentials, LaurelClient, Tap, TapVerdict, new_request_id
from tests.flow.sandboxes import Sandbox
from tests.flow.steward import PIN
from tests.flow.test_sandbox_files import CATALOGUE, PROFILES
from tests.flow.wire import Wire


async def _hold_all(city: Sandbox, client: LaurelClient, credentials: Credentials, shown: str) -> set[str]:
    """Run the documents of a box office on a show of its own; return the names of those that succeeded."""
    reward = "sports-event"
    show = await city.steward.announce(credentials.client_id, reward)
    given = {"pass": shown, "reward": reward, "occasion": show}
    answers = []
    for document, root in (("ConfirmHold", "confirmHold"), ("ReleaseHold", "releaseHold")):
        asked = {"input": {**given, "requestId": new_request_id()}}
        held = (await client.execute("HoldReward", asked))["holdReward"]
        assert held["status"] == "HELD"
        asked = {"input": {"holdId": held["id"], "requestId": new_request_id()}}
        answers.append((await client.execute(document, asked))[root]["status"])
    asked = {"input": {"occasion": show, "requestId": new_request_id()}}
    listed = await client.execute("Occasions", {"first": 1, "reward": reward, "since": "2026-01-01T00:00:00Z"})
    [edge] = listed["occasions"]["edges"]
    assert edge["node"]["reward"] == reward
    cancelled = (await client.execute("CancelOccasion", asked))["cancelOccasion"]
    assert [*answers, cancelled["status"], cancelled["reversed"]] == ["REDEEMED", "RELEASED", "DONE", 1]
    return {"HoldReward", "ConfirmHold", "ReleaseHold", "CancelOccasion", "Occasions"}


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
    of_device = await client.execute("DeviceRedemptions", {"first": 1, "since": redeemed["redeemedAt"]})
    assert [edge["node"]["id"] for edge in of_device["redemptions"]["edges"]] == [redeemed["id"]]
    back = {"redemptionId": redeemed["id"], "reason": "RETURNED", "requestId": new_request_id()}
    reversed_ = (await client.execute("ReverseRedemption", {"input": back}))["reverseRedemption"]
    assert reversed_["status"] == "REVERSED"
    assert [one["code"] for one in (await client.execute("Rewards", {}))["rewards"]] == sorted(credentials.rewards)
    service = (await client.execute("Service", {}))["service"]
    assert (service["name"], service["timeZone"], service["sandbox"]) == ("Laurel", "Asia/Shanghai", True)
    assert service["policyVersion"] == CATALOGUE.version
    lists = {"Redemption", "Redemptions", "DeviceRedemptions", "Rewards", "Service"}
    return {"VerifyPass", "RedeemReward", "ReverseRedemption"} | lists


async def _run_books(client: LaurelClient, shown: str) -> set[str]:
    """Run the documents of a partner's books; whoever has no allowance can upload nothing by one."""
    assert (await client.settlement("2025-01")).final
    allowance = await client.offline_allowance()
    tap = Tap(request_id=new_request_id(), pass_=shown, reward="transit-discount", happened_at=datetime.now(UTC))
    uploading = client.upload("none" if allowance is None else allowance.token, [tap])
    if allowance is None:
        with pytest.raises(BadInput, match="allowance"):
            [one async for one in uploading]
    else:
        assert [one.verdict async for one in uploading if isinstance(one, TapVerdict)] == ["ACCEPTED"]
    return {"Settlement", "OfflineAllowance", "UploadRedemptions"}


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
            ran = await _run_all(client, credentials, issued.token)
            ran |= await _run_books(client, issued.token)
            if "HoldReward" in profile.documents:
                ran |= await _hold_all(city, client, credentials, issued.token)
            assert ran == profile.documents.keys()
