"""The gateway's clock beside the database's: on both kinds, ahead and behind, and when nobody can tell."""

from datetime import timedelta

import pytest

from gateway.domain.clock import system_clock
from gateway.domain.errors import Unavailable
from gateway.store.clock_difference import ClockDifference
from gateway.store.database import Database

pytestmark = pytest.mark.anyio

HOUR, SLACK = timedelta(hours=1), timedelta(seconds=20)


@pytest.mark.parametrize("ahead", [-HOUR, timedelta(0), HOUR], ids=["behind", "right", "ahead"])
async def test_a_difference_is_found(database_url: str, ahead: timedelta) -> None:
    database = Database(database_url)
    difference = ClockDifference(database, lambda: system_clock() + ahead)
    assert (difference.ahead, difference.is_small) == (None, True)
    await difference.refresh()
    await database.close()
    assert difference.ahead is not None
    assert abs(difference.ahead - ahead) < SLACK
    assert difference.is_small == (ahead == timedelta(0))


async def test_what_was_found_stays_while_nobody_can_look(sqlite_url: str) -> None:
    database, nobody = Database(sqlite_url), Database(sqlite_url.replace("laurel.db", "nowhere/laurel.db"))
    difference = ClockDifference(database, lambda: system_clock() + HOUR)
    await difference.refresh()
    found, difference._database = difference.ahead, nobody
    with pytest.raises(Unavailable):
        await difference.refresh()
    await database.close()
    assert difference.ahead == found
    assert not difference.is_small
