"""The card office's side: a pass is found under each of its handles, and revoked once and for all."""

import secrets
from datetime import date, timedelta

import pytest

from gateway.domain.errors import PlaceTaken
from gateway.domain.standing import Honour, HonourGrade
from gateway.store.tables import PASS, PASS_HANDLE
from tests.auth.key_home import NOW
from tests.store.city import City, new_pass, record

pytestmark = pytest.mark.anyio

TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
HASH = b"registry hash"
MODEL = Honour("national-moral-model", 2025, HonourGrade.AWARDED)
LISTED = Honour("national-moral-model", 2024, HonourGrade.SHORT_LISTED, withdrawn_on=date(2026, 1, 2))


async def test_a_pass_is_found_under_each_of_its_handles(city: City) -> None:
    await city.residents.put([(HASH, record(1000, TODAY))])
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
    await city.residents.put([(HASH, record(1000, TODAY))])
    taken = new_pass(b"one")
    await city.registry.issue(HASH, taken)
    place = taken.status_index
    before = await city.tables(PASS, PASS_HANDLE)
    with pytest.raises(PlaceTaken):
        await city.registry.issue(HASH, new_pass(b"two", status_index=place))
    assert await city.tables(PASS, PASS_HANDLE) == before
    assert await city.registry.issue(HASH, new_pass(b"two", status_index=place, sector="transit")) is not None


async def test_a_pass_is_revoked_once_under_any_of_its_handles(city: City) -> None:
    await city.residents.put([(HASH, record(1000, TODAY))])
    await city.registry.issue(HASH, new_pass(b"token", b"code"))
    assert await city.registry.revoke(b"code")
    [row] = await city.rows(PASS)
    assert row["revoked_at"] == NOW
    assert not await city.registry.revoke(b"code")
    assert not await city.registry.revoke(b"token")
    assert not await city.registry.revoke(b"nobody's")


async def test_a_replaced_pass_is_revoked_and_its_resident_has_another(city: City) -> None:
    await city.residents.put([(HASH, record(1000, TODAY))])
    old = await city.registry.issue(HASH, new_pass(b"old"))
    new = await city.registry.replace(b"old", new_pass(b"new"))
    rows = {row["id"]: row for row in await city.rows(PASS)}
    assert (rows[old]["revoked_at"], rows[new]["revoked_at"]) == (NOW, None)
    assert rows[old]["resident_id"] == rows[new]["resident_id"]
    assert await city.registry.replace(b"old", new_pass(b"newer")) is None
    assert await city.registry.replace(b"nobody's", new_pass(b"newer")) is None
    assert len(await city.rows(PASS)) == 2


async def test_a_replacement_that_finds_its_place_taken_changes_nothing(city: City) -> None:
    await city.residents.put([(HASH, record(1000, TODAY))])
    other = new_pass(b"other")
    await city.registry.issue(HASH, other)
    await city.registry.issue(HASH, new_pass(b"old"))
    before = await city.tables(PASS, PASS_HANDLE)
    with pytest.raises(PlaceTaken):
        await city.registry.replace(b"old", new_pass(secrets.token_bytes(32), status_index=other.status_index))
    assert await city.tables(PASS, PASS_HANDLE) == before
