"""No room on the disk amid the clerks' work: what was recorded stays, nothing counts in part; room heals it."""

import asyncio
import time
from pathlib import Path

import pytest

from gateway.store.migrate import upgrade
from tests.faults.breaking import no_room
from tests.faults.conftest import Standing
from tests.faults.crew import crew_of
from tests.faults.small_disk import may_mount, on_a_small_disk
from tests.faults.towns import SOAK, found_town, seconds
from tests.faults.verdict import acquitted, none_between, refusals, report

pytestmark = pytest.mark.anyio


@pytest.mark.xdist_group("faults-sqlite")
@pytest.mark.parametrize("limit", [65_536, 0], ids=["amid a write", "at once"])
async def test_sqlite_has_no_room(on_sqlite: Standing, seed: int, limit: int) -> None:
    town = await on_sqlite.town.with_a_new_show()
    async with crew_of(town, seed) as crew, crew.at_work():
        await crew.more_effects()
        with no_room(on_sqlite.nodes[0], limit):
            await crew.more_told()
            since = time.time()
            await asyncio.sleep(seconds(0.3))
            until = time.time()
        healed = await crew.more_effects()
    calls = await acquitted(town)
    assert none_between(calls, since, until)
    report(f"no room beyond {limit} bytes", calls, healed=healed)


@pytest.mark.skipif(not SOAK, reason="how much fits into the pages that there are is chance: make soak")
@pytest.mark.skipif(SOAK and not may_mount(), reason="not run here: it takes root and leave to mount a tmpfs")
async def test_postgresql_has_no_room(tmp_path: Path, old_keys: str, seed: int) -> None:
    """What fits into pages that there are is recorded; what needs another one is told to come back (53100)."""
    async with on_a_small_disk() as disk:
        await asyncio.to_thread(upgrade, disk.url.replace("postgresql:", "postgresql+asyncpg:"))
        town = await found_town(tmp_path, disk.url, old_keys)
        with town.node():
            async with crew_of(town, seed) as crew, crew.at_work():
                await crew.more_effects()
                with disk.full():
                    await crew.more_told()
                    await asyncio.sleep(seconds(0))
                healed = await crew.more_effects()
        calls = await acquitted(town)
    told = refusals(calls)
    assert all(one.retry_after is not None and one.retry_after >= 1 for one in told)
    report("no room on PostgreSQL's disk", calls, healed=healed)
