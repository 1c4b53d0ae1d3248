"""`passes.json`: what one pass is in it, and whether the file of an earlier start is still true."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gateway.assembly import Laurel
from gateway.cli.sandbox.city import City
from gateway.cli.sandbox.personas import PERSONAS, Card, expectations
from gateway.cli.sandbox.usage import caller_of, unlimited
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Eligible, NotEligible
from gateway.domain.requests import VerifyPass
from gateway.services.verify_pass import verify_pass

Entry = dict[str, Any]

MEMBERS = {"persona", "form", "sector", "token", "code", "pin", "expect"}


def read_entries(path: Path) -> list[Entry]:
    """Return what a `passes.json` says; nothing where there is none, or none that could be one."""
    try:
        entries = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return []
    well_formed = isinstance(entries, list) and all(
        isinstance(one, dict) and one.keys() >= MEMBERS for one in entries
    )
    return entries if well_formed else []


def read_generation(path: Path) -> str | None:
    """Return which generation of residents the personas are, if there is one."""
    try:
        known = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    generation = known.get("generation") if isinstance(known, dict) else None
    return generation if isinstance(generation, str) else None


async def are_true(laurel: Laurel, city: City, entries: Sequence[Entry]) -> bool:
    """Whether the entries are those of this catalogue, and `verifyPass` answers what each expects."""
    sectors = sorted({profile.sector for profile in laurel.profiles.values()})
    if {(entry["persona"], entry["sector"]): entry["expect"] for entry in entries} != _wanted(laurel, sectors):
        return False
    for entry in entries:
        for reward, expected in entry["expect"].items():
            if await _verified(laurel, city, str(entry["code"]), reward) != expected:
                return False
    return True


async def _verified(laurel: Laurel, city: City, code: str, reward: str) -> str:
    kind = next(kind for kind, profile in laurel.profiles.items() if reward in profile.rewards)
    request = VerifyPass(presented=PresentedPass(code), reward=reward, quantity=1)
    try:
        answer = await verify_pass(unlimited(laurel.ports), caller_of(laurel, city, kind), request)
    except MalformedInput:
        return "MALFORMED"
    return {Eligible: "ELIGIBLE", NotEligible: "NOT_ELIGIBLE"}.get(type(answer), "UNDETERMINED")


def _wanted(laurel: Laurel, sectors: Sequence[str]) -> dict[tuple[str, str], dict[str, str]]:
    wanted: dict[tuple[str, str], dict[str, str]] = {}
    for sector in sectors:
        for persona in PERSONAS:
            expect = expectations(persona, sector, laurel.ports.catalogue.rewards.values())
            if persona.card is Card.REPLACED:
                wanted[f"{persona.name}-old", sector] = dict.fromkeys(expect, "NOT_ELIGIBLE")
                wanted[f"{persona.name}-new", sector] = expect
            else:
                wanted[persona.name, sector] = expect
    return wanted
