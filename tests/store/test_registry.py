"""The steward's side: newer credit wins, who it is never stays, and a pass is revoked once and for all."""

import secrets
from datetime import date, timedelta

import pytest

from gateway.auth.hashing import RegistryHasher
from gateway.domain.errors import PlaceTaken
from gateway.domain.standing import Honour, HonourGrade, RegistryRecord, Standing
from gateway.services.import_registry import Imported, import_registry
from gateway.store.tables import PASS, PASS_HANDLE, REGISTRY_IMPORT, RESIDENT
from tests.auth.key_home import NOW, load, one_of_each
from tests.store.city import City, new_pass, record

pytestmark = pytest.mark.anyio

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
HASH = b"registry hash"
MODEL = Honour("national-moral-model", 2025, HonourGrade.AWARDED)
LISTED = Honour("national-moral-model", 2024, HonourGrade.SHORT_LISTED, withdrawn_on=date(2026, 1, 2))


async def test_a_standing_comes_back_as_it_was_imported(city: City) -> None:
    await city.registry.put([(HASH, record(1050, TODAY, [MODEL, LISTED]))])
    found = await city.registry.standing(HASH)
    assert found is not None
    assert (found.centihours, found.as_of, set(found.honours)) == (1050, TODAY, {MODEL, LISTED})
    assert await city.registry.standing(b"another") is None


@pytest.mark.parametrize(
    ("as_of", "wins"),
    [(TODAY - timedelta(days=400), False), (YESTERDAY, False), (TODAY, True), (TODAY + timedelta(days=1), True)],
)
async def test_an_older_as_of_never_wins(city: City, as_of: date, wins: bool) -> None:
    await city.registry.put([(HASH, record(1000, TODAY, [MODEL]))])
    await city.registry.put([(HASH, record(2000, as_of))])
    expected = Standing(2000, as_of) if wins else Standing(1000, TODAY, (MODEL,))
    assert await city.registry.standing(HASH) == expected


async def test_an_update_keeps_the_resident_and_the_secret(city: City) -> None:
    await city.registry.put([(HASH, record(1000, YESTERDAY))])
    [before] = await city.rows(RESIDENT)
    await city.registry.put([(HASH, record(1200, TODAY)), (b"another", record(5, TODAY))])
    after = {row["registry_hash"]: row for row in await city.rows(RESIDENT)}
    assert (after[HASH]["id"], after[HASH]["secret"]) == (before["id"], before["secret"])
    assert after[b"another"]["secret"] != before["secret"]
    assert len(before["secret"]) == 32


async def test_nothing_to_put_is_nothing(city: City) -> None:
    await city.registry.put([])
    assert await city.rows(RESIDENT) == []


@pytest.mark.parametrize("order", [1, -1])
async def test_a_resident_twice_in_a_file_has_the_newer_credit(
    city: City, tmp_path_factory: pytest.TempPathFactory, order: int
) -> None:
    hasher = RegistryHasher(load(tmp_path_factory.mktemp("keys"), *one_of_each()))
    lines = [RegistryRecord("310-1", Standing(1000, YESTERDAY)), RegistryRecord("310-1", Standing(1200, TODAY))]
    imported = await import_registry(city.registry, hasher, lines[::order])
    assert imported == Imported(2, TODAY)
    assert await city.registry.standing(hasher.hash("310-1")) == Standing(1200, TODAY)
    [row] = await city.rows(REGISTRY_IMPORT)
    assert (row["as_of"], row["imported_at"]) == (TODAY, NOW)
    assert b"310-1" not in {value for row in await city.rows(RESIDENT) for value in row.values()}


async def test_a_pass_is_found_under_each_of_its_handles(city: City) -> None:
    await city.registry.put([(HASH, record(1000, TODAY))])
    pass_id = await city.registry.issue(HASH, new_pass(b"token", b"code"))
    [row] = await city.rows(PASS)
    assert (row["id"], row["sector"], row["revoked_at"]) == (pass_id, "venue", None)
    assert await city.rows(PASS_HANDLE) == [
        {"handle": b"code", "pass_id": pass_id},
        {"handle": b"token", "pass_id": pass_id},
    ]


async def test_nobody_gets_no_pass(city: City) -> None:
    assert await city.registry.issue(HASH, new_pass(b"token")) is None
    assert await city.rows(PASS) == []


async def test_a_place_in_the_status_list_is_given_once_in_a_sector(city: City) -> None:
    await city.registry.put([(HASH, record(1000, TODAY))])
    taken = new_pass(b"one")
    await city.registry.issue(HASH, taken)
    place = taken.status_index
    before = await city.tables(PASS, PASS_HANDLE)
    with pytest.raises(PlaceTaken):
        await city.registry.issue(HASH, new_pass(b"two", status_index=place))
    assert await city.tables(PASS, PASS_HANDLE) == before
    assert await city.registry.issue(HASH, new_pass(b"two", status_index=place, sector="transit")) is not None


async def test_a_pass_is_revoked_once_under_any_of_its_handles(city: City) -> None:
    await city.registry.put([(HASH, record(1000, TODAY))])
    await city.registry.issue(HASH, new_pass(b"token", b"code"))
    assert await city.registry.revoke(b"code")
    [row] = await city.rows(PASS)
    assert row["revoked_at"] == NOW
    assert not await city.registry.revoke(b"code")
    assert not await city.registry.revoke(b"token")
    assert not await city.registry.revoke(b"nobody's")


async def test_a_replaced_pass_is_revoked_and_its_resident_has_another(city: City) -> None:
    await city.registry.put([(HASH, record(1000, TODAY))])
    old = await city.registry.issue(HASH, new_pass(b"old"))
    new = await city.registry.replace(b"old", new_pass(b"new"))
    rows = {row["id"]: row for row in await city.rows(PASS)}
    assert (rows[old]["revoked_at"], rows[new]["revoked_at"]) == (NOW, None)
    assert rows[old]["resident_id"] == rows[new]["resident_id"]
    assert await city.registry.replace(b"old", new_pass(b"newer")) is None
    assert await city.registry.replace(b"nobody's", new_pass(b"newer")) is None
    assert len(await city.rows(PASS)) == 2


async def test_a_replacement_that_finds_its_place_taken_changes_nothing(city: City) -> None:
    await city.registry.put([(HASH, record(1000, TODAY))])
    other = new_pass(b"other")
    await city.registry.issue(HASH, other)
    await city.registry.issue(HASH, new_pass(b"old"))
    before = await city.tables(PASS, PASS_HANDLE)
    with pytest.raises(PlaceTaken):
        await city.registry.replace(b"old", new_pass(secrets.token_bytes(32), status_index=other.status_index))
    assert await city.tables(PASS, PASS_HANDLE) == before
