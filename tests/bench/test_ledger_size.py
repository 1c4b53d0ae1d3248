"""The ledger that is measured: its books balance, its month is what its rule says, and nothing of it is left."""

import json
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from bench import ROOT
from bench.ledger_filling import fill, found
from bench.ledger_rows import MONTH
from gateway.domain.conservation import Law
from gateway.domain.settlement import Line, Month
from gateway.store.conservation import check
from gateway.store.database import Database
from gateway.store.settlements import SqlSettlements
from gateway.store.snapshots import snapshot

SIZES = (998, 2501)
"""Neither at the border of a quota: what was begun goes on."""


def units(number: int) -> int:
    """How many units one redemption is of."""
    return 1 + (number % 7 == 0)


@pytest.mark.anyio
async def test_the_books_balance_and_the_month_is_what_the_rule_says(sqlite_url: str) -> None:
    await found(sqlite_url)
    await fill(sqlite_url, 0, SIZES[0])
    await fill(sqlite_url, *SIZES)
    async with snapshot(sqlite_url) as connection:
        laws = [await check(connection, law) for law in Law]
    assert [(law.law, law.differing) for law in laws if law.differing] == []
    assert {law.rows for law in laws} >= {SIZES[1], SIZES[1] + -(-SIZES[1] // 50)}
    database = Database(sqlite_url)
    try:
        settled = await SqlSettlements(database).settle("metro", Month.named(MONTH, ZoneInfo("Asia/Shanghai")))
    finally:
        await database.close()
    rides = [number for number in range(SIZES[1]) if number % 10 < 6]
    redeemed = sum(map(units, rides))
    reversed_ = sum(units(number) for number in rides if number % 50 == 0)
    assert list(settled.lines) == [
        Line(reward="transit-discount", tariff_fen=150, redeemed=redeemed, reversed=reversed_)
    ]
    assert {line.verdict: line.taps for line in settled.taps} == {
        "ACCEPTED": sum(number % 20 == 3 for number in rides),
        "REJECTED": sum(number % 200 == 5 for number in rides),
    }


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bench reads /proc")
def test_a_small_ledger_tells_each_command_and_leaves_nothing(tmp_path: Path) -> None:
    options = ("--redemptions", "1000", "--only", "sqlite", "--out", str(tmp_path))
    done = subprocess.run(
        [sys.executable, "-m", "bench.ledger_size", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = json.loads((tmp_path / "ledger_size.json").read_text())["rows"]
    assert [(row["database"], row["redemptions"], row["command"]) for row in rows] == [
        ("sqlite", 1000, command) for command in ("audit ledger", "settlement", "report")
    ]
    assert all(20 < row["peak_mb"] < 300 and row["seconds"] > 0 for row in rows)
    assert [path.name for path in tmp_path.iterdir()] == ["ledger_size.json"]
    assert all(command in done.stdout for command in ("audit ledger", "settlement", "report"))
