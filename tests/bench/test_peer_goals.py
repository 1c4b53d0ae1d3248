"""Ratios, goals and rows add up, and a goal is told as reached only where it is."""

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from bench.arrivals import Arrivals, Outcome
from bench.floor import Costs
from bench.peers import roster
from bench.peers.document import BEGIN, END, versions, written
from bench.peers.goals import (
    CACHED,
    FLOOR,
    GOALS,
    HOT,
    SCALE,
    UNCACHED,
    WORKS,
    hot_rows,
    mixed_rows,
    reached,
    table,
    unmeasured,
    verify_rows,
)
from bench.peers.hot_row import LAUREL, Sold
from bench.peers.mixed import Mixed
from bench.peers.plot import drawn
from bench.peers.verifying import REDEEM, VERIFY, Found
from bench.report import Row, put
from bench.rush import Rush
from bench.trials import Trial

MERCURIUS = roster.MERCURIUS.name


def _trial(cpu_us: float) -> Trial:
    return Trial(cpu_us, 1e6 / cpu_us, 1.0, 2.0, 0.0, 0.0)


def _found() -> Found:
    slower = {peer.name: 300.0 * number for number, peer in enumerate(roster.PEERS, 1)}
    verified = {(VERIFY, name): _trial(cpu_us) for name, cpu_us in {roster.LAUREL: 200.0, **slower}.items()}
    redeemed = {(REDEEM, roster.LAUREL): _trial(400.0), (REDEEM, MERCURIUS): _trial(1000.0)}
    waits = Arrivals(Counter({Outcome.RIGHT: 99, Outcome.PUT_OFF: 1}), [n / 1000 for n in range(1, 101)], [])
    return Found(verified | redeemed, {roster.LAUREL: waits})


def _rows(caching: str) -> list[Row]:
    costs = Costs(es256=60.0, ed25519=70.0, write=0.0)
    return list(verify_rows("sqlite", caching, _found(), idle=_trial(10.0), costs=costs))


def _beside(rows: list[Row]) -> dict[tuple[str, str | None], Row]:
    return {(row.work, row.beside): row for row in rows if row.beside is not None}


def test_a_ratio_is_how_many_times_faster_the_gateway_is() -> None:
    rows = _beside(_rows(UNCACHED))
    assert [rows["verify, nothing cached", peer.name].ratio for peer in roster.PEERS] == [1.5, 3.0, 4.5, 6.0, 7.5]
    assert [reached(rows["verify, nothing cached", peer.name]) for peer in roster.PEERS] == [
        *(True, False, True),  # 1.5 of 1.5, 3.0 of 3.5, 4.5 of 3.5
        *(None, None),  # no goal was set beside Strawberry
    ]
    assert rows["redeem, nothing cached", MERCURIUS].ratio == 2.5
    assert ("verify, nothing cached", FLOOR) not in rows


def test_the_floor_is_two_signatures_and_raw_uvicorn() -> None:
    row = _beside(_rows(CACHED))["verify, token cached", FLOOR]
    assert (row.ratio, row.goal, reached(row)) == (0.7, 0.65, True)


def test_the_open_loop_tells_its_own_waits_and_what_was_answered() -> None:
    [row] = [row for row in _rows(CACHED) if row.work == "verify, open loop"]
    assert (row.per_second, row.p50_ms, row.p99_ms) == (49.5, 51.0, 100.0)


def test_the_best_pool_counts() -> None:
    rush = [Rush(latencies=[0.01] * 100, seconds=seconds) for seconds in (1.0, 10.0, 8.0)]
    sold = {name: Sold([one]) for name, one in zip((LAUREL, "pool of 4", "pool of 8"), rush, strict=True)}
    first, second, *pools = hot_rows(sold)
    assert (first.ratio, first.goal, reached(first)) == (8.0, 7.0, True)
    assert (second.ratio, reached(second)) == (2.5, True)
    assert [row.variant.endswith("pool of 8 (the best)") for row in pools] == [False, True]


def test_a_run_with_an_error_does_not_reach_its_goal() -> None:
    fast = Mixed([10.0] * 1000, asked=1000, right=1000, cpu_us=1.0)
    assert [reached(row) for row in mixed_rows("postgresql", fast)] == [True, True, True]
    late = Mixed([10.0] * 985 + [30.0] * 15, asked=1000, right=999, cpu_us=1.0)
    assert [reached(row) for row in mixed_rows("postgresql", late)] == [False, True, False]


def test_every_goal_of_the_issue_has_a_row_but_that_of_sizes() -> None:
    rows = [*_rows(UNCACHED), *_rows(CACHED)]
    rows += hot_rows({name: Sold([Rush(latencies=[0.1], seconds=1)]) for name in (LAUREL, "pool of 4")})
    rows += mixed_rows("postgresql", Mixed([1.0], asked=1, right=1, cpu_us=1.0))
    assert {(row.work, row.beside) for row in rows if row.goal is not None} == {
        goal for goal in GOALS if goal[0] != SCALE
    }
    assert {row.work for row in rows} == WORKS


def test_what_was_not_measured_is_told_and_not_reached() -> None:
    rows = _rows(UNCACHED)
    missing = list(unmeasured(rows))
    assert {row.work for row in missing} == WORKS - {row.work for row in rows}
    assert {reached(row) for row in missing} == {None}
    assert all(line.endswith("not measured") for line in table(missing).splitlines()[1:])
    assert list(unmeasured([*rows, *missing])) == []


def test_rows_of_other_benchmarks_stay(tmp_path: Path) -> None:
    path, other = tmp_path / "results.json", {"work": "hello", "ratio": None}
    path.write_text(json.dumps([other, {"work": HOT, "ratio": 1.0}]))
    rows = _rows(UNCACHED)
    put(path, rows, works=WORKS)
    found = json.loads(path.read_text())
    assert found[0] == other
    assert HOT not in [row["work"] for row in found]
    assert list(found[1]) == [
        *("work", "variant", "cpu_us", "per_second", "p50_ms", "p99_ms", "beside", "ratio", "goal")
    ]
    assert len(found) == 1 + len(rows)


def test_the_table_says_what_is_reached() -> None:
    lines = table(_rows(UNCACHED)).splitlines()
    [line] = [line for line in lines if MERCURIUS in line and line.startswith("verify") and "reached" in line]
    assert line.split()[-3:] == ["1.50", "1.50", "reached"]
    assert sum(line.endswith("not reached") for line in lines) == 1


def test_the_plot_has_a_bar_for_each_server() -> None:
    root = ElementTree.fromstring(drawn(_rows(UNCACHED)))
    bars = root.findall("{http://www.w3.org/2000/svg}rect")
    assert len(bars) == 1 + len(roster.PEERS)
    widths = [float(bar.attrib["width"]) for bar in bars]
    assert widths == sorted(widths, reverse=True)
    assert len({bar.attrib["fill"] for bar in bars[:2]}) == 2


def test_what_is_written_fits_between_the_marks() -> None:
    text = written(_rows(UNCACHED))
    assert text.startswith(BEGIN)
    assert text.endswith(END)
    assert versions() in text
    mercurius = f"| {MERCURIUS} | 200 | 5000 | 1.00 | 2.00 | 1.50 | 1.50 | reached |"
    assert f"| verify, nothing cached | sqlite {mercurius}" in text
    assert len([line for line in text.splitlines() if line.startswith("| ")]) == 2 * 2 + len(_rows(UNCACHED))
