"""A resident's cards are stopped together, by whose they are; what was used stays used."""

import asyncio
import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.errors import PlaceTaken
from gateway.domain.passes import Held, PassForm
from gateway.store.database import Database
from gateway.store.passes import pass_name
from gateway.store.tables import PASS
from tests.auth.key_home import NOW
from tests.store.city import City, new_pass, record
from tests.store.commands import denied, granted, not_eligible, redeem

pytestmark = pytest.mark.anyio

HASH, OTHER = b"registry hash", b"another one"


async def working(city: City) -> set[int]:
    """The ids of the passes that are not revoked."""
    return {row["id"] for row in await city.rows(PASS) if row["revoked_at"] is None}


def sectors(passes: Sequence[Held] | None) -> list[str]:
    """Where passes are good."""
    return [one.sector for one in passes or ()]


async def issue(city: City, *sectors: str, whose: bytes = HASH) -> list[int]:
    """Put a resident on record with a card of each sector; return their ids."""
    await city.residents.put([(whose, record(1000, NOW.date()))])
    new = [new_pass(secrets.token_bytes(32), sector=sector) for sector in sectors]
    issued = await city.registry.issue_all(whose, new)
    assert issued is not None
    return list(issued)


@pytest.mark.parametrize(
    ("named", "stopped"), [([], ["venue", "gas", "venue"]), (["venue"], ["venue", "venue"])], ids=str
)
async def test_cards_of_one_resident_stop(city: City, named: list[str], stopped: list[str]) -> None:
    mine = await issue(city, "venue", "gas", "venue")
    others = await issue(city, "venue", "gas", whose=OTHER)
    assert sectors(await city.registry.working(HASH, named)) == stopped
    assert sectors(await city.registry.revoke_all(HASH, named)) == stopped
    assert await working(city) == {*others, *(mine[1:2] if named else [])}
    assert await city.registry.revoke_all(HASH, named) == await city.registry.working(HASH, named) == []


async def test_nobody_has_no_cards(city: City) -> None:
    seen = await city.acts.acts()
    assert await city.registry.working(HASH, []) is None
    assert await city.registry.revoke_all(HASH, []) == []
    assert await city.registry.issue_all(HASH, [new_pass(b"new")], instead=True) is None
    assert await city.acts.acts() == seen


async def test_what_has_ended_is_left_alone(city: City) -> None:
    await issue(city)
    await city.registry.issue(HASH, new_pass(b"ended", expires_at=NOW))
    await city.registry.issue(HASH, new_pass(b"last second", expires_at=NOW + timedelta(seconds=1)))
    assert sectors(await city.registry.revoke_all(HASH, [])) == ["venue"]
    assert len(await working(city)) == 1


async def test_a_lost_phone_stops_no_card_and_new_slips_take_the_place_of_slips_alone(city: City) -> None:
    await issue(city, "venue")
    for form in (PassForm.LIVE, PassForm.SLIP):
        await city.registry.issue(HASH, replace(new_pass(form.value.encode()), form=form))
    stopped = await city.registry.revoke_all(HASH, [], [PassForm.LIVE])
    assert [(one.sector, one.form) for one in stopped] == [("venue", PassForm.LIVE)]
    await city.registry.issue_all(HASH, [replace(new_pass(b"new"), form=PassForm.SLIP)], instead=True)
    held = await city.registry.working(HASH, [])
    assert [one.form for one in held or ()] == [PassForm.CARD, PassForm.SLIP]
    assert await working(city) == {1, 4}


async def test_each_card_that_stops_is_written_down_with_its_sector_and_day(city: City) -> None:
    await issue(city, "venue", "gas")
    seen = len(await city.acts.acts())
    await city.registry.issue_all(HASH, [new_pass(b"new", sector="gas")], instead=True)
    await city.registry.revoke_all(HASH, [])
    acts = (await city.acts.acts())[seen:]
    said = [(act.action, act.subject) for act in acts]
    assert said[:2] == [("pass revoke", "gas"), ("pass issue", "gas")]
    assert said[2:] == [("pass revoke", "venue"), ("pass revoke", "gas")]
    assert {act.at for act in acts} == {NOW.replace(hour=0, minute=0, second=0, microsecond=0)}, "the day alone"


async def test_new_cards_instead_of_old_ones_all_or_none(city: City) -> None:
    old = await issue(city, "venue", "gas", "transit")
    [taken] = await issue(city, "gas", whose=OTHER)
    place = next(row["status_index"] for row in await city.rows(PASS) if row["id"] == taken)
    before = await city.tables(PASS)
    wrong = [new_pass(b"venue"), new_pass(b"gas", sector="gas", status_index=place)]
    with pytest.raises(PlaceTaken):
        await city.registry.issue_all(HASH, wrong, instead=True)
    assert await city.tables(PASS) == before
    right = [new_pass(b"venue"), new_pass(b"gas", sector="gas")]
    new = await city.registry.issue_all(HASH, right, instead=True)
    assert new is not None
    assert await working(city) == {*new, old[2], taken}


async def test_what_was_used_with_the_lost_card_stays_used(city: City) -> None:
    holder = await city.move_in()
    granted(await city.commit(redeem(holder)))
    new = await city.registry.issue_all(holder.registry_hash, [new_pass(b"new")], instead=True)
    assert new is not None
    assert denied(await city.commit(redeem(holder))) == not_eligible(Cause.REVOKED_PASS)
    granted(await city.commit(redeem(holder, pass_id=new[0])))
    assert denied(await city.commit(redeem(holder, pass_id=new[0]))) == not_eligible(Cause.QUOTA_USED_UP)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite has one writer
async def test_a_card_that_was_replaced_meanwhile_stops_in_its_new_form(city: City, database: Database) -> None:
    [old, last] = await issue(city, "venue", "gas")
    await city.registry.issue(HASH, new_pass(b"old"))
    async with database.write() as redemption:
        await database.share(redemption, pass_name(old))
        stopping = asyncio.create_task(city.registry.revoke_all(HASH, []))
        await asyncio.wait([stopping], timeout=0.3)
        assert not stopping.done(), "it waits for the redemption by the first card"
        assert await city.registry.replace(b"old", new_pass(b"new")) is not None
    assert sectors(await stopping) == ["venue", "gas", "venue"]
    assert last not in await working(city)
    assert await working(city) == set()
