"""`gateway privacy`: what is past its time is destroyed, once, and only when somebody says so."""

import asyncio
import json
import secrets
from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from gateway.store.database import Database
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.tables import PERIOD_KEY
from tests.cli.conftest import Steward
from tests.cli.office import database_file


def begun(steward: Steward, *, closed: bool) -> bytes:
    """Put a period on record, and let its time be over if it is to be closed; return its wrapped key."""
    wrapped, now = secrets.token_bytes(69), datetime.now(UTC)

    async def work() -> None:
        database = Database(steward.settings["GATEWAY_DATABASE_URL"])
        keys = SqlPeriodKeys(database)
        period = "2026-01" if closed else "2026-02"
        await keys.wrapped_key("metro", period, fresh=wrapped, closes_at=now + timedelta(days=1))
        if closed:
            over = update(PERIOD_KEY).where(PERIOD_KEY.c.key_period == period)
            async with database.write() as connection:
                await connection.execute(over.values(closes_at=now - timedelta(seconds=1)))
        await database.close()

    asyncio.run(work())
    return wrapped


def test_a_dry_run_tells_and_destroys_nothing(steward: Steward) -> None:
    begun(steward, closed=True)
    begun(steward, closed=False)
    told = steward.does("privacy", "close-periods", "--dry-run")
    assert told == "1 period key, 0 proofs would be destroyed.\n"
    facts = json.loads(steward.does("privacy", "close-periods", "--dry-run", "--json"))
    assert [(one["reward"], one["key_period"]) for one in facts["periods"]] == [("metro", "2026-01")]
    assert steward.does("privacy", "close-periods", "--dry-run") == told


def test_nothing_is_destroyed_unless_somebody_says_so(steward: Steward) -> None:
    begun(steward, closed=True)
    told = steward.is_refused("privacy", "close-periods")
    assert "destroyed for good" in told
    assert "say --yes" in told
    assert "1 period key" in steward.does("privacy", "close-periods", "--dry-run")


def test_what_is_past_its_time_is_destroyed_once_and_put_on_record(steward: Steward) -> None:
    gone, stays = begun(steward, closed=True), begun(steward, closed=False)
    told = steward.does("privacy", "close-periods", "--yes")
    assert told.startswith("1 period key, 0 proofs destroyed.\nNothing of it is left in the database's file")
    files = b"".join(path.read_bytes() for path in database_file(steward).parent.glob("laurel.db*"))
    assert gone not in files
    assert stays in files
    assert steward.does("privacy", "close-periods", "--yes") == "No period is past its time.\n"
    acts = steward.does("audit", "acts", "--json", "--action", "privacy").splitlines()
    assert [json.loads(act)["facts"] for act in acts] == [{"evidence": 0, "keys": 1}]


def test_the_files_can_be_written_anew_by_themselves(steward: Steward) -> None:
    assert json.loads(steward.does("privacy", "scrub", "--yes", "--json")) == {"files": "complete"}
    assert "503" in steward.is_refused("privacy", "scrub")
