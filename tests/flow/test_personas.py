"""Every persona of the sandbox is answered as its file says, however its pass is presented."""

from collections.abc import Iterator
from typing import Any

import pytest

from laurel_client import Credentials, Eligible, LaurelClient, NotEligible
from tests.flow.sandboxes import Sandbox

PERSONAS = {
    "volunteer-9.5h",
    "volunteer-10h",
    "volunteer-200h",
    "stale-credit",
    "awarded",
    "short-listed",
    "honour-withdrawn",
    "card-revoked",
    "card-replaced-old",
    "card-replaced-new",
    "card-expired",
    "nobody",
    "quota-used-up",
    "other-sector",
}
WORDS = {Eligible: "ELIGIBLE", NotEligible: "NOT_ELIGIBLE"}


def _spellings(entry: dict[str, Any], reward: str) -> Iterator[str]:
    """The pass as it may reach a gate: scanned or typed; for one reward of each, typed in a hurry as well."""
    code = entry["code"]
    yield code
    if entry["token"] is not None:
        yield entry["token"]
    if reward == min(entry["expect"]):
        yield from (code.replace("-", "").lower(), f" {code.replace('-', ' ')} ")


def _giving(sandbox: Sandbox) -> dict[str, Credentials]:
    """The partner that gives each reward."""
    partners = map(Credentials.from_file, sandbox.partner_files)
    return {reward: partner for partner in partners for reward in partner.rewards}


@pytest.mark.anyio
async def test_every_pass_is_answered_as_its_file_says(city: Sandbox) -> None:
    passes, asked = city.passes(), 0
    assert {entry["persona"] for entry in passes} == PERSONAS

    async def ask(client: LaurelClient, reward: str) -> None:
        nonlocal asked
        for entry in passes:
            if (expected := entry["expect"].get(reward)) is None:
                continue
            for spelling in _spellings(entry, reward):
                verdict = await client.verify_pass(spelling, reward)
                assert WORDS.get(type(verdict)) == expected, (entry["persona"], reward)
                asked += 1

    for reward, partner in _giving(city).items():
        async with LaurelClient(partner) as client:
            await ask(client, reward)
    assert asked > 11 * len(PERSONAS) * 2


def test_expectations_say_yes_to_some_and_no_to_others_for_every_reward(city: Sandbox) -> None:
    said: dict[str, set[str]] = {reward: set() for reward in _giving(city)}
    for entry in city.passes():
        for reward, answer in entry["expect"].items():
            said[reward].add(answer)
    assert set(map(frozenset, said.values())) == {frozenset(WORDS.values())}


def test_hours_and_honours_decide_as_the_announcement_says(city: Sandbox) -> None:
    by_name = {entry["persona"]: entry["expect"] for entry in city.passes() if entry["sector"] == "transit"}
    entitled = {name for name, expect in by_name.items() if expect.get("transit-discount") == "ELIGIBLE"}
    assert entitled == {"volunteer-10h", "volunteer-200h", "awarded", "short-listed", "card-replaced-new"}
    by_name = {entry["persona"]: entry["expect"] for entry in city.passes() if entry["sector"] == "health"}
    entitled = {name for name, expect in by_name.items() if expect.get("health-check") == "ELIGIBLE"}
    assert entitled == {"awarded", "short-listed", "card-replaced-new"}
