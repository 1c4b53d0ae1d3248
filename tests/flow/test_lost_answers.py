"""Every other answer is lost after its effect was committed: each call ends as it must, and nothing is doubled."""

from collections import Counter
from collections.abc import Awaitable

import pytest

from laurel_client import (
    BadInput,
    Credentials,
    Eligible,
    Forbidden,
    Hold,
    LaurelError,
    NotEligible,
    Reason,
    Redemption,
    Refused,
    ReversalReason,
    Status,
    new_request_id,
)
from tests.flow.losing import RIDE, SEAT, Answer, losing, new_partner, on_record, refused
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.anyio

WORDS = {Eligible: "ELIGIBLE", NotEligible: "NOT_ELIGIBLE"}
NO_REDEMPTION = "rdm_" + "A" * 22


async def test_every_persona_is_answered_as_its_file_says(city: Sandbox) -> None:
    asked = Counter[str]()
    for path in city.partner_files:
        credentials = Credentials.from_file(path)
        async with losing(city, credentials) as client:
            for entry in city.passes():
                for reward in set(credentials.rewards) & set(entry["expect"]):
                    verdict = await client.verify_pass(entry["token"] or entry["code"], reward)
                    assert WORDS.get(type(verdict)) == entry["expect"][reward], (entry["persona"], reward)
                    asked[entry["expect"][reward]] += 1
    assert min(asked.values()) > 20


async def test_every_persona_rides_once_or_not_at_all(city: Sandbox) -> None:
    metro = await new_partner(city)
    made = []
    async with losing(city, metro) as client:
        for entry in city.passes():
            if (expected := entry["expect"].get(RIDE)) is None:
                continue
            answer = await client.redeem_reward(entry["token"] or entry["code"], RIDE)
            if expected == "ELIGIBLE":
                assert isinstance(answer, Redemption), entry["persona"]
                made.append(answer)
            else:
                assert isinstance(answer, Refused)
                assert answer.reason is Reason.NOT_ELIGIBLE
        assert {one.replayed for one in made} == {True}
        assert await on_record(metro) == sorted(one.id for one in made)
        for one in made:
            undone = await client.reverse_redemption(one.id, ReversalReason.MISTAKE)
            assert isinstance(undone, Redemption)
            assert (undone.status, undone.reversed_quantity) == (Status.REVERSED, 1)


async def test_every_refusal_is_told_as_if_nothing_were_lost(city: Sandbox) -> None:
    office = city.partner("venue-counter")
    show = await city.steward.announce(office.client_id, SEAT, capacity=3)
    [one], [other] = [await city.steward.resident("venue") for _ in range(2)]
    revoked = city.persona("card-revoked", "venue")["token"]
    async with losing(city, office) as client:

        def redeem(own: str, *, reward: str = SEAT, units: int = 1, at: str = show) -> Awaitable[Answer]:
            return client.redeem_reward(one.token, reward, units, at, request_id=own)

        made = await redeem(first := new_request_id())
        held = await client.hold_reward(other.token, SEAT, 1, show)
        assert isinstance(made, Redemption)
        assert isinstance(held, Hold)
        told = {
            await refused(lambda own: redeem(first, units=2)),
            await refused(lambda own: redeem(own, reward="gas-priority")),
            await refused(lambda own: redeem(own, at="no-such-show")),
            await refused(lambda own: client.hold_reward(other.token, SEAT, 2, show, request_id=own)),
            await refused(lambda own: client.redeem_reward(revoked, SEAT, 1, show, request_id=own)),
            await refused(
                lambda own: client.reverse_redemption(NO_REDEMPTION, ReversalReason.MISTAKE, request_id=own)
            ),
            await refused(
                lambda own: client.reverse_redemption(made.id, ReversalReason.RETURNED, 2, request_id=own)
            ),
        }
        assert isinstance(await client.release_hold(held.id), Hold)
        told.add(await refused(lambda own: client.confirm_hold(held.id, request_id=own)))
        assert told >= {
            Reason.REQUEST_REUSED,
            Reason.UNKNOWN_REWARD,
            Reason.UNKNOWN_OCCASION,
            Reason.SOLD_OUT,
            Reason.NOT_ELIGIBLE,
            Reason.NOT_FOUND,
            Reason.QUANTITY_EXCEEDED,
            Reason.HOLD_ENDED,
        }
        found = await client.redemption(request_id=first)
        assert found is not None
        assert (found.id, found.quantity, found.reversed_quantity) == (made.id, 1, 0)


async def test_an_error_is_told_as_if_nothing_were_lost(city: Sandbox) -> None:
    mistyped = "A" * 16
    async with losing(city, city.partner("transit-turnstile")) as client:
        errors: list[LaurelError] = []
        for ask in (
            lambda: client.verify_pass(mistyped, RIDE),
            lambda: client.redeem_reward(mistyped, RIDE),
            lambda: client.redeem_reward(mistyped, RIDE, request_id="too short"),
        ):
            with pytest.raises(BadInput) as caught:
                await ask()
            errors.append(caught.value)
    assert {getattr(one, "code", None) for one in errors} == {"BAD_USER_INPUT"}
    file = city.partner_file("transit-turnstile")
    async with losing(city, await city.steward.add_device(file, scopes="verify")) as client:
        with pytest.raises(Forbidden):
            await client.redeem_reward(city.persona("volunteer-200h", "transit")["token"], RIDE)
