"""Two processes, many clients, lost answers: the checker finds nothing wrong, and finds each seeded bug."""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from tests.history.checker import judge
from tests.history.journal import Call, read
from tests.history.mutants import (
    CheckThenAct,
    ConfirmsByItself,
    DoubleRestore,
    LostIdempotency,
    OldRevocationList,
)
from tests.history.shifts import Shift, run
from tests.history.snapshot import take
from tests.store.city import City

pytestmark = [pytest.mark.anyio, pytest.mark.xdist_group("races")]

PROCESSES = 2
REQUESTS = 20
RESIDENTS = 3
START_SECONDS = 0.2


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    """Two processes that share nothing with this one but the database."""
    with ProcessPoolExecutor(PROCESSES, mp_context=multiprocessing.get_context("spawn")) as pool:
        list(pool.map(time.sleep, [1.0] * PROCESSES))
        yield pool


async def _history(
    processes: ProcessPoolExecutor, database: Database, url: str, folder: Path, *, bug: type[SqlLedger]
) -> tuple[Sequence[Call], list[str]]:
    """Return what happened, and what the judge says of it."""
    city = await City.found(database)
    await city.announce(capacity=1000 if bug is CheckThenAct else 6)
    holders = [await city.move_in() for _ in range(RESIDENTS if bug is SqlLedger else 1)]
    paths = [folder / f"{number}.jsonl" for number in range(PROCESSES)]
    start = time.time() + START_SECONDS
    gives_back = bug is not CheckThenAct  # or a reversal might hide in the end what was over the limit
    played = bug not in (CheckThenAct, LostIdempotency)  # these need nothing but redemptions, and spoil the play
    shifts = [
        Shift(
            url=url,
            path=path,
            holders=holders,
            seed=seed,
            requests=REQUESTS,
            gives_back=gives_back,
            others=bug is SqlLedger,
            bug=bug,
            sole=await city.move_in() if played else None,
        )
        for seed, path in enumerate(paths)
    ]
    assert len(set(processes.map(run, [start] * PROCESSES, shifts))) == PROCESSES
    calls = read(paths)
    return calls, judge(calls, await take(database))


async def test_nothing_is_wrong(
    processes: ProcessPoolExecutor, live_database: Database, database_url: str, tmp_path: Path
) -> None:
    calls, findings = await _history(processes, live_database, database_url, tmp_path, bug=SqlLedger)
    assert findings == []
    seen = Counter((call.asked["op"], call.answer["event"]) for call in calls)
    ops = ("redeem", "hold", "confirm", "release", "reverse", "upload", "revoke", "cancel")
    assert {(op, "ok") for op in ops} <= set(seen)
    assert seen["upload", "fail"] > 0  # beyond the allowance
    revoked = {call.asked["pass"]: call.answer["at"] for call in calls if call.asked["op"] == "revoke"}
    late = [call for call in calls if call.asked["at"] > revoked.get(call.asked.get("pass"), float("inf"))]
    assert {call.answer["event"] for call in late} >= {"fail"}
    assert sum(times for (_, event), times in seen.items() if event == "unknown") > 10
    assert any(call.answer.get("replayed") for call in calls)


@pytest.mark.parametrize(
    ("bug", "invariants"),
    [
        (CheckThenAct, {"I1"}),
        (LostIdempotency, {"I2", "I3", "I4"}),
        (DoubleRestore, {"I8"}),
        (ConfirmsByItself, {"I4"}),
        (OldRevocationList, {"I11"}),
    ],
)
async def test_a_seeded_bug_is_caught(
    processes: ProcessPoolExecutor,
    live_database: Database,
    database_url: str,
    tmp_path: Path,
    *,
    bug: Any,
    invariants: set[str],
) -> None:
    _, findings = await _history(processes, live_database, database_url, tmp_path, bug=bug)
    assert invariants <= {finding.split(":")[0] for finding in findings}
