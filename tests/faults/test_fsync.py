"""Every acknowledged redemption has reached the disk by then: the system calls are counted."""

import re
import shutil
import time
from pathlib import Path

import pytest

from laurel_client import new_request_id
from tests.faults.crew import crew_of
from tests.faults.towns import PER_RESIDENT, RESIDENTS, found_town
from tests.faults.verdict import acquitted
from tests.flow.programs import GATEWAY, Program

STRACE = shutil.which("strace")

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.xdist_group("faults-sqlite"),
    pytest.mark.skipif(STRACE is None, reason="not run here: no strace"),
]

_SYNCED = re.compile(
    r"^\d+ +(?P<at>\d+\.\d+) (?P<resumed><\.\.\. )?(fsync|fdatasync)\b.* = 0 <(?P<took>\d+\.\d+)>$", re.MULTILINE
)


async def test_an_answer_follows_its_sync(tmp_path: Path, sqlite_template: bytes, production_keys: str) -> None:
    """One client, one effect after the other: between each question and its answer, a sync has succeeded."""
    (tmp_path / "laurel.db").write_bytes(sqlite_template)
    log, answered = tmp_path / "synced.txt", []
    # -D: the gateway is the process that was started, and its tracer another
    tracer = (str(STRACE), "-D", "-f", "-ttt", "-T", "-e", "trace=fsync,fdatasync", "-o", str(log))
    town = await found_town(tmp_path, f"sqlite:///{tmp_path / 'laurel.db'}", production_keys)
    async with crew_of(town, 0) as crew:
        with town.node(start=Program((*tracer, *GATEWAY))):
            for resident in range(RESIDENTS - 1):
                for _ in range(PER_RESIDENT):
                    asking = crew.redeeming(resident, new_request_id())
                    began, answer = time.time(), await crew.insist(*asking)
                    assert answer["event"] == "ok"
                    answered.append((began, time.time()))
    synced = _synced(log)
    assert all(any(began < at < end for at in synced) for began, end in answered)
    await acquitted(town, least=len(answered))
    print(f"\nfsync: {len(answered)} effects, {len(synced)} syncs")


def _synced(log: Path) -> list[float]:
    """Return when each sync had succeeded. A call that is written in two lines says when it went on."""
    calls = _SYNCED.finditer(log.read_text())
    return [float(one["at"]) + (0.0 if one["resumed"] else float(one["took"])) for one in calls]
