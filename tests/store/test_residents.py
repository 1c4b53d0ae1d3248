"""Residents by the thousand: newer credit wins, secrets stay, and imports say what they were."""

import asyncio
import secrets
from datetime import date, timedelta

import pytest

from gateway.domain.errors import MalformedInput
from gateway.domain.standing import Honour, HonourGrade, Standing
from gateway.domain.steward_ports import LastImport
from gateway.store.residents import SqlResidents
from gateway.store.tables import REGISTRY_IMPORT, RESIDENT
from tests.auth.key_home import NOW
from tests.store.city import City, record

pytestmark = pytest.mark.anyio

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
HASH = b"registry hash"
MODEL = Honour("national-moral-model", 2025, HonourGrade.AWARDED)
LISTED = Honour("national-moral-model", 2024, HonourGrade.SHORT_LISTED, withdrawn_on=date(2027, 1, 2))


async def test_a_standing_comes_back_as_it_was_written(city: City) -> None:
    standing = record(1050, TODAY, [LISTED, MODEL])
    await city.residents.put([(HASH, standing)])
    assert await city.residents.known([HASH, b"another"]) == {HASH: standing}
    assert await city.registry.standing(HASH) == standing
    assert await city.registry.standing(b"another") is None


@pytest.mark.parametrize(
    ("as_of", "wins"),
    [(TODAY - timedelta(days=400), False), (YESTERDAY, False), (TODAY, True), (TODAY + timedelta(days=1), True)],
    ids=["a year before", "the day before", "the same day", "the day after"],
)
async def test_an_older_as_of_never_wins(city: City, as_of: date, wins: bool) -> None:
    await city.residents.put([(HASH, record(1000, TODAY, [MODEL]))])
    await city.residents.put([(HASH, record(2000, as_of))])
    assert await city.registry.standing(HASH) == (
        Standing(2000, as_of) if wins else Standing(1000, TODAY, (MODEL,))
    )


async def test_an_update_keeps_the_resident_and_the_secret(city: City) -> None:
    await city.residents.put([(HASH, record(1000, YESTERDAY))])
    [before] = await city.rows(RESIDENT)
    await city.residents.put([(HASH, record(1200, TODAY)), (b"another", record(5, TODAY))])
    after = {row["registry_hash"]: row for row in await city.rows(RESIDENT)}
    assert (after[HASH]["id"], after[HASH]["secret"]) == (before["id"], before["secret"])
    assert after[b"another"]["secret"] != before["secret"]
    assert len(before["secret"]) == 32


async def test_nothing_to_put_is_nothing(city: City) -> None:
    await city.residents.put([])
    assert await city.rows(RESIDENT) == []
    assert await city.residents.known([]) == {}


async def test_thousands_go_in_one_transaction(city: City) -> None:
    crowd = [(secrets.token_bytes(32), record(number, TODAY)) for number in range(3000)]
    await city.residents.put(crowd)
    assert await city.residents.known([registry_hash for registry_hash, _ in crowd]) == dict(crowd)


async def test_the_last_import_is_known_until_another_begins(city: City) -> None:
    assert await city.residents.last_import() == LastImport(None, 0, None)
    await city.residents.end_import(TODAY, file_hash=b"one", residents=7, counts={"new": 7})
    assert await city.residents.last_import() == LastImport(b"one", 7, None)
    await city.residents.begin_import(complete=False)
    assert (await city.residents.last_import()).file_hash is None
    [row] = await city.rows(REGISTRY_IMPORT)
    assert (row["as_of"], row["imported_at"]) == (TODAY, NOW)


async def test_the_newest_complete_import_says_since_when_honours_are_known(city: City) -> None:
    await city.residents.end_import(YESTERDAY, complete=True)
    await city.residents.end_import(TODAY)
    await city.residents.end_import(YESTERDAY - timedelta(days=9), complete=True, file_hash=b"old", residents=2)
    assert await city.residents.last_import() == LastImport(b"old", 2, YESTERDAY)


async def test_an_import_is_written_down_from_beginning_to_end(city: City) -> None:
    seen = (await city.acts.acts())[-1].id
    await city.residents.begin_import(complete=True)
    await city.residents.end_import(TODAY, complete=True, counts={"new": 3, "rejected": 1})
    begun, done = await city.acts.acts(after=seen)
    assert (begun.action, begun.facts) == ("registry import begun", {"complete": True})
    assert (done.action, done.facts) == (
        "registry import",
        {"as_of": TODAY.isoformat(), "complete": True, "new": 3, "rejected": 1},
    )


async def test_an_import_that_another_one_overtook_writes_no_more(city: City) -> None:
    first, second = (SqlResidents(city.database, city.acts) for _ in range(2))
    await first.begin_import(complete=False)
    await first.put([(HASH, record(1000, TODAY, [MODEL]))])
    await second.begin_import(complete=True)
    for late in (first.put([(HASH, record(900, TODAY, [MODEL]))]), first.end_import(TODAY, file_hash=b"late")):
        with pytest.raises(MalformedInput, match="Another one began"):
            await late
    await second.put([(HASH, record(1000, TODAY))])
    await second.end_import(TODAY, complete=True, file_hash=b"second")
    assert await city.registry.standing(HASH) == Standing(1000, TODAY)
    assert (await city.residents.last_import()).file_hash == b"second"


async def test_an_import_waits_to_begin_until_what_another_writes_is_committed(city: City) -> None:
    first, second = (SqlResidents(city.database, city.acts) for _ in range(2))
    await first.begin_import(complete=False)
    async with city.database.write() as connection:
        await first._require_latest(connection)
        begun = asyncio.create_task(second.begin_import(complete=False))
        await asyncio.wait([begun], timeout=0.2)
        assert not begun.done()
    await begun
