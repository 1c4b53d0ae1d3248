"""Status lists: what a gate reads of each card, by another's code; and unused places that look like used ones."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event
from sqlalchemy.engine import Engine

from gateway.auth.status_lists import LIST_TYPE, STATUS_SECONDS, StatusListSigner
from gateway.domain.errors import Unavailable
from gateway.domain.passes import STATUS_LIST_SIZE
from gateway.domain.rewards import Catalogue, QuotaPeriod, Rule
from gateway.domain.standing import Honour, HonourGrade
from gateway.domain.status_lists import Bits, Places
from gateway.services.status_lists import StatusLists
from gateway.store.erasing import SqlErasure
from gateway.store.status_places import SqlPlaces
from gateway.store.tables import PASS
from tests import node
from tests.auth.key_home import NOW, Hands, load
from tests.store.city import City, new_pass, record
from tests.store.theatre import reward

pytestmark = pytest.mark.anyio

SCRIPT = Path(node.__file__).parent / "status_list.mjs"
TODAY = NOW.date()
RULE = Rule(1000, frozenset({"model"}), 400)
MODEL = Honour("model", 2026, HonourGrade.AWARDED)


def read_by_node(token: str, folder: Path, *places: int, size: int = 1) -> Any:
    """Return what another's code reads at some places of a list, and how many of the first are INVALID."""
    file = folder / "list.jwt"
    file.write_text(token)
    return node.run(SCRIPT, *map(str, places), environment={"TOKEN_FILE": str(file), "SIZE": str(size)})


def signer(home: Path, clock: Hands) -> StatusListSigner:
    return StatusListSigner(load(home, clock=clock), lists="https://laurel.example/status-lists", clock=clock)


@pytest.fixture
def lists(city: City, tmp_path: Path, clock: Hands) -> StatusLists:
    """Lists of a venue whose one reward may be given offline."""
    ticket = replace(reward(per=QuotaPeriod.DAY), rule=RULE, offline=True, pin=False)
    catalogue = Catalogue({ticket.code: ticket}, ZoneInfo("Asia/Shanghai"), 20, "sha256:1")
    return StatusLists(SqlPlaces(city.database), signer(tmp_path / "keys", clock), catalogue, clock)


async def card(city: City, place: int, *, hours: int = 1000, age: int = 0, **more: Any) -> bytes:
    """Give somebody new a card at a place; return the resident's hash."""
    whose = place.to_bytes(32, "big")
    honours = more.pop("honours", ())
    await city.residents.put([(whose, record(hours, TODAY - timedelta(days=age), honours))])
    await city.registry.issue(whose, new_pass(b"h" + whose[1:], status_index=place, **more))
    return whose


async def test_another_s_code_reads_each_card_and_learns_no_cause(
    city: City, lists: StatusLists, tmp_path: Path
) -> None:
    with pytest.raises(Unavailable):
        lists.current("venue")
    for place in (8, 9, STATUS_LIST_SIZE - 1):
        await card(city, place)
    await card(city, 10, hours=999)
    await card(city, 11, age=401)
    await card(city, 12, hours=0, honours=(MODEL,))
    await card(city, 13, expires_at=NOW)
    await card(city, 14)
    await city.registry.revoke(b"h" + (14).to_bytes(31, "big"))
    erased = await card(city, 15)
    await SqlErasure(city.database, city.acts).erase(erased, readmit_from=TODAY)
    await card(city, 16, sector="transit")
    await lists.refresh()
    token = lists.current("venue").token
    places = (8, 9, STATUS_LIST_SIZE - 1, 12, 10, 11, 13, 14, 15)
    read = read_by_node(token, tmp_path, *places, size=10_000)
    assert read["statuses"] == [0, 0, 0, 0, 1, 1, 1, 1, 1]
    assert (read["bits"], read["typ"]) == (1, LIST_TYPE)
    at = int(NOW.timestamp())
    assert read["claims"] == {
        "sub": "https://laurel.example/status-lists/venue",
        "iat": at,
        "exp": at + 7 * 86400,
        "ttl": STATUS_SECONDS,
    }
    assert 4500 < read["invalid"] < 6700, "five of nine: unused places are so, too"


async def test_a_list_is_the_same_until_something_changes(city: City, lists: StatusLists, clock: Hands) -> None:
    await card(city, 8)
    await lists.refresh()
    first = lists.current("venue")
    clock.now += timedelta(seconds=STATUS_SECONDS)
    await lists.refresh()
    assert lists.current("venue") is first
    await city.registry.revoke(b"h" + (8).to_bytes(31, "big"))
    await lists.refresh()
    assert lists.current("venue").tag != first.tag


async def test_sqlite_finds_a_slice_by_its_passes_and_not_by_all_places(city: City, lists: StatusLists) -> None:
    """Otherwise every slice would go through all cards: a city's list took 44 seconds of CPU time instead of 8."""
    if not city.database.is_sqlite:
        pytest.skip("PostgreSQL chooses by statistics, which a small table has none of")
    await card(city, 8)
    asked: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, text: str, parameters: Any, *___: Any) -> None:
        asked.append((text, parameters))

    event.listen(Engine, "before_cursor_execute", note)
    try:
        await lists.refresh()
    finally:
        event.remove(Engine, "before_cursor_execute", note)
    [(text, parameters)] = [one for one in asked if "JOIN resident" in one[0]]
    async with city.database.read() as connection:
        plan = (await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", parameters)).all()
    assert {row.detail for row in plan} == {
        "SEARCH pass USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        "SEARCH resident USING INTEGER PRIMARY KEY (rowid=?)",
    }


async def test_a_place_is_given_back_a_day_after_the_card_expired(city: City, clock: Hands) -> None:
    ends = NOW + timedelta(days=30)
    await card(city, 8, expires_at=ends)
    await card(city, 9)
    places = SqlPlaces(city.database)
    clock.now = ends + timedelta(days=1)
    assert await places.give_back() == 0
    clock.now += timedelta(seconds=1)
    assert await places.give_back() == 1
    assert await places.give_back() == 0
    assert sorted(row["status_index"] for row in await city.rows(PASS)) == [-2, 9]
    await city.registry.issue((9).to_bytes(32, "big"), new_pass(b"again" * 6, status_index=8))


def test_decoys_are_as_many_as_among_cards_and_change_one_way(tmp_path: Path, clock: Hands) -> None:
    of = signer(tmp_path / "keys", clock)
    few, more = (int.from_bytes(of.decoys("venue", share), "little") for share in (0.01, 0.05))
    assert few.bit_count() == pytest.approx(0.01 * STATUS_LIST_SIZE, rel=0.05)
    assert more.bit_count() == pytest.approx(0.05 * STATUS_LIST_SIZE, rel=0.05)
    assert few & more == few, "as more cards become INVALID no decoy becomes VALID"
    assert of.decoys("venue", 0.01) == few.to_bytes(STATUS_LIST_SIZE // 8, "little")
    assert of.decoys("transit", 0.01) != of.decoys("venue", 0.01)
    assert of.decoys("venue", 0.0) == bytes(STATUS_LIST_SIZE // 8)
    assert of.decoys("venue", 1.0) == b"\xff" * (STATUS_LIST_SIZE // 8)


def test_cards_win_over_decoys() -> None:
    bits = Bits()
    bits.add(Places([0, 9, 15], [9]))
    content = bits.over(b"\xff" * (STATUS_LIST_SIZE // 8))
    assert content[:3] == bytes([0b11111110, 0b01111111, 0xFF])
    assert bits.over(bytes(STATUS_LIST_SIZE // 8))[:3] == bytes([0, 2, 0])
