"""Taking over the registry: who it is becomes a keyed hash on the way in, and the rest is standing."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import islice

from gateway.domain.standing import RegistryRecord
from gateway.domain.steward_ports import Registry, RegistryHasher

BATCH_SIZE = 1000
"""Residents per transaction: a commit costs as much as a hundred rows."""


@dataclass(frozen=True, slots=True)
class Imported:
    """How many lines were taken over, and the newest civil day that they speak of."""

    residents: int
    as_of: date | None


async def import_registry(
    registry: Registry, hasher: RegistryHasher, records: Iterable[RegistryRecord]
) -> Imported:
    """Add or update every resident, then note how fresh the registry is. Safe to repeat.

    Raises:
        MalformedInput: a record can't be right; what came before it in its file is kept.
        Unavailable: the database can't answer; repeat the import.
    """
    count, as_of = 0, None
    lines = iter(records)
    while batch := list(islice(lines, BATCH_SIZE)):
        # A resident who is there twice is one row: as between batches, the newest credit wins, else the last line.
        batch.sort(key=lambda record: record.standing.as_of)
        rows = {hasher.hash(record.registry_id): record for record in batch}
        await registry.put(list(rows.items()))
        count += len(batch)
        newest = batch[-1].standing.as_of
        as_of = newest if as_of is None else max(as_of, newest)
    if as_of is not None:
        await registry.record_import(as_of)
    return Imported(count, as_of)
