"""Partners and devices: each key once, and no node believes for longer than two seconds what no longer holds."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from gateway.domain.errors import MalformedInput
from gateway.domain.partners import Partner
from gateway.store import partner_directory
from gateway.store.database import Database
from gateway.store.partner_directory import STALE_SECONDS_MAX, SqlPartnerDirectory
from tests.auth.key_home import NOW
from tests.store.city import City, device
from tests.store.commands import DEVICE_ID, PARTNER_ID

pytestmark = pytest.mark.anyio

MUSEUM = Partner(id="city-museum", kind="venue-counter", name="City Museum")


@dataclass
class Ticks:
    """The process's own clock, in seconds."""

    now: float = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> Ticks:
    ticks = Ticks()
    monkeypatch.setattr(partner_directory, "time", ticks)
    return ticks


@pytest.fixture
def directory(database: Database) -> SqlPartnerDirectory:
    return SqlPartnerDirectory(database)


@contextmanager
def _slow_reads(ticks: Ticks, seconds: float) -> Iterator[None]:
    def delay(*_: object) -> None:
        ticks.now += seconds

    event.listen(Engine, "after_cursor_execute", delay)
    yield
    event.remove(Engine, "after_cursor_execute", delay)


async def _kid(city: City) -> str:
    [device] = await city.partners.devices(PARTNER_ID)
    return device.kid


async def test_a_device_comes_back_as_it_was_registered(city: City, directory: SqlPartnerDirectory) -> None:
    await city.partners.add(MUSEUM)
    registered = device("till-2", MUSEUM)
    await city.partners.add_device(registered)
    assert await directory.device(MUSEUM.id, registered.kid) == registered
    assert await city.partners.devices(MUSEUM.id) == [registered]
    assert [each.id for each in await city.partners.devices()] == [DEVICE_ID, "till-2"]
    assert await city.partners.partner(MUSEUM.id) == MUSEUM
    assert await city.partners.device("till-2") == registered
    assert await city.partners.device("till-3") is None


async def test_a_key_belongs_to_its_partner_alone(city: City, directory: SqlPartnerDirectory) -> None:
    await city.partners.add(MUSEUM)
    kid = await _kid(city)
    assert await directory.device(PARTNER_ID, kid) is not None
    assert await directory.device(MUSEUM.id, kid) is None
    assert await directory.device(PARTNER_ID, "no such key") is None


async def test_a_revocation_is_seen_within_two_seconds(
    city: City, directory: SqlPartnerDirectory, ticks: Ticks
) -> None:
    kid = await _kid(city)
    fresh = await directory.device(PARTNER_ID, kid)
    assert fresh is not None
    assert fresh.works_at(NOW)
    assert await city.partners.revoke_device(DEVICE_ID)
    ticks.now += STALE_SECONDS_MAX
    seen = await directory.device(PARTNER_ID, kid)
    assert seen is not None
    assert seen.revoked
    assert not seen.works_at(NOW)
    assert STALE_SECONDS_MAX <= 2


async def test_two_seconds_count_from_the_question_and_not_from_the_answer(
    city: City, directory: SqlPartnerDirectory, ticks: Ticks
) -> None:
    kid = await _kid(city)
    with _slow_reads(ticks, 1.5):
        await directory.device(PARTNER_ID, kid)
    await city.partners.revoke_device(DEVICE_ID)
    ticks.now += 0.5
    seen = await directory.device(PARTNER_ID, kid)
    assert seen is not None
    assert seen.revoked


async def test_within_two_seconds_the_database_is_left_alone(
    city: City, directory: SqlPartnerDirectory, ticks: Ticks
) -> None:
    kid = await _kid(city)
    first = await directory.device(PARTNER_ID, kid)
    await city.database.close()
    ticks.now += STALE_SECONDS_MAX - 0.1
    with _slow_reads(ticks, 100):
        before = ticks.now
        assert await directory.device(PARTNER_ID, kid) is first
        assert ticks.now == before


async def test_a_suspended_partner_s_devices_do_not_work(city: City, directory: SqlPartnerDirectory) -> None:
    await city.partners.suspend(PARTNER_ID)
    seen = await directory.device(PARTNER_ID, await _kid(city))
    assert seen is not None
    assert seen.partner.suspended
    assert not seen.revoked
    assert not seen.works_at(NOW)


async def test_a_device_is_revoked_once(city: City) -> None:
    assert await city.partners.revoke_device(DEVICE_ID)
    assert not await city.partners.revoke_device(DEVICE_ID)
    assert not await city.partners.revoke_device("nobody's")


async def test_an_id_and_a_key_are_taken_once(city: City) -> None:
    with pytest.raises(MalformedInput, match="There is a partner grand-theatre already"):
        await city.partners.add(Partner(id=PARTNER_ID, kind="gas-desk", name="Gas"))
    await city.partners.add(MUSEUM)
    theirs = device("till-2", MUSEUM)
    with pytest.raises(MalformedInput, match="registered already"):
        await city.partners.add_device(replace(theirs, kid=await _kid(city)))
    with pytest.raises(MalformedInput, match="registered already"):
        await city.partners.add_device(replace(theirs, id=DEVICE_ID))
    assert await city.partners.devices(MUSEUM.id) == []
    [first] = await city.partners.devices(PARTNER_ID)
    assert first.partner.name == "Grand Theatre"


async def test_a_device_needs_a_partner(city: City) -> None:
    with pytest.raises(MalformedInput, match="no such partner"):
        await city.partners.add_device(device("till-2", MUSEUM))
    assert [one.id for one in await city.partners.devices()] == [DEVICE_ID]


async def test_of_many_partners_those_are_added_whose_id_is_free(city: City) -> None:
    seen = len(await city.acts.acts())
    rival = replace(MUSEUM, name="Rival")
    added, known = await city.partners.add_new([MUSEUM, rival, replace(MUSEUM, id=PARTNER_ID)])
    assert added == {MUSEUM.id}
    assert {partner_id: one.name for partner_id, one in known.items()} == {
        MUSEUM.id: "City Museum",
        PARTNER_ID: "Grand Theatre",
    }
    [act] = (await city.acts.acts())[seen:]
    assert (act.action, act.subject, act.facts) == ("partners add", MUSEUM.id, {"kind": "venue-counter"})
