"""What may be used once: a code of a slip, a showing of a live pass. Cards may be shown again."""

import asyncio
import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from gateway.auth import pins
from gateway.domain.eligibility import Cause
from gateway.domain.holds import Hold
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Eligible, NotEligible, Redemption, Refused
from gateway.domain.rewards import QuotaPeriod
from gateway.store.database import Database
from gateway.store.passes import SqlPassDirectory
from gateway.store.sweep import CLOCKS_APART_MAX, sweep
from gateway.store.tables import PASS_HANDLE, USED_SHOWING
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.commands import release
from tests.store.theatre import Theatre

pytestmark = pytest.mark.anyio

SECOND = int(NOW.timestamp())
TRIES = 6


@pytest.fixture
async def theatre(city: City, clock: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Theatre:
    """A theatre with a quota that nobody uses up."""
    monkeypatch.setattr(pins, "SCRYPT_N", 16)
    theatre = Theatre(city, tmp_path / "keys", clock, per=QuotaPeriod.DAY, quota=50)
    await theatre.open()
    return theatre


def cause_of(theatre: Theatre, shown: str, answer: Any) -> Cause | None:
    """What the holder would hear of a denial."""
    assert isinstance(answer, Refused | NotEligible)
    opener: Any = theatre.ports.opener
    sealer: Any = theatre.ports.sealer
    found = sealer.open(opener.open(PresentedPass(shown)), answer.reference)
    return found if isinstance(found, Cause) else None


async def test_each_code_of_a_slip_has_one_effect(theatre: Theatre) -> None:
    for code in await theatre.slip():
        assert isinstance(await theatre.redeem(code), Redemption)
        again = await theatre.redeem(code)
        assert cause_of(theatre, code, again) is Cause.USED_BEFORE
        assert cause_of(theatre, code, await theatre.hold(code)) is Cause.USED_BEFORE
        assert cause_of(theatre, code, await theatre.verify(code)) is Cause.USED_BEFORE


async def test_a_showing_has_one_effect_and_the_next_one_has_its_own(theatre: Theatre) -> None:
    phone = await theatre.phone()
    for _ in range(2):
        screenshot = phone.shows(SECOND)
        assert isinstance(await theatre.redeem(screenshot), Redemption)
        assert cause_of(theatre, screenshot, await theatre.redeem(screenshot)) is Cause.USED_BEFORE
        assert cause_of(theatre, screenshot, await theatre.verify(screenshot)) is Cause.USED_BEFORE


async def test_a_card_may_be_shown_again_and_marks_nothing(theatre: Theatre, city: City) -> None:
    card = await theatre.resident()
    for shown in (card.token, card.code, card.token, card.code):
        assert isinstance(await theatre.redeem(shown), Redemption)
    assert await city.rows(USED_SHOWING) == []


async def test_asking_uses_nothing_up(theatre: Theatre, city: City) -> None:
    code, phone = (await theatre.slip())[0], await theatre.phone()
    for shown in (code, phone.shows(SECOND)):
        before = await city.rows(USED_SHOWING)
        assert isinstance(await theatre.verify(shown), Eligible)
        assert await city.rows(USED_SHOWING) == before
        assert isinstance(await theatre.redeem(shown), Redemption)


async def test_a_denial_uses_nothing_up(theatre: Theatre, city: City) -> None:
    code, phone = (await theatre.slip())[0], await theatre.phone()
    for shown in (code, phone.shows(SECOND)):
        before = await city.rows(USED_SHOWING)
        assert cause_of(theatre, shown, await theatre.redeem(shown, pin="0000")) is Cause.WRONG_PIN
        assert await city.rows(USED_SHOWING) == before
        assert isinstance(await theatre.redeem(shown), Redemption)


async def test_the_same_request_is_answered_again(theatre: Theatre) -> None:
    for shown in ((await theatre.slip())[0], (await theatre.phone()).shows(SECOND)):
        request_id = secrets.token_urlsafe(16)
        first = await theatre.redeem(shown, request_id=request_id)
        again = await theatre.redeem(shown, request_id=request_id)
        assert isinstance(first, Redemption)
        assert isinstance(again, Redemption)
        assert (again.id, again.replayed) == (first.id, True)


async def test_a_retry_works_after_the_showing_has_ended(theatre: Theatre, city: City, clock: Hands) -> None:
    shown, request_id = (await theatre.phone()).shows(SECOND), secrets.token_urlsafe(16)
    assert isinstance(await theatre.redeem(shown, request_id=request_id), Redemption)
    clock.now = NOW + timedelta(minutes=10)
    theatre.ports = replace(
        theatre.ports, directory=SqlPassDirectory(city.database)
    )  # it looked at the clock once
    assert isinstance(await theatre.redeem(shown, request_id=request_id), Redemption)
    assert cause_of(theatre, shown, await theatre.redeem(shown)) is Cause.OUT_OF_TIME


async def test_a_hold_uses_a_code_up_and_no_release_gives_it_back(theatre: Theatre, city: City) -> None:
    for shown in ((await theatre.slip())[0], (await theatre.phone()).shows(SECOND)):
        taken = await theatre.hold(shown)
        assert isinstance(taken, Hold)
        await city.commit(release(taken))
        assert cause_of(theatre, shown, await theatre.redeem(shown)) is Cause.USED_BEFORE


async def test_of_many_who_show_the_same_at_once_one_has_the_effect(theatre: Theatre) -> None:
    for shown in ((await theatre.slip())[0], (await theatre.phone()).shows(SECOND)):
        answers = await asyncio.gather(*(theatre.redeem(shown) for _ in range(TRIES)))
        assert sorted(isinstance(one, Redemption) for one in answers) == [False] * (TRIES - 1) + [True]
        causes = {cause_of(theatre, shown, one) for one in answers if not isinstance(one, Redemption)}
        assert causes == {Cause.USED_BEFORE}


async def test_a_lost_sheet_stops_by_any_of_its_codes(theatre: Theatre, city: City) -> None:
    used, at_hand, other = await theatre.slip()
    assert isinstance(await theatre.redeem(used), Redemption)
    assert await city.registry.revoke(theatre.ports.opener.open(PresentedPass(at_hand)).handle)
    assert cause_of(theatre, other, await theatre.redeem(other)) is Cause.REVOKED_PASS


async def test_a_mark_tells_neither_the_pass_nor_the_minute_and_is_forgotten(
    theatre: Theatre, city: City, database: Database, clock: Hands
) -> None:
    code, shown = (await theatre.slip())[0], (await theatre.phone()).shows(SECOND)
    for one in (code, shown):
        assert isinstance(await theatre.redeem(one), Redemption)
    [first, last] = sorted(await city.rows(USED_SHOWING), key=lambda row: row["forget_after"])
    midnight = NOW.replace(hour=0, minute=0, second=0, microsecond=0)
    assert (first["forget_after"], last["forget_after"]) == (
        NOW + timedelta(minutes=5),
        midnight + timedelta(days=402),
    )
    handles = {row["handle"] for row in await city.rows(PASS_HANDLE)}
    assert handles.isdisjoint({first["mark"], last["mark"]})
    clock.now = first["forget_after"] + CLOCKS_APART_MAX + timedelta(seconds=1)
    await sweep(database)
    assert await city.rows(USED_SHOWING) == [last]
    clock.now = last["forget_after"] + CLOCKS_APART_MAX + timedelta(seconds=1)
    await sweep(database)
    assert await city.rows(USED_SHOWING) == []


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # SQLite writes no numbers
async def test_no_row_of_a_pass_bears_the_number_of_a_redemption(theatre: Theatre, database: Database) -> None:
    code, shown = (await theatre.slip())[0], (await theatre.phone()).shows(SECOND)
    for one in (code, shown):
        assert isinstance(await theatre.redeem(one), Redemption)
    join = "SELECT count(*) FROM {} AS a JOIN {} AS b ON a.xmin = b.xmin OR a.xmax = b.xmin"
    async with database.read() as connection:
        found = {
            table: (await connection.execute(text(join.format(table, "redemption")))).scalar_one()
            for table in ("resident", "pass", "pass_handle", "used_showing")
        }
    assert found == {"resident": 0, "pass": 0, "pass_handle": 0, "used_showing": 2}
