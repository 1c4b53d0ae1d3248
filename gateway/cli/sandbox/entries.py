"""`passes.json`: what one pass is in it, and whether the file of an earlier start is still true."""

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from gateway.assembly import Laurel
from gateway.cli.sandbox.personas import PERSONAS, Card, expectations
from gateway.domain.errors import MalformedInput
from gateway.domain.passes import PresentedPass

Entry = dict[str, Any]

MEMBERS = {"persona", "form", "sector", "token", "code", "pin", "expect"}

GOOD_FOR_AT_LEAST = timedelta(days=30)
"""Cards that end sooner are issued anew."""


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


async def kept_entries(laurel: Laurel, entries: list[Entry], *, sectors: Sequence[str]) -> list[Entry] | None:
    """Return the entries of an earlier start if the database knows their passes and the rewards are the same."""
    found = {(entry["persona"], entry["sector"]): entry["expect"] for entry in entries}
    if found != _wanted(laurel, sectors):
        return None
    stories = {persona.name: persona.card for persona in PERSONAS}
    for entry in entries:
        if not await _is_good(laurel, entry, stories.get(entry["persona"], Card.GOOD)):
            return None
    return entries


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


async def _is_good(laurel: Laurel, entry: Entry, card: Card) -> bool:
    try:
        opened = laurel.ports.opener.open(PresentedPass(entry["code"]))
    except (MalformedInput, TypeError, AttributeError):
        return False
    sighting = await laurel.ports.directory.look_up(opened.handle)
    if card is Card.NEVER_ISSUED:
        return sighting.record is None
    if sighting.record is None:
        return False
    return card is Card.EXPIRED or sighting.record.expires_at > sighting.now + GOOD_FOR_AT_LEAST
