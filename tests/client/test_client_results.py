"""What each call answers, as types to match on, and what it raises."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import assert_never

import pytest

from laurel_client import (
    BadInput,
    BadReply,
    Credentials,
    Eligible,
    Forbidden,
    LaurelClient,
    NotEligible,
    Occasion,
    OccasionStatus,
    Reason,
    Redemption,
    Refused,
    ReversalReason,
    Status,
    Undetermined,
    UnknownDocument,
)
from laurel_client.answers import outcome_from, verdict_from
from tests.client.stub_gateway import StubGateway
from tests.client.stub_ledger import DENIED, MISTYPED

PASS = "a-pass-of-somebody"
REWARD = "cultural-event"


@pytest.fixture(autouse=True)
def quota(gateway: StubGateway) -> None:
    gateway.ledger.quotas[PASS, REWARD] = 5


@pytest.mark.anyio
async def test_verify_pass(credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        assert await client.verify_pass(PASS, REWARD, 2) == Eligible(reward=REWARD, quantity=2, remaining=None)
        assert await client.verify_pass("nobody's", REWARD) == NotEligible(**DENIED)
        await client.verify_pass(PASS, REWARD, occasion="concert-1")


@pytest.mark.anyio
async def test_redeem_find_and_reverse(gateway: StubGateway, credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        done = await client.redeem_reward(PASS, REWARD, 3, "concert-1", pin="1234")
        assert isinstance(done, Redemption)
        assert (done.quantity, done.occasion, done.status) == (3, "concert-1", Status.REDEEMED)
        assert done.reversible_until - done.redeemed_at == timedelta(days=1)
        assert await client.redemption(done.id) == done
        assert await client.redemption(request_id=done.request_id) == done
        part = await client.reverse_redemption(done.id, ReversalReason.RETURNED, 1)
        assert isinstance(part, Redemption)
        assert (part.reversed_quantity, part.status) == (1, Status.PARTLY_REVERSED)
        rest = await client.reverse_redemption(done.id, ReversalReason.RETURNED)
        assert isinstance(rest, Redemption)
        assert rest.status is Status.REVERSED
    sent = gateway.bodies[0]["variables"]["input"]
    assert (sent["occasion"], sent["pin"]) == ("concert-1", "1234")
    assert "quantity" not in gateway.bodies[-1]["variables"]["input"]


@pytest.mark.anyio
async def test_refusals_are_values(credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        first = await client.redeem_reward(PASS, REWARD, request_id="request-0123456789")
        again = await client.redeem_reward(PASS, REWARD, request_id="request-0123456789")
        other = await client.redeem_reward(PASS, REWARD, 2, request_id="request-0123456789")
        denied = await client.redeem_reward("nobody's", REWARD)
        unknown = await client.reverse_redemption("rdm_none", ReversalReason.MISTAKE)
    assert isinstance(first, Redemption)
    match again:
        case Redemption(id=first.id, replayed=True):
            pass
        case Redemption() | Refused() | Undetermined():
            pytest.fail(repr(again))
        case _:
            assert_never(again)
    assert isinstance(other, Refused)
    assert other.reason is Reason.REQUEST_REUSED
    assert denied == Refused(reason=Reason.NOT_ELIGIBLE, replayed=False, **DENIED)
    assert isinstance(unknown, Refused)
    assert unknown.reason is Reason.NOT_FOUND


@pytest.mark.anyio
async def test_redemptions_go_on_over_all_pages(gateway: StubGateway, credentials: Credentials) -> None:
    gateway.ledger.quotas[PASS, REWARD] = 7
    since = datetime(2026, 1, 1, tzinfo=UTC)
    async with LaurelClient(credentials) as client:
        done = [await client.redeem_reward(PASS, REWARD) for _ in range(7)]
        listed = [found async for found in client.redemptions(since=since, reward=REWARD)]
    assert listed == done[::-1]
    assert gateway.bodies[-1]["variables"] == {
        "first": 50,
        "since": "2026-01-01T00:00:00+00:00",
        "reward": REWARD,
        "after": "6",
    }


@pytest.mark.anyio
async def test_a_device_can_list_what_it_redeemed_itself(gateway: StubGateway, credentials: Credentials) -> None:
    gateway.ledger.quotas[PASS, REWARD] = 5
    async with LaurelClient(credentials) as client:
        done = [await client.redeem_reward(PASS, REWARD) for _ in range(5)]
        gateway.ledger.elsewhere = {done[2].id}  # type: ignore[union-attr]
        listed = [found async for found in client.redemptions(of_this_device=True)]
        assert len([found async for found in client.redemptions()]) == 5
    assert listed == [*done[:2], *done[3:]][::-1]


@pytest.mark.anyio
async def test_occasions_go_on_over_all_pages(gateway: StubGateway, credentials: Credentials) -> None:
    ends = [datetime(2026, 12, day, 14, 15, tzinfo=UTC) for day in range(1, 6)]
    states = ("ON", "ON", "CANCELLED", "ON", "NEWER_THAN_THIS_CLIENT")
    gateway.ledger.occasions = [
        {
            "id": f"s-{at.day}",
            "reward": REWARD,
            "endsAt": at.isoformat(),
            "capacity": 9,
            "available": 4,
            "status": one,
        }
        for at, one in zip(ends, states, strict=True)
    ]
    async with LaurelClient(credentials) as client:
        on = [found async for found in client.occasions(reward=REWARD)]
        assert gateway.bodies[-1]["variables"] == {"first": 50, "reward": REWARD}
        every = [found async for found in client.occasions(over=True, since=ends[0])]
    assert gateway.bodies[-1]["variables"] == {
        "first": 50,
        "over": True,
        "since": ends[0].isoformat(),
        "after": "3",
    }
    assert [one.id for one in on] == ["s-1", "s-2", "s-4"]
    assert [one.ends_at for one in every] == ends
    assert [one.status for one in every][2:] == [OccasionStatus.CANCELLED, OccasionStatus.ON, OccasionStatus.OTHER]
    first = Occasion(id="s-1", reward=REWARD, ends_at=ends[0], capacity=9, available=4, status=OccasionStatus.ON)
    assert on[0] == every[0] == first


@pytest.mark.anyio
async def test_a_partner_file_of_before_lacks_the_lists_of_a_counter(credentials: Credentials) -> None:
    without = {"DeviceRedemptions", "Occasions"}
    documents = {name: one for name, one in credentials.documents.items() if name not in without}
    async with LaurelClient(replace(credentials, documents=documents)) as client:
        with pytest.raises(UnknownDocument, match="Occasions"):
            await anext(client.occasions())
        with pytest.raises(UnknownDocument, match="DeviceRedemptions"):
            await anext(client.redemptions(of_this_device=True))
        assert [found async for found in client.redemptions()] == []


@pytest.mark.anyio
async def test_any_document_of_the_partner_file_can_be_sent(credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        data = await client.execute("VerifyPass", {"pass": PASS, "reward": REWARD, "quantity": 1})
    assert data["verifyPass"]["__typename"] == "Eligible"


@pytest.mark.anyio
async def test_what_is_no_answer_is_an_error(gateway: StubGateway, credentials: Credentials) -> None:
    async with LaurelClient(credentials) as client:
        with pytest.raises(BadInput, match="BAD_USER_INPUT") as caught:
            await client.verify_pass(MISTYPED, REWARD)
        assert caught.value.code == "BAD_USER_INPUT"
        gateway.faults.append("garbage")
        with pytest.raises(BadReply, match="HTTP 200"):
            await client.verify_pass(PASS, REWARD)
        gateway.faults.append("broken")
        with pytest.raises(BadReply, match=r"INTERNAL: Sorry. \(6f\)"):
            await client.verify_pass(PASS, REWARD)
        gateway.faults.append("broken")
        with pytest.raises(BadReply) as unknown:
            await client.redeem_reward(PASS, REWARD, request_id="request-0123456789")
        assert unknown.value.request_id == "request-0123456789"
        gateway.faults.append("forbidden")
        with pytest.raises(Forbidden):
            await client.verify_pass(PASS, REWARD)


def test_what_is_newer_than_the_client_has_a_place() -> None:
    refused = {"reason": "MOON_TOO_FULL", "message": "The moon.", "reference": None, "replayed": False}
    answer = outcome_from({"redeemReward": {"__typename": "Refused"} | refused}, "redeemReward")
    assert answer == Refused(reason=Reason.OTHER, message="The moon.", reference=None, replayed=False)


@pytest.mark.parametrize(
    "data",
    [
        None,
        {},
        {"verifyPass": None},
        {"verifyPass": {"__typename": "Redemption"}},
        {"verifyPass": {"__typename": "Eligible", "reward": "r"}},
        {"verifyPass": {"__typename": "Eligible", "reward": "r", "quantity": "many", "remaining": None}},
    ],
)
def test_an_answer_of_another_form_is_a_bad_reply(data: object) -> None:
    with pytest.raises(BadReply):
        verdict_from(data)
