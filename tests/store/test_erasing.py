"""Erasure: nothing of somebody is left but a hash that keeps them out, and nothing commits with their passes."""

from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from gateway.domain.errors import PlaceTaken
from gateway.domain.redemptions import Reason
from gateway.store.erasing import SqlErasure
from gateway.store.residents import SqlResidents
from gateway.store.scrubbing import Scrubbed, scrub
from gateway.store.sweep import sweep
from gateway.store.tables import ERASED, PASS, PASS_HANDLE, REDEMPTION, RESIDENT, RETIRED_PLACE
from tests.auth.key_home import NOW, Hands
from tests.store.city import City, new_pass, record
from tests.store.commands import denied, granted, redeem
from tests.store.test_closing import sqlite_files

pytestmark = pytest.mark.anyio

TODAY = NOW.date()
NEW_YEAR = TODAY.replace(year=TODAY.year + 1, month=1, day=1)


def erasure(city: City) -> SqlErasure:
    return SqlErasure(city.database, city.acts)


async def test_secret_standing_and_passes_go_and_others_stay(city: City) -> None:
    gone, stays = await city.move_in(), await city.move_in()
    await city.give_pass(gone.registry_hash, pseudonym=gone.pseudonym)
    assert await erasure(city).erase(gone.registry_hash, readmit_from=NEW_YEAR) == 2
    assert [row["registry_hash"] for row in await city.rows(RESIDENT)] == [stays.registry_hash]
    assert [row["id"] for row in await city.rows(PASS)] == [stays.pass_id]
    assert [row["handle"] for row in await city.rows(PASS_HANDLE)] == [stays.handle]
    assert await city.rows(ERASED) == [{"registry_hash": gone.registry_hash, "readmit_from": NEW_YEAR}]
    acts = [act for act in await city.acts.acts() if act.action == "registry erase"]
    assert [(act.subject, act.facts, act.at.hour) for act in acts] == [(None, {}, 0)], "the day, and not to whom"


async def test_no_redemption_commits_afterwards_and_those_of_before_stand(city: City) -> None:
    holder = await city.move_in()
    before = granted(await city.commit(redeem(holder)))
    await erasure(city).erase(holder.registry_hash, readmit_from=NEW_YEAR)
    reason, _ = denied(await city.commit(redeem(holder)))
    assert reason is Reason.NOT_ELIGIBLE
    assert [row["id"] for row in await city.rows(REDEMPTION)] == [before.id]


async def test_an_import_leaves_the_erased_out_even_one_that_asked_before(city: City) -> None:
    gone, other = await city.move_in(), await city.move_in()
    assert await city.residents.erased([gone.registry_hash]) == set()
    await erasure(city).erase(gone.registry_hash, readmit_from=NEW_YEAR)
    told = record(5000, TODAY)
    await city.residents.put([(gone.registry_hash, told), (other.registry_hash, told)])
    await city.residents.put([(gone.registry_hash, told)])
    assert set(await city.residents.erased([gone.registry_hash, other.registry_hash])) == {gone.registry_hash}
    assert dict(await city.residents.known([gone.registry_hash, other.registry_hash])) == {
        other.registry_hash: told
    }


async def test_an_erasure_in_the_midst_of_an_import_is_final(city: City) -> None:
    hashes = [bytes([number]) * 32 for number in range(30)]
    importer = SqlResidents(city.database, city.acts)

    async def bring() -> None:
        for _ in range(10):
            await importer.put([(one, record(1000, TODAY)) for one in hashes])

    async def erase() -> None:
        for one in hashes[:10]:
            await erasure(city).erase(one, readmit_from=NEW_YEAR)

    async with anyio.create_task_group() as together:
        together.start_soon(bring)
        together.start_soon(erase)
    assert {row["registry_hash"] for row in await city.rows(RESIDENT)} == set(hashes[10:])


async def test_nobody_is_kept_out_before_they_were_ever_there_and_twice_is_once(city: City) -> None:
    later = NEW_YEAR + timedelta(days=9)
    for day in (NEW_YEAR, later, NEW_YEAR):
        assert await erasure(city).erase(b"x" * 32, readmit_from=day) == 0
    assert (await erasure(city).traces(b"x" * 32)).readmit_from == later
    await city.residents.put([(b"x" * 32, record(1000, TODAY))])
    assert await city.rows(RESIDENT) == []


async def test_who_comes_back_waits_for_the_day_and_is_somebody_new(city: City) -> None:
    holder = await city.move_in()
    [was] = await city.rows(RESIDENT)
    await erasure(city).erase(holder.registry_hash, readmit_from=NEW_YEAR)
    assert not await erasure(city).readmit(holder.registry_hash, today=NEW_YEAR - timedelta(days=1))
    assert await erasure(city).readmit(holder.registry_hash, today=NEW_YEAR)
    assert not await erasure(city).readmit(holder.registry_hash, today=NEW_YEAR), "done once"
    await city.residents.put([(holder.registry_hash, record(1000, TODAY))])
    [back] = await city.rows(RESIDENT)
    assert back["secret"] != was["secret"]


async def test_the_place_of_an_erased_card_is_nobody_s_until_that_card_expired(city: City, clock: Hands) -> None:
    holder, other = await city.move_in(), await city.move_in()
    ends = NOW + timedelta(days=30)
    await city.registry.issue(holder.registry_hash, new_pass(b"h" * 32, status_index=77, expires_at=ends))
    await erasure(city).erase(holder.registry_hash, readmit_from=NEW_YEAR)
    assert {"sector": "venue", "status_index": 77, "until": ends} in await city.rows(RETIRED_PLACE)
    with pytest.raises(PlaceTaken):
        await city.registry.issue(other.registry_hash, new_pass(b"n" * 32, status_index=77))
    assert b"n" * 32 not in [row["handle"] for row in await city.rows(PASS_HANDLE)]
    clock.now = ends + timedelta(hours=2)
    await sweep(city.database)
    assert await city.registry.issue(other.registry_hash, new_pass(b"n" * 32, status_index=77)) is not None


async def test_no_byte_is_left_in_the_file(city: City, tmp_path: Path) -> None:
    holder = await city.move_in()
    for _ in range(200):  # others before and after, so that pages are split
        await city.move_in()
    [row] = [one for one in await city.rows(RESIDENT) if one["registry_hash"] == holder.registry_hash]
    await erasure(city).erase(holder.registry_hash, readmit_from=NEW_YEAR)
    if not city.database.is_sqlite:
        assert await scrub(city.database, RESIDENT, PASS, PASS_HANDLE) is Scrubbed.LOGS_REMAIN
        return
    assert row["secret"] in sqlite_files(tmp_path), "the search finds what the log still has"
    assert await scrub(city.database) is Scrubbed.COMPLETE
    left = sqlite_files(tmp_path)
    assert row["secret"] not in left
    assert holder.handle not in left
    assert left.count(holder.registry_hash) == 1, "what keeps them out"
