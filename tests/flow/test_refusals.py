"""What can't be granted is refused with a stable code, and leaves nothing behind."""

from typing import Any

import pytest

from laurel_client import Eligible, LaurelClient, Reason, Redemption, Refused, ReversalReason, new_request_id
from tests.flow.sandboxes import Sandbox
from tests.flow.steward import PIN
from tests.flow.wire import Wire

pytestmark = pytest.mark.anyio

RIDE, CHECK = "transit-discount", "health-check"


async def _nothing_recorded(client: LaurelClient, request_id: str) -> bool:
    return await client.redemption(request_id=request_id) is None


@pytest.mark.parametrize("reward", ["gas-priority", "no-such-reward"])
async def test_a_reward_of_another_partner_is_unknown(city: Sandbox, reward: str) -> None:
    [issued] = await city.steward.resident("transit")
    async with LaurelClient(city.partner("transit-turnstile")) as client:
        refused = await client.redeem_reward(issued.token, reward, request_id=(own := new_request_id()))
        assert isinstance(refused, Refused)
        assert (refused.reason, refused.reference) == (Reason.UNKNOWN_REWARD, None)
        assert await _nothing_recorded(client, own)
        # The id is still free: a slip of the cashier's must not use it up.
        assert isinstance(await client.redeem_reward(issued.token, RIDE, request_id=own), Redemption)


@pytest.mark.parametrize("occasion", ["no-such-show", "sports-event-1"])
async def test_an_occasion_that_is_not_of_this_reward_is_unknown(city: Sandbox, occasion: str) -> None:
    [issued] = await city.steward.resident("venue")
    async with LaurelClient(city.partner("venue-counter")) as client:
        refused = await client.redeem_reward(issued.token, "cultural-event", occasion=occasion)
    assert isinstance(refused, Refused)
    assert refused.reason is Reason.UNKNOWN_OCCASION


async def test_what_is_not_about_the_person_comes_first(city: Sandbox) -> None:
    shown = city.persona("card-revoked", "venue")["token"]
    async with LaurelClient(city.partner("venue-counter")) as client:
        unknown = await client.redeem_reward(shown, "gas-priority")
        no_show = await client.redeem_reward(shown, "cultural-event", occasion="no-such-show")
    assert [getattr(one, "reason", None) for one in (unknown, no_show)] == ["UNKNOWN_REWARD", "UNKNOWN_OCCASION"]


def _mistyped(code: str) -> str:
    """The code with its first character wrong."""
    return ("A" if code[0] != "A" else "B") + code[1:]


@pytest.mark.parametrize(
    ("argument", "change"),
    [
        ("pass", {"pass": "ABCD-EFGH"}),
        ("pass", {"pass": ""}),
        ("pass", {"pass": "a.b"}),
        ("pass", {"pass": "A" * 5000}),
        ("quantity", {"quantity": 0}),
        ("quantity", {"quantity": -1}),
        ("quantity", {"quantity": 101}),
        (None, {"quantity": 2**31}),
        (None, {"quantity": "1"}),
        ("requestId", {"requestId": "tooShort1234567"}),
        ("requestId", {"requestId": "x" * 65}),
        ("requestId", {"requestId": "white space 1234567"}),
        ("requestId", {"requestId": "newline-1234567890\n"}),
        ("requestId", {"requestId": "漢字-12345678901234567890"}),
        (None, {"requestId": None}),
        ("pin", {"pin": "12345"}),
        ("pin", {"pin": "١٢٣٤"}),
        ("reward", {"reward": "no reward; '--"}),
        ("occasion", {"occasion": "cultural-event-1"}),
    ],
    ids=str,
)
async def test_malformed_input_is_an_error_that_names_the_argument(
    city: Sandbox, argument: str | None, change: dict[str, Any]
) -> None:
    [issued] = await city.steward.resident("transit")
    right = {"pass": issued.token, "reward": RIDE, "quantity": 1, "requestId": new_request_id()}
    with Wire(city.partner("transit-turnstile")) as wire:
        error = wire.error("RedeemReward", input=right | change)
        assert (error["code"], error.get("argument")) == ("BAD_USER_INPUT", argument)
        assert not any(str(value) in error["message"] for value in change.values() if value)
        # Nothing was recorded: the same id works, and the quota is whole.
        assert wire.redeem(issued.token, RIDE, str(right["requestId"]), quantity=4)["__typename"] == "Redemption"


async def test_a_mistyped_code_is_told_so(city: Sandbox) -> None:
    code = city.persona("volunteer-200h", "transit")["code"]
    with Wire(city.partner("transit-turnstile")) as wire:
        asked = {"pass": _mistyped(code), "reward": RIDE}
        redeem = {**asked, "requestId": new_request_id()}
        for error in (wire.error("RedeemReward", input=redeem), wire.error("VerifyPass", **asked)):
            assert (error["code"], error["argument"]) == ("BAD_USER_INPUT", "pass")
            assert "mistyped" in error["message"]


async def test_the_pin_is_asked_for_at_redeeming_alone(city: Sandbox) -> None:
    [issued] = await city.steward.resident("health")
    async with LaurelClient(city.partner("hospital-desk")) as client:
        assert isinstance(await client.verify_pass(issued.token, CHECK), Eligible)
        assert isinstance(await client.redeem_reward(issued.token, CHECK, pin=PIN), Redemption)


@pytest.mark.parametrize(
    ("tries", "then"),
    [
        (["0000", "9999"], Redemption),
        (["0000", "9999", "1111"], Refused),
        ([None, None, None, None], Redemption),
    ],
    ids=["two-wrong", "three-wrong", "none-given"],
)
async def test_a_wrong_pin_denies_and_the_third_locks(
    city: Sandbox, tries: list[str | None], then: type[Redemption | Refused]
) -> None:
    [issued] = await city.steward.resident("health")
    async with LaurelClient(city.partner("hospital-desk")) as client:
        for pin in tries:
            refused = await client.redeem_reward(issued.token, CHECK, pin=pin)
            assert isinstance(refused, Refused)
            assert refused.reason is Reason.NOT_ELIGIBLE
        assert isinstance(await client.redeem_reward(issued.token, CHECK, pin=PIN), then)


async def test_another_partners_redemption_cannot_be_found_or_taken_back(city: Sandbox) -> None:
    [issued] = await city.steward.resident("transit")
    async with LaurelClient(city.partner("transit-turnstile")) as owner:
        done = await owner.redeem_reward(issued.token, RIDE)
        assert isinstance(done, Redemption)
        async with LaurelClient(city.partner("gas-desk")) as other:
            theirs = await other.reverse_redemption(done.id, ReversalReason.MISTAKE)
            nobodys = await other.reverse_redemption("rdm_" + "A" * 22, ReversalReason.MISTAKE)
            assert await other.redemption(done.id) is None
            assert await other.redemption(request_id=done.request_id) is None
        assert await owner.redemption(done.id) == done
    assert isinstance(theirs, Refused)
    assert theirs.reason is Reason.NOT_FOUND
    assert theirs == nobodys
