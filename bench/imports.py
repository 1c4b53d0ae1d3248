"""The imports of a city's year, each with what it has to say at its end."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.commands import Done, command
from bench.jobs import WrongAnswer
from bench.registries import Registries
from bench.turnstile import REWARD
from tests.flow.processes import Settings

NONE = {"new": 0, "changed": 0, "unchanged": 0, "older": 0, "rejected": 0, "honours_withdrawn": 0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Import:
    """One import: its options, and a part of its summary as it must be. `rewarded`: so many can have a ride."""

    name: str
    file: Path
    options: Sequence[str] = ()
    facts: Mapping[str, object]
    rewarded: int
    gained: int = 0


def imports_of(registries: Registries, *, others: int) -> Sequence[Import]:
    """Return the imports in their order; `others` can have a ride already, and are in no file."""
    everybody = registries.residents
    before, after = others + registries.eligible, others + registries.eligible_later
    plain = {"dry_run": False, "same_file_as_last": False, **NONE}
    new, unchanged, changed = (plain | {word: everybody} for word in ("new", "unchanged", "changed"))
    same, dry = unchanged | {"same_file_as_last": True}, changed | {"dry_run": True}
    return (
        Import(name="first", file=registries.first, facts=new, rewarded=before),
        Import(name="same file again", file=registries.first, facts=same, rewarded=before),
        Import(name="other order", file=registries.reordered, facts=unchanged, rewarded=before),
        Import(
            name="dry run of update",
            file=registries.update,
            options=("--dry-run",),
            facts=dry,
            rewarded=before,
            gained=after - before,
        ),
        Import(name="yearly update", file=registries.update, facts=changed, rewarded=after),
    )


async def run_import(one: Import, *, folder: Path, settings: Settings) -> Done:
    """Import a file by the command, and check what it says.

    Raises:
        RuntimeError: the command failed.
        WrongAnswer: it says anything else than it must.
    """
    done = await command("registry", "import", one.file, *one.options, "--json", folder=folder, settings=settings)
    require_true(one, json.loads(done.output))
    return done


def require_true(one: Import, said: Mapping[str, Any]) -> None:
    """Raise WrongAnswer where a summary is not what it must be, naming the first fact."""
    must = {**one.facts, "eligible": one.rewarded, "gained": one.gained, "lost": 0}
    for name, value in must.items():
        found = said[name][REWARD] if name in ("eligible", "gained", "lost") else said[name]
        if found != value:
            raise WrongAnswer(f"The import {one.name!r} says {name}: {found}, and it must be {value}.")
