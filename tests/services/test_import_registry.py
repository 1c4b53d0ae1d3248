"""Taking over the registry: in batches, each resident once, and as fresh as its newest line."""

from datetime import date, timedelta

import pytest

from gateway.domain.errors import MalformedInput, Unavailable
from gateway.domain.standing import RegistryRecord, Standing
from gateway.services.import_registry import BATCH_SIZE, Imported, import_registry
from tests.services.memory_registry import MemoryRegistry, PlainHasher
from tests.services.world import TODAY

pytestmark = pytest.mark.anyio


def line(registry_id: str, *, hours: int = 10, as_of: date = TODAY) -> RegistryRecord:
    """One line of the registry."""
    return RegistryRecord(registry_id, Standing(hours * 100, as_of))


async def take(registry: MemoryRegistry, *lines: RegistryRecord) -> Imported:
    """Import lines one after the other."""
    return await import_registry(registry, PlainHasher(), iter(lines))


async def test_residents_come_in_batches() -> None:
    registry = MemoryRegistry()
    lines = [line(f"R-{number}") for number in range(2 * BATCH_SIZE + 500)]
    assert await take(registry, *lines) == Imported(2 * BATCH_SIZE + 500, TODAY)
    assert registry.batches == [BATCH_SIZE, BATCH_SIZE, 500]
    assert len(registry.standings) == 2 * BATCH_SIZE + 500
    assert registry.imports == [TODAY]


async def test_an_empty_registry_says_nothing_of_its_freshness() -> None:
    registry = MemoryRegistry()
    assert await take(registry) == Imported(0, None)
    assert (registry.batches, registry.imports) == ([], [])


@pytest.mark.parametrize("distance", [1, BATCH_SIZE])
@pytest.mark.parametrize(
    ("first", "second", "hours"),
    [
        (line("R", hours=1), line("R", hours=2), 2),
        (line("R", hours=1), line("R", hours=2, as_of=TODAY - timedelta(1)), 1),
        (line("R", hours=1, as_of=TODAY - timedelta(1)), line("R", hours=2), 2),
    ],
    ids=["of one day the last line", "older after newer", "newer after older"],
)
async def test_a_resident_who_is_there_twice_has_the_newest_credit(
    first: RegistryRecord, second: RegistryRecord, hours: int, distance: int
) -> None:
    registry = MemoryRegistry()
    between = [line(f"other-{number}") for number in range(distance - 1)]
    await take(registry, first, *between, second)
    assert registry.standings[b"R"].centihours == hours * 100


@pytest.mark.parametrize("place", [0, BATCH_SIZE - 1, BATCH_SIZE, BATCH_SIZE + 1])
async def test_the_registry_is_as_fresh_as_its_newest_line_wherever_it_stands(place: int) -> None:
    registry = MemoryRegistry()
    lines = [line(f"R-{number}", as_of=date(2026, 1, 1)) for number in range(BATCH_SIZE + 2)]
    lines[place] = line("newest", as_of=TODAY)
    assert (await take(registry, *lines)).as_of == TODAY
    assert registry.imports == [TODAY]


async def test_an_import_that_breaks_off_is_not_noted_as_complete() -> None:
    registry = MemoryRegistry(batches_max=1)
    with pytest.raises(Unavailable):
        await take(registry, *(line(f"R-{number}") for number in range(BATCH_SIZE + 1)))
    assert (len(registry.standings), registry.imports) == (BATCH_SIZE, [])


async def test_a_line_that_cannot_be_right_keeps_what_came_before_its_batch() -> None:
    registry = MemoryRegistry()
    lines = [line(f"R-{number}") for number in range(BATCH_SIZE)]
    with pytest.raises(MalformedInput, match="empty"):
        await take(registry, *lines, line("R-last"), line(""))
    assert (len(registry.standings), registry.imports) == (BATCH_SIZE, [])


async def test_it_may_be_repeated() -> None:
    registry = MemoryRegistry()
    for _ in range(2):
        assert await take(registry, line("R-1"), line("R-2", hours=3)) == Imported(2, TODAY)
    assert {key: one.centihours for key, one in registry.standings.items()} == {b"R-1": 1000, b"R-2": 300}
