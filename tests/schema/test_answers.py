"""What partners see of the answers: every kind has its type, and one denial looks like any other."""

from typing import Any

import pytest

from gateway.domain.ledger import Committed, Entry, EntryKind, InFlight
from gateway.domain.redemptions import Doubt, Reason
from gateway.schema.refusals import _DOUBTS, _MESSAGES
from tests.schema.asking import REDEEM, REVERSE, data
from tests.services.world import CATALOGUE, METRO, REQUEST_ID, World

pytestmark = pytest.mark.anyio

VERIFY = """query($pass: String!, $reward: ID!, $quantity: Int! = 1) {
  verifyPass(pass: $pass, reward: $reward, quantity: $quantity) {
    __typename
    ... on Eligible { reward quantity remaining basis }
    ... on NotEligible { message reference }
    ... on Undetermined { doubt message }
  }
}"""

REDEMPTION = (
    "id requestId reward quantity reversedQuantity status occasion redeemedAt reversibleUntil"
    " tariffFen policyVersion replayed"
)
WHOLE = (
    f"... on Redemption {{ {REDEMPTION} }} ... on Refused {{ reason message reference replayed }}"
    " ... on Undetermined { doubt message }"
)
UTC_NOW = "2026-11-22T04:00:00+00:00"


async def verify(world: World, text: str, reward: str = "ride", **more: Any) -> dict[str, Any]:
    """Ask for everything that verifyPass may answer."""
    answer = await data(world, VERIFY, {"pass": text, "reward": reward, **more})
    found: dict[str, Any] = answer["verifyPass"]
    return found


async def redeem(world: World, text: str, reward: str = "ride", **more: Any) -> dict[str, Any]:
    """Ask for everything that redeemReward may answer."""
    variables = {"input": {"pass": text, "reward": reward, "requestId": REQUEST_ID, **more}}
    answer = await data(world, REDEEM % WHOLE, variables)
    found: dict[str, Any] = answer["redeemReward"]
    return found


async def test_eligible_tells_what_the_reward_discloses(world: World) -> None:
    world.issue("card")
    hidden = {"__typename": "Eligible", "reward": "ride", "quantity": 1, "remaining": None, "basis": None}
    assert await verify(world, "card") == hidden
    told = hidden | {"reward": "open-ride", "quantity": 2, "remaining": 4, "basis": "CREDIT"}
    assert await verify(world, "card", "open-ride", quantity=2) == told


async def test_every_denial_has_one_sentence(world: World) -> None:
    world.issue("revoked", revoked=True)
    denials = [await verify(world, text) for text in ("revoked", "unknown", "forged")]
    assert {denial.pop("reference") for denial in denials} == {
        "revoked-pass revoked",
        "unknown-pass unknown",
        "forged-pass forged",
    }
    message = "Not possible with this pass. The resident can ask at a volunteer desk, with the reference."
    assert denials == [{"__typename": "NotEligible", "message": message}] * 3
    refused = await redeem(world, "unknown")
    assert (refused["reason"], refused["message"]) == ("NOT_ELIGIBLE", message)
    assert (refused["reference"], refused["replayed"]) == ("unknown-pass unknown", False)


async def test_a_doubt_is_told_by_verifying_and_redeeming_alike(world: World) -> None:
    world.directory.registry_as_of = None
    told = {
        "__typename": "Undetermined",
        "doubt": "REGISTRY_TOO_OLD",
        "message": _DOUBTS[Doubt.REGISTRY_TOO_OLD],
    }
    assert await verify(world, "card") == await redeem(world, "card") == told
    world.calls.keyless.add("fingerprint")
    assert (await redeem(world, "card"))["doubt"] == "KEYS_MISSING"


async def test_a_redemption_is_told_whole_and_its_retry_says_so(world: World) -> None:
    world.issue("card")
    world.stage("friday", "show")
    first = await redeem(world, "card", "show", quantity=2, occasion="friday")
    assert first == {
        "__typename": "Redemption",
        "id": world.redeem_command().redemption_id,
        "requestId": REQUEST_ID,
        "reward": "show",
        "quantity": 2,
        "reversedQuantity": 0,
        "status": "REDEEMED",
        "occasion": "friday",
        "redeemedAt": UTC_NOW,
        "reversibleUntil": "2026-11-22T04:15:00+00:00",
        "tariffFen": 150,
        "policyVersion": CATALOGUE.version,
        "replayed": False,
    }
    assert await redeem(world, "card", "show", quantity=2, occasion="friday") == first | {"replayed": True}


async def test_a_redemption_taken_back_shows_what_remains(world: World) -> None:
    world.issue("card")
    redemption = await redeem(world, "card", quantity=2)
    asked = {"redemptionId": redemption["id"], "reason": "GATE_NOT_OPENED", "quantity": 1}
    answers = []
    for number in range(3):
        variables = {"input": asked | {"requestId": f"reversal-{number:08}"}}
        answers.append((await data(world, REVERSE % WHOLE, variables))["reverseRedemption"])
    assert [one.get("status", one.get("reason")) for one in answers] == [
        "PARTLY_REVERSED",
        "REVERSED",
        "QUANTITY_EXCEEDED",
    ]
    found = (await data(world, f'{{ redemption(id: "{redemption["id"]}") {{ {REDEMPTION} }} }}'))["redemption"]
    assert {"__typename": "Redemption", **found} == answers[1]
    assert found["reversedQuantity"] == 2


@pytest.mark.parametrize("reason", Reason)
async def test_every_reason_has_a_sentence_of_its_own(world: World, reason: Reason) -> None:
    fingerprint = world.keys.fingerprint("redeemReward", METRO.partner_id, REQUEST_ID, "ride", "1", "", "card")
    if reason is Reason.REQUEST_REUSED:
        fingerprint = b"another's"
    denied = Entry(fingerprint=fingerprint, kind=EntryKind.DENIED, reason=reason)
    world.ledger.outcome = InFlight() if reason is Reason.IN_PROGRESS else Committed(denied, replayed=False)
    refused = await redeem(world, "card")
    assert refused == {
        "__typename": "Refused",
        "reason": reason.value,
        "message": _MESSAGES[reason],
        "reference": None,
        "replayed": False,
    }
    assert len(set(_MESSAGES.values())) == len(Reason)
