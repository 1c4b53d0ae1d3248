"""verifyPass: one bit, the same work for every cause, and nothing recorded."""

from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.eligibility import Basis, Cause
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PassForm
from gateway.domain.redemptions import Doubt, Eligible, NotEligible, Undetermined
from gateway.domain.standing import Standing
from tests.services.world import HONOREE, HONOUR, NOW, TODAY, VOLUNTEER, World

pytestmark = pytest.mark.anyio

LATER = NOW + timedelta(days=1)
CAUSES = [cause for cause in Cause if cause not in (Cause.PIN_LOCKED, Cause.WRONG_PIN)]


def people(world: World) -> None:
    """Let somebody live there for each cause; the text of the pass is the cause."""
    world.issue("eligible")
    world.issue(Cause.EXPIRED_PASS, expires_at=NOW)
    world.issue(Cause.REVOKED_PASS, revoked=True)
    world.issue(Cause.OTHER_SECTOR, sector="venue")
    world.issue(Cause.STALE_CREDIT, Standing(1000, TODAY - timedelta(401)))
    world.issue(Cause.NOT_ENTITLED, Standing(999, TODAY))
    world.issue(Cause.OUT_OF_TIME, form=PassForm.LIVE)
    world.keys.showable[Cause.OUT_OF_TIME] = (LATER, LATER)
    world.issue(Cause.USED_BEFORE, form=PassForm.SLIP)
    world.directory.used.add(b"mark of used-before")
    world.issue(Cause.QUOTA_USED_UP)


async def use_up(world: World) -> None:
    """Redeem the whole quota, then forget which ports were called for it."""
    await world.redeem(Cause.QUOTA_USED_UP, quantity=4)
    world.calls.made.clear()


async def test_a_volunteer_is_eligible_and_nothing_else_is_told_or_recorded(world: World) -> None:
    world.issue("card")
    assert await world.verify("card") == Eligible("ride", 1, remaining=None, basis=None)
    assert (world.ledger.commands, world.ledger.entries) == ([], {})


@pytest.mark.parametrize("cause", CAUSES)
async def test_every_cause_is_the_one_denial_with_the_cause_sealed_for_the_holder(
    world: World, cause: Cause
) -> None:
    people(world)
    await use_up(world)
    assert await world.verify(cause) == NotEligible(f"{cause} {cause}")


async def test_every_answer_takes_the_same_work(world: World) -> None:
    people(world)
    await use_up(world)
    work = {}
    for text in ("eligible", *CAUSES):
        world.calls.made.clear()
        await world.verify(text)
        work[text] = list(world.calls.made)
    assert work.pop("eligible") == ["open", "look_up", "pseudonym", "used"]
    assert all(made == ["open", "look_up", "pseudonym", "used", "seal"] for made in work.values())


async def test_a_tokens_own_words_count_as_well_as_its_record(world: World) -> None:
    world.issue("expired")
    world.keys.tokens["expired"] = ("transit", NOW)
    world.issue("venue")
    world.keys.tokens["venue"] = ("venue", LATER)
    world.issue("good")
    world.keys.tokens["good"] = ("transit", LATER)
    assert await world.verify("expired") == NotEligible("expired-pass expired")
    assert await world.verify("venue") == NotEligible("other-sector venue")
    assert isinstance(await world.verify("good"), Eligible)


@pytest.mark.parametrize(
    ("used", "quantity", "eligible"),
    [(0, 1, True), (0, 4, True), (0, 5, False), (1, 3, True), (1, 4, False), (3, 1, True), (4, 1, False)],
)
async def test_the_quota_counts_what_is_used_and_what_is_asked_for(
    world: World, used: int, quantity: int, eligible: bool
) -> None:
    world.issue("card")
    if used:
        await world.redeem("card", quantity=used)
    answer = await world.verify("card", quantity=quantity)
    assert answer == (Eligible("ride", quantity, None, None) if eligible else NotEligible("quota-used-up card"))


async def test_a_quota_is_one_residents_for_one_reward_and_day(world: World) -> None:
    for text in ("card", "another"):
        world.issue(text)
    await world.redeem("card", quantity=4)
    assert isinstance(await world.verify("card"), NotEligible)
    assert isinstance(await world.verify("another"), Eligible)
    assert isinstance(await world.verify("card", "open-ride"), Eligible)
    world.directory.now += timedelta(hours=12)  # midnight in Shanghai
    assert isinstance(await world.verify("card"), Eligible)


@pytest.mark.parametrize(
    ("reward", "remaining", "basis"),
    [
        ("ride", None, None),
        ("remaining-ride", 3, None),
        ("basis-ride", None, Basis.CREDIT),
        ("open-ride", 3, Basis.CREDIT),
    ],
)
async def test_only_what_the_policy_discloses_is_told(
    world: World, reward: str, remaining: int | None, basis: Basis | None
) -> None:
    world.issue("card")
    await world.redeem("card", reward)
    assert await world.verify("card", reward, 2) == Eligible(reward, 2, remaining, basis)


@pytest.mark.parametrize(
    ("standing", "basis"),
    [(HONOREE, Basis.HONOUR), (replace(VOLUNTEER, honours=(HONOUR,)), Basis.CREDIT)],
)
async def test_the_basis_is_told_as_it_is(world: World, standing: Standing, basis: Basis) -> None:
    world.issue("card", standing)
    assert await world.verify("card", "open-ride") == Eligible("open-ride", 1, 4, basis)


@pytest.mark.parametrize("text", ["card", "unknown", "forged"])
@pytest.mark.parametrize("days", [401, None])
async def test_an_old_registry_decides_nothing_about_anybody(world: World, text: str, days: int | None) -> None:
    world.issue("card")
    world.directory.registry_as_of = None if days is None else TODAY - timedelta(days)
    assert await world.verify(text) == Undetermined(Doubt.REGISTRY_TOO_OLD)


async def test_a_registry_of_exactly_the_greatest_age_still_decides(world: World) -> None:
    world.issue("card")
    world.directory.registry_as_of = TODAY - timedelta(400)
    assert isinstance(await world.verify("card"), Eligible)
    assert isinstance(await world.verify("unknown"), NotEligible)


async def test_honours_do_not_age_so_an_honour_only_reward_is_decided(world: World) -> None:
    world.issue("card", HONOREE)
    world.directory.registry_as_of = None
    assert isinstance(await world.verify("card", "check-up"), Eligible)


@pytest.mark.parametrize("missing", ["open", "pseudonym", "seal"])
async def test_a_missing_key_leaves_it_undetermined(world: World, missing: str) -> None:
    world.calls.keyless.add(missing)
    assert await world.verify("unknown") == Undetermined(Doubt.KEYS_MISSING)


@pytest.mark.parametrize("reward", ["others", "nothing"])
async def test_another_partners_reward_is_as_unknown_as_none(world: World, reward: str) -> None:
    with pytest.raises(MalformedInput, match=r"^reward: You give no reward of this code"):
        await world.verify("card", reward)
    assert world.calls.made == []


async def test_a_pass_without_form_is_no_denial(world: World) -> None:
    with pytest.raises(MalformedInput, match="mistyped"):
        await world.verify("mistyped")
    assert world.calls.made == ["open"]
