"""Looking a pass up: what is on record comes back, by one statement that is the same for everybody and nobody."""

from datetime import timedelta

import pytest

from gateway.domain.passes import Sighting
from gateway.domain.standing import Honour, HonourGrade
from gateway.store.database import Database
from gateway.store.passes import SqlPassDirectory
from tests.auth.key_home import NOW
from tests.store.city import City, new_pass, record
from tests.store.tracing import traced

pytestmark = pytest.mark.anyio

MODEL = Honour("national-moral-model", 2025, HonourGrade.AWARDED)
TODAY = NOW.date()


@pytest.fixture
def directory(database: Database) -> SqlPassDirectory:
    return SqlPassDirectory(database)


async def test_the_record_comes_back_with_the_resident_s_standing(city: City, directory: SqlPassDirectory) -> None:
    new = new_pass(b"token", b"code")
    await city.residents.put([(b"hash", record(1050, TODAY, [MODEL]))])
    pass_id = await city.registry.issue(b"hash", new)
    for handle in new.handles:
        found = (await directory.look_up(handle, bytes(32))).record
        assert found is not None
        assert (found.pass_id, found.sector, found.expires_at) == (pass_id, new.sector, new.expires_at)
        assert (found.revoked, found.pin_hash, len(found.resident_secret)) == (False, None, 32)
        assert (found.standing.centihours, found.standing.as_of) == (1050, TODAY)
        assert found.standing.honours == (MODEL,)


async def test_nobody_is_seen_by_the_same_clock(directory: SqlPassDirectory) -> None:
    assert await directory.look_up(b"nobody's", bytes(32)) == Sighting(now=NOW, registry_as_of=None, record=None)


async def test_the_newest_import_says_how_fresh_the_registry_is(city: City, directory: SqlPassDirectory) -> None:
    for days in (3, 1, 2):
        await city.residents.end_import(TODAY - timedelta(days=days))
    assert (await directory.look_up(b"nobody's", bytes(32))).registry_as_of == TODAY - timedelta(days=1)


async def test_a_revocation_is_seen_at_once(city: City, directory: SqlPassDirectory) -> None:
    holder = await city.move_in()
    await city.registry.revoke(holder.handle)
    found = (await directory.look_up(holder.handle, bytes(32))).record
    assert found is not None
    assert found.revoked


async def test_one_statement_the_same_for_the_known_the_revoked_and_nobody(
    city: City, directory: SqlPassDirectory
) -> None:
    known, revoked = await city.move_in(), await city.move_in()
    await city.registry.revoke(revoked.handle)
    traces = []
    for handle in (known.handle, revoked.handle, bytes(32)):
        with traced() as trace:
            await directory.look_up(handle, bytes(32))
        traces.append(trace)
    assert traces[0] == traces[1] == traces[2]
    statements = [each for each in traces[0] if not each.startswith(("BEGIN", "COMMIT"))]
    assert len(statements) == 1
    assert statements[0].startswith("SELECT")
