"""The access log: partner and day for the holder, random bytes for anybody else, and never in anybody's way."""

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.auth.access_tags import AccessTags
from gateway.auth.pseudonyms import PeriodPseudonyms
from gateway.domain.access import Look, Tag, closes_at
from gateway.domain.errors import Unavailable
from gateway.services import access_log
from gateway.services.access_log import BackgroundAccessLog
from gateway.store.closing import SqlClosing
from gateway.store.database import Database
from gateway.store.looks import SqlLooks
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.sweep import sweep
from gateway.store.tables import LOOK
from tests.auth.key_home import NOW, Hands, load
from tests.store.city import City

pytestmark = pytest.mark.anyio

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = NOW.date()
YESTERDAY = TODAY - timedelta(days=1)
ALICE, BOB = b"a" * 32, b"b" * 32
PARTNERS = ("metro", "theatre", "hospital")


@pytest.fixture
def log(database: Database, clock: Hands, tmp_path: Path) -> BackgroundAccessLog:
    keyring = load(tmp_path / "keys", clock=clock)
    pseudonyms = PeriodPseudonyms(keyring, SqlPeriodKeys(database), clock=clock)
    return BackgroundAccessLog(AccessTags(pseudonyms), SqlLooks(database), ZONE)


async def note(log: BackgroundAccessLog, *looks: tuple[bytes | None, str, date]) -> None:
    for secret, partner_id, day in looks:
        log.note(Look(partner_id, day, secret))
    await log.flush()


async def test_the_holder_reads_partner_and_day_once_however_often_somebody_asked(
    log: BackgroundAccessLog,
) -> None:
    await note(log, (ALICE, "metro", YESTERDAY), (BOB, "theatre", TODAY), (None, "hospital", TODAY))
    await note(log, (ALICE, "metro", TODAY), (ALICE, "metro", TODAY), (ALICE, "hospital", TODAY))
    assert await log.read(ALICE, PARTNERS, TODAY) == [(TODAY, "hospital"), (TODAY, "metro"), (YESTERDAY, "metro")]
    assert await log.read(BOB, PARTNERS, TODAY) == [(TODAY, "theatre")]
    assert await log.read(b"c" * 32, PARTNERS, TODAY) == []


async def test_the_table_says_nothing_but_when_it_is_forgotten(log: BackgroundAccessLog, city: City) -> None:
    await note(log, (ALICE, "metro", TODAY), (ALICE, "metro", YESTERDAY), (ALICE, "theatre", TODAY))
    rows = await city.rows(LOOK)
    assert {column for row in rows for column in row} == {"tag", "forget_after"}
    assert len({row["tag"] for row in rows}) == 3, "no two have anything in common"
    assert {len(row["tag"]) for row in rows} == {32}
    assert {row["forget_after"] for row in rows} == {closes_at(TODAY, ZONE)}


async def test_passes_that_are_nobody_s_fill_no_table(log: BackgroundAccessLog, city: City) -> None:
    await note(log, *[(None, "metro", TODAY)] * 50)
    assert len(await city.rows(LOOK)) == 1


async def test_it_fades_with_its_key_and_its_rows_go(log: BackgroundAccessLog, city: City, clock: Hands) -> None:
    await note(log, (ALICE, "metro", TODAY))
    clock.now = closes_at(TODAY, ZONE)
    assert await log.read(ALICE, PARTNERS, TODAY) == [], "by the clock, whether or not a command has run"
    await note(log, (ALICE, "metro", TODAY))
    assert log.dropped == 1, "what comes for a closed month is dropped, and holds up nothing"
    closed = await SqlClosing(city.database, city.acts).close()
    assert "access log" in {one.reward for one in closed.periods}
    clock.now += timedelta(seconds=1)
    await sweep(city.database)
    assert await city.rows(LOOK) == []


class Away:
    """A database that answers again after some time."""

    def __init__(self, looks: SqlLooks) -> None:
        self.away, self._looks = True, looks

    async def put(self, tags: list[Tag]) -> None:
        if self.away:
            raise Unavailable("database")
        await self._looks.put(tags)

    async def known(self, tags: list[bytes]) -> set[bytes]:
        return await self._looks.known(tags)


async def test_a_database_that_is_away_loses_nothing_until_the_queue_is_full(
    log: BackgroundAccessLog, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(access_log, "QUEUE_MAX", 3)
    log._looks = away = Away(SqlLooks(database))
    looks: Sequence[tuple[bytes, str, date]] = [
        (whose, partner, TODAY) for whose in (ALICE, BOB) for partner in PARTNERS[:2]
    ]
    with pytest.raises(Unavailable):
        await note(log, *looks)
    assert log.dropped == 1, "the fourth had no place, and nobody waited for one"
    away.away = False
    await log.flush()
    assert len(await log.read(ALICE, PARTNERS, TODAY)) == 2
    assert len(await log.read(BOB, PARTNERS, TODAY)) == 1
