"""The file for people: whole, or the one before; and again where the disk refused it."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from laurel_client import new_key, new_request_id
from laurel_turnstile.agent import REJECTS, Agent, agent
from laurel_turnstile.taps import State
from laurel_turnstile.terms import Terms
from tests.client.conftest import partner_content
from tests.turnstile.metro import until

pytestmark = pytest.mark.anyio


def _reject_one(running: Agent) -> str:
    box, own, now = running._box, new_request_id(), datetime.now(UTC)
    box._connection.execute("INSERT OR IGNORE INTO allowance VALUES (1, 'token', 'day', 9, 'ride', 0, 0)")
    assert box.grant(own, sealed=b"s", card=b"m", allowance=1, day="day", now=now)
    kept = box.find(own)
    assert kept is not None
    assert kept.state is State.GRANTED
    box.reject(kept, "OUTSIDE_ALLOWANCE", "Too late.", now=now)
    return own


def _written(folder: Path) -> list[str]:
    return [json.loads(line)["request_id"] for line in (folder / REJECTS).read_text().splitlines()]


async def test_what_the_disk_refused_is_written_once_it_takes_it(tmp_path: Path) -> None:
    partner, folder = tmp_path / "gate.json", tmp_path / "queue"
    partner.write_text(json.dumps(partner_content("http://127.0.0.1:9", new_key())))
    async with agent(partner, Terms(folder=folder, probe_every=0.02)) as running:
        await until(lambda: (folder / REJECTS).exists())
        assert _written(folder) == []
        in_the_way = folder / f"{REJECTS}.tmp"
        in_the_way.mkdir()
        own = _reject_one(running)
        await until(lambda: "upkeep" in running.tally.troubles)
        assert _written(folder) == [], "the one before"
        in_the_way.rmdir()
        await until(lambda: _written(folder) == [own])
        await until(lambda: "upkeep" not in running.tally.troubles)
        second = _reject_one(running)
        await until(lambda: _written(folder) == [own, second])
        assert running.keeping is not None
        assert not running.keeping.done()
