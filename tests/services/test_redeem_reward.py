"""redeemReward: refusals in their order, and the command that reaches the ledger."""

from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.errors import MalformedInput, NotAuthentic, Unavailable
from gateway.domain.ledger import Committed, Entry, EntryKind, InFlight, NotAccepted
from gateway.domain.redemptions import Doubt, Reason, Redemption, Refused, Undetermined
from gateway.domain.standing import Standing
from tests.services.world import CATALOGUE, METRO, NOW, REQUEST_ID, RIDE, TODAY, World

pytestmark = pytest.mark.anyio


async def test_a_redemption_is_what_was_asked_for_under_the_rules_of_today(world: World) -> None:
    world.issue("card")
    answer = await world.redeem("card", quantity=3)
    assert isinstance(answer, Redemption)
    assert answer.id == world.redeem_command().redemption_id
    assert (answer.request_id, answer.reward, answer.quantity) == (REQUEST_ID, "ride", 3)
    assert (answer.reversed_quantity, answer.occasion, answer.replayed) == (0, None, False)
    assert (answer.redeemed_at, answer.reversible_until) == (NOW, NOW + RIDE.reversal_window)
    assert (answer.tariff_fen, answer.policy_version) == (150, CATALOGUE.version)


async def test_the_ledger_is_told_who_asks_and_which_quota_to_take(world: World) -> None:
    world.issue("card")
    await world.redeem("card", quantity=3)
    command = world.redeem_command()
    assert (command.partner_id, command.device_id, command.proof) == ("metro", "gate-1", METRO.proof)
    assert (command.allowance, command.cause, command.pin, command.pass_id) == (4, None, None, 1)
    assert (command.bucket, command.key_period) == ("2026-11-22", "2026-11")
    assert command.pseudonym.startswith(b"b'secret of card' ride 2026-11 ")
    assert command.evidence == f"the proof of metro for {REQUEST_ID}".encode()
    assert "card" not in repr(command)
    assert "the proof" not in repr(command)


async def test_ids_are_fresh_and_say_nothing(world: World) -> None:
    world.issue("card")
    answers = [await world.redeem("card", request_id=f"request-{number:09}") for number in range(2)]
    ids = {one.id for one in answers if isinstance(one, Redemption)}
    assert len(ids) == 2
    assert {len(one) for one in ids} == {26}
    assert all(one.startswith("rdm_") for one in ids)


DENIED: list[tuple[Cause, dict[str, Any]]] = [
    (Cause.EXPIRED_PASS, {"expires_at": NOW}),
    (Cause.REVOKED_PASS, {"revoked": True}),
    (Cause.OTHER_SECTOR, {"sector": "venue"}),
    (Cause.STALE_CREDIT, {"standing": Standing(1000, TODAY - timedelta(401))}),
    (Cause.NOT_ENTITLED, {"standing": Standing(999, TODAY)}),
]


@pytest.mark.parametrize(("cause", "flaw"), DENIED)
async def test_a_cause_is_an_allowance_of_zero(world: World, cause: Cause, flaw: dict[str, Any]) -> None:
    world.issue("card", **flaw)
    assert await world.redeem("card") == Refused(Reason.NOT_ELIGIBLE, f"{cause} card")
    command = world.redeem_command()
    assert (command.allowance, command.cause, command.pass_id) == (0, cause, 1)
    assert command.pseudonym.startswith(b"b'secret of card'")


@pytest.mark.parametrize(("text", "cause"), [("unknown", Cause.UNKNOWN_PASS), ("forged", Cause.FORGED_PASS)])
async def test_nobody_is_an_allowance_of_zero_as_well(world: World, text: str, cause: Cause) -> None:
    assert await world.redeem(text) == Refused(Reason.NOT_ELIGIBLE, f"{cause} {text}")
    command = world.redeem_command()
    assert (command.allowance, command.cause, command.pass_id) == (0, cause, None)
    assert command.pseudonym.startswith(b"None ride 2026-11 ")


async def test_a_used_up_quota_is_the_same_refusal(world: World) -> None:
    world.issue("card")
    await world.redeem("card", quantity=3)
    assert await world.redeem("card", quantity=2, request_id="request-000000002") == Refused(
        Reason.NOT_ELIGIBLE, "quota-used-up card"
    )


async def test_every_refusal_about_the_pass_takes_the_same_work(world: World) -> None:
    for cause, flaw in DENIED:
        world.issue(cause, **flaw)
    work = set()
    for number, text in enumerate(("unknown", "forged", *(cause for cause, _ in DENIED))):
        world.calls.made.clear()
        await world.redeem(text, request_id=f"request-{number:09}")
        work.add(tuple(world.calls.made))
    assert work == {("fingerprint", "recall", "open", "look_up", "pseudonym", "evidence", "commit", "seal")}


@pytest.mark.parametrize("reward", ["others", "nothing"])
async def test_an_unknown_reward_is_said_before_anything_about_occasion_or_pass(world: World, reward: str) -> None:
    assert await world.redeem("mistyped", reward, occasion="unknown") == Refused(Reason.UNKNOWN_REWARD)
    assert world.calls.made == ["fingerprint", "recall"]


@pytest.mark.parametrize("occasion", ["unknown", "theirs", "final"])
async def test_an_unknown_occasion_is_said_before_anything_about_the_pass(world: World, occasion: str) -> None:
    world.stage("final", "match")
    world.stage("theirs", "show", partner_id="theatre")
    assert await world.redeem("mistyped", "show", occasion=occasion) == Refused(Reason.UNKNOWN_OCCASION)
    assert "open" not in world.calls.made
    assert world.ledger.commands == []


@pytest.mark.parametrize(
    ("reward", "occasion", "sentence"), [("show", None, "give its id"), ("ride", "friday", "leave it out")]
)
async def test_an_occasion_is_given_where_the_reward_has_one_and_only_there(
    world: World, reward: str, occasion: str | None, sentence: str
) -> None:
    world.issue("card")
    world.stage("friday", "ride")
    with pytest.raises(MalformedInput, match=f"^occasion: .*{sentence}"):
        await world.redeem("card", reward, occasion=occasion)
    assert world.ledger.commands == []


async def test_a_redemption_for_an_occasion_names_it_and_takes_its_quota(world: World) -> None:
    world.issue("card")
    world.stage("friday", "show", capacity=2)
    answer = await world.redeem("card", "show", 2, occasion="friday")
    assert isinstance(answer, Redemption)
    assert answer.occasion == "friday"
    command = world.redeem_command()
    assert (command.occasion, command.bucket, command.key_period) == ("friday", "occasion:metro/friday", "2026-11")


async def test_a_sold_out_occasion_is_said_without_a_reference(world: World) -> None:
    world.stage("friday", "show", capacity=1)
    assert await world.redeem("unknown", "show", 2, occasion="friday") == Refused(Reason.SOLD_OUT)


async def test_a_mistyped_pass_reaches_no_ledger(world: World) -> None:
    with pytest.raises(MalformedInput, match="mistyped"):
        await world.redeem("mistyped")
    assert (world.ledger.commands, world.ledger.entries) == ([], {})


@pytest.mark.parametrize("text", ["card", "unknown"])
async def test_an_old_registry_is_never_a_denial(world: World, text: str) -> None:
    world.issue("card")
    world.directory.registry_as_of = TODAY - timedelta(401)
    assert await world.redeem(text) == Undetermined(Doubt.REGISTRY_TOO_OLD)
    assert (world.ledger.commands, world.ledger.entries) == ([], {})


@pytest.mark.parametrize("missing", ["fingerprint", "open", "pseudonym", "matches", "counter", "evidence", "seal"])
async def test_a_missing_key_is_never_a_denial(world: World, missing: str) -> None:
    world.calls.keyless.add(missing)
    assert await world.redeem("unknown", "check-up", pin="1234") == Undetermined(Doubt.KEYS_MISSING)
    assert world.ledger.entries == {}


async def test_a_request_in_flight_is_in_progress(world: World) -> None:
    world.ledger.outcome = InFlight()
    assert await world.redeem("card") == Refused(Reason.IN_PROGRESS)


async def test_a_proof_that_was_used_is_not_authentic(world: World) -> None:
    world.ledger.outcome = NotAccepted()
    with pytest.raises(NotAuthentic):
        await world.redeem("card")


async def test_a_ledger_that_cannot_tell_is_unavailable(world: World) -> None:
    world.ledger.outcome = Unavailable("database")
    with pytest.raises(Unavailable):
        await world.redeem("card")


async def test_a_race_for_the_request_id_is_lost_to_another_request(world: World) -> None:
    denied = Entry(fingerprint=b"another's", kind=EntryKind.DENIED, reason=Reason.SOLD_OUT)
    world.ledger.outcome = Committed(denied, replayed=True)
    assert await world.redeem("card") == Refused(Reason.REQUEST_REUSED)


async def test_two_requests_with_one_pass_have_nothing_in_common(world: World) -> None:
    """A fingerprint is kept for good: it must not tell that the same pass was shown twice."""
    world.issue("card")
    for number in range(2):
        await world.redeem("card", "ride", request_id=f"request-{number:016}")
    first, second = (command.fingerprint for command in world.ledger.commands)
    assert first != second
