"""Taking over the registry: who it is becomes a keyed hash on the way in, and the rest is standing.

A file is first read to its end and sorted by keyed hash, aside: a file that is damaged changes nothing. Then
residents are compared with the record and written where they differ, thousands to a transaction. Whoever stops it
in between can repeat it: what is recorded already is found unchanged.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import chain, islice

from gateway.domain.eligibility import judge_standing
from gateway.domain.errors import Unavailable
from gateway.domain.rewards import Rule
from gateway.domain.standing import ImportRules, RegistryRecord, Standing, standing_honours
from gateway.domain.steward_ports import RegistryHasher, Residents, Stage

BATCH_SIZE = 2000
"""Residents per transaction: it holds SQLite's lock for some 20 ms; a commit costs as much as a hundred rows."""


PATIENCE_SECONDS = (1, 2, 4, 8)
"""Between tries at a transaction: an hour's work shall not end because of one busy second."""


class Change(StrEnum):
    """What a file does to one of its residents."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    OLDER = "older"
    ERASED = "erased"


@dataclass(slots=True)
class Imported:
    """Residents by what changed, and how many become eligible under a rule, or no longer are."""

    residents: int = 0
    changes: Counter[Change] = field(default_factory=Counter)
    gained: Counter[Rule] = field(default_factory=Counter)
    lost: Counter[Rule] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Withdrawals:
    """What a complete file takes back: how many honours, and the new standings of holders who are not in it."""

    honours: int
    absent: Mapping[bytes, Standing]


def _nobody_looks(done: int) -> None:
    """Show no progress."""


async def stage_records(
    stage: Stage,
    hasher: RegistryHasher,
    records: Iterable[RegistryRecord],
    *,
    show: Callable[[int], None] = _nobody_looks,
) -> int:
    """Put records aside under their keyed hashes; return how many."""
    lines: Iterator[RegistryRecord] = iter(records)
    count = 0
    while batch := list(islice(lines, BATCH_SIZE)):
        hashes = hasher.hash_all(record.registry_id for record in batch)
        stage.add(zip(hashes, (record.standing for record in batch), strict=True))
        count += len(batch)
        show(count)
        await asyncio.sleep(0)  # whoever interrupts is heard here
    return count


def find_withdrawals(
    honoured: Mapping[bytes, Standing], stage: Stage, rules: ImportRules, *, as_of: date
) -> Withdrawals:
    """Return what a complete file as of a day takes back of the honours on record. Credit grows old by itself."""
    told = stage.find(honoured)
    count, absent = 0, {}
    for registry_hash, known in honoured.items():
        if registry_hash in told:
            after = rules.take_over(known, told[registry_hash])
        elif known.as_of <= as_of:
            after = absent[registry_hash] = Standing(known.centihours, known.as_of)
        else:
            continue
        kept = {(honour.code, honour.year) for honour in after.honours}
        count += sum((honour.code, honour.year) not in kept for honour in known.honours)
    return Withdrawals(count, absent)


async def take_over(
    residents: Residents,
    stage: Stage,
    rules: ImportRules,
    *,
    absent: Mapping[bytes, Standing],
    eligible_by: Collection[Rule] = (),
    dry_run: bool = False,
    show: Callable[[int], None] = _nobody_looks,
) -> Imported:
    """Compare what was put aside with the record, and write what differs; nothing in a dry run.

    `absent` are standings to write besides. For the rules in `eligible_by` it is counted who gains and who loses.

    Raises:
        Unavailable: the database can't answer; what was written before stays, and repeating goes on from there.
    """
    imported = Imported()
    done = 0
    for chunk in chain(stage.chunks(BATCH_SIZE), _batches(absent)):
        told_of = [registry_hash for registry_hash, _ in chunk]
        known, erased = await residents.known(told_of), await residents.erased(told_of)
        writes = []
        for registry_hash, told in chunk:
            if registry_hash in erased:
                imported.changes[Change.ERASED] += 1
                continue
            before = known.get(registry_hash)
            after = told if registry_hash in absent else rules.take_over(before, told)
            imported.changes[_change(before, told, after)] += 1
            if after != before:
                writes.append((registry_hash, after))
                _compare(imported, before, after, eligible_by=eligible_by, today=rules.today)
        if not dry_run:
            await _put(residents, writes)
        done += len(chunk)
        show(done)
    imported.residents = done - len(absent)
    return imported


def _batches(standings: Mapping[bytes, Standing]) -> Iterator[list[tuple[bytes, Standing]]]:
    rest = iter(standings.items())
    while batch := list(islice(rest, BATCH_SIZE)):
        yield batch


async def _put(residents: Residents, writes: list[tuple[bytes, Standing]]) -> None:
    """Write, and again after a while where the database is busy: done twice is done once."""
    for seconds in PATIENCE_SECONDS:
        try:
            return await residents.put(writes)
        except Unavailable:
            await asyncio.sleep(seconds)
    return await residents.put(writes)


async def let_honours_fade(residents: Residents, honoured: Mapping[bytes, Standing], today: date) -> int:
    """Forget honours whose day of withdrawal has come; return how many residents that concerns."""
    faded = {}
    for registry_hash, known in honoured.items():
        honours = standing_honours(known.honours, today)
        if honours != known.honours:
            faded[registry_hash] = Standing(known.centihours, known.as_of, honours)
    for batch in _batches(faded):
        await _put(residents, batch)
    return len(faded)


def _change(before: Standing | None, told: Standing, after: Standing) -> Change:
    if before is None:
        return Change.NEW
    if told.as_of < before.as_of:
        return Change.OLDER
    return Change.UNCHANGED if after == before else Change.CHANGED


def _compare(
    imported: Imported, before: Standing | None, after: Standing, *, eligible_by: Collection[Rule], today: date
) -> None:
    for rule in eligible_by:
        was = before is not None and judge_standing(before, rule, today) is None
        now = judge_standing(after, rule, today) is None
        if now and not was:
            imported.gained[rule] += 1
        elif was and not now:
            imported.lost[rule] += 1


async def import_registry(
    residents: Residents,
    hasher: RegistryHasher,
    stage: Stage,
    records: Iterable[RegistryRecord],
    *,
    rules: ImportRules,
) -> Imported:
    """Read, compare and write in one go: for a few records, and where nobody has to be asked."""
    await stage_records(stage, hasher, records)
    return await take_over(residents, stage, rules, absent={})
