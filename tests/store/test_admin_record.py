"""What stewards did is written with the change, in the order of the changes, and never altered."""

import asyncio

import pytest
from sqlalchemy import delete, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from gateway.domain.acts import Act
from gateway.store.admin_record import AdminRecord
from gateway.store.tables import ADMIN_RECORD
from tests.auth.key_home import NOW
from tests.store.city import City, new_pass, record
from tests.store.commands import DEVICE_ID, PARTNER_ID

pytestmark = pytest.mark.anyio

HASH = b"registry hash"


def said(acts: list[Act]) -> list[tuple[str, str | None]]:
    """What was done, and to what."""
    return [(act.action, act.subject) for act in acts]


async def test_an_act_says_who_what_and_when(city: City) -> None:
    [added, registered] = await city.acts.acts()
    assert (added.who, added.at, added.action, added.subject) == ("steward", NOW, "partners add", PARTNER_ID)
    assert added.facts == {"kind": "venue-counter"}
    assert (registered.action, registered.subject) == ("partners add-device", DEVICE_ID)
    assert registered.facts == {"partner": PARTNER_ID, "scopes": "redeem reverse verify", "days": 36501}


async def test_acts_come_in_order_from_where_one_left_off(city: City) -> None:
    first, second = await city.acts.acts()
    await AdminRecord(city.database, who="os:lin").note_alone("registry import", rejected=0)
    [third] = await city.acts.acts(after=second.id)
    assert (third.who, third.action, third.subject, third.facts) == (
        "os:lin",
        "registry import",
        None,
        {"rejected": 0},
    )
    assert await city.acts.acts(limit=1) == [first]


async def test_what_the_card_office_does_is_written_down_without_the_resident(city: City) -> None:
    await city.residents.put([(HASH, record(1000, NOW.date()))])
    seen = len(await city.acts.acts())
    await city.registry.issue(HASH, new_pass(b"one"))
    await city.registry.replace(b"one", new_pass(b"two"))
    await city.registry.revoke(b"two")
    acts = (await city.acts.acts())[seen:]
    assert said(list(acts)) == [("pass issue", "venue"), ("pass replace", "venue"), ("pass revoke", "venue")]
    assert [act.facts for act in acts] == [{"form": "card"}, {}, {}]
    assert {act.at for act in acts} == {NOW.replace(hour=0, minute=0, second=0, microsecond=0)}, "the day alone"
    assert NOW not in {act.at for act in acts}


async def test_what_changes_nothing_is_not_written_down(city: City) -> None:
    seen = await city.acts.acts()
    await city.registry.issue(b"nobody", new_pass(b"one"))
    await city.registry.revoke(b"nobody's")
    await city.registry.replace(b"nobody's", new_pass(b"two"))
    await city.partners.revoke_device("dev_none")
    assert await city.acts.acts() == seen


async def test_an_act_stands_only_if_its_change_does(city: City) -> None:
    async def break_off() -> None:
        async with city.database.write() as connection:
            await city.acts.note(connection, "partners add", subject="twice")
            await connection.execute(text("INSERT INTO partner (id) VALUES ('no name')"))

    seen = await city.acts.acts()
    with pytest.raises(IntegrityError):
        await break_off()
    assert await city.acts.acts() == seen


@pytest.mark.parametrize("change", [delete(ADMIN_RECORD), update(ADMIN_RECORD).values(who="nobody")], ids=str)
async def test_nothing_in_it_is_ever_changed(city: City, change: object) -> None:
    seen = await city.acts.acts()

    async def rewrite() -> None:
        async with city.database.write() as connection:
            await connection.execute(change)  # type: ignore[call-overload]

    with pytest.raises(DBAPIError, match="never changed"):
        await rewrite()
    assert await city.acts.acts() == seen


async def test_acts_are_numbered_as_they_are_committed(city: City) -> None:
    async with city.database.write() as connection:
        await city.acts.note(connection, "first")
        second = asyncio.create_task(city.acts.note_alone("second"))
        await asyncio.wait([second], timeout=0.2)
        assert not second.done()
    await second
    assert [act.action for act in await city.acts.acts()][-2:] == ["first", "second"]
