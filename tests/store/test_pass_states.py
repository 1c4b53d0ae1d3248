"""Passes of one call are put on record all or none; what is said of one leaves its resident alone."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from gateway.domain.errors import PlaceTaken
from gateway.domain.passes import Condition, PassForm, PassState
from gateway.store.tables import ADMIN_RECORD, PASS, PASS_HANDLE
from tests.auth.key_home import NOW
from tests.store.city import City, new_pass, record

pytestmark = pytest.mark.anyio

HASH = b"registry hash"


@pytest.fixture
async def home(city: City) -> City:
    """A city with one more resident."""
    await city.residents.put([(HASH, record(1000, NOW.date()))])
    return city


async def test_passes_of_one_call_are_one_residents(home: City) -> None:
    new = [new_pass(sector.encode(), sector=sector) for sector in ("venue", "gas", "transit")]
    ids = await home.registry.issue_all(HASH, new)
    assert ids is not None
    rows = {row["id"]: row for row in await home.rows(PASS)}
    assert [rows[pass_id]["sector"] for pass_id in ids] == ["venue", "gas", "transit"]
    assert len({row["resident_id"] for row in rows.values()}) == 1


async def test_nobody_gets_no_passes(home: City) -> None:
    assert await home.registry.issue_all(b"nobody's", [new_pass(b"one"), new_pass(b"two")]) is None
    assert await home.rows(PASS) == []


async def test_a_place_that_is_taken_undoes_all_of_them_and_is_named(home: City) -> None:
    there = new_pass(b"there", sector="gas")
    await home.registry.issue(HASH, there)
    before = await home.tables(PASS, PASS_HANDLE, ADMIN_RECORD)
    new = [new_pass(b"venue"), new_pass(b"gas", sector="gas", status_index=there.status_index)]
    with pytest.raises(PlaceTaken) as taken:
        await home.registry.issue_all(HASH, new)
    assert taken.value.sector == "gas"
    assert await home.tables(PASS, PASS_HANDLE, ADMIN_RECORD) == before


async def test_the_state_of_a_pass_is_the_same_under_each_of_its_handles(home: City) -> None:
    new = new_pass(b"token", b"code")
    await home.registry.issue(HASH, new)
    for handle in new.handles:
        assert await home.registry.state(handle) == PassState(
            condition=Condition.WORKS,
            sector="venue",
            form=PassForm.CARD,
            expires_at=new.expires_at,
            has_pin=False,
        )
    await home.registry.revoke(b"code")
    revoked = await home.registry.state(b"token")
    assert revoked is not None
    assert revoked.condition is Condition.REVOKED


@pytest.mark.parametrize(
    ("end", "condition"),
    [
        (NOW - timedelta(seconds=1), Condition.EXPIRED),
        (NOW, Condition.EXPIRED),
        (NOW + timedelta(seconds=1), Condition.WORKS),
    ],
    ids=["before", "now", "after"],
)
async def test_a_pass_ends_by_the_clock_of_the_database(home: City, end: datetime, condition: Condition) -> None:
    await home.registry.issue(HASH, replace(new_pass(b"token"), expires_at=end))
    state = await home.registry.state(b"token")
    assert state is not None
    assert state.condition is condition


async def test_the_state_of_nobodys_pass_is_none(home: City) -> None:
    assert await home.registry.state(b"nobody's") is None
