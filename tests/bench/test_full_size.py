"""The measurement of a city's registry: its files, its numbers, what it leaves behind. No test is about time."""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from bench import ROOT
from bench.commands import STOPWATCH, command
from bench.imports import imports_of, require_true
from bench.jobs import WrongAnswer
from bench.registries import Registries, derive

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bench reads /proc")

RESIDENTS = 300
IMPORTS = ["first", "same file again", "other order", "dry run of update", "yearly update"]

SAMPLE = """\
registry_id,hours,as_of,honours
A,9.99,2026-03-01,
B,10.00,2026-03-01,
C,0.10,2026-03-01,national-morality-model:2026:awarded
D,0.00,2026-03-01,
E,2.50,2026-03-01,
"""


@contextmanager
def _measuring(out: Path, *more: str) -> Iterator["subprocess.Popen[str]"]:
    options = ("--residents", str(RESIDENTS), "--sqlite-only", "--seconds", "0.5", "--rides", "64", *more)
    with subprocess.Popen(
        [sys.executable, "-m", "bench.full_size", *options, "--out", str(out)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            yield running
        finally:
            running.terminate()


def _still_running(out: Path) -> list[str]:
    """Return the processes that name a folder, or work in it."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (
                str(out) in (process / "cmdline").read_text(errors="replace")
                or out in (process / "cwd").resolve().parents
            ):
                found.append(process.name)
        except OSError:
            continue  # it has ended meanwhile
    return found


def test_a_small_city_tells_every_import_and_what_the_gate_noticed(tmp_path: Path) -> None:
    with _measuring(tmp_path) as running:
        output, said = running.communicate()
    assert running.returncode == 0, said
    found = json.loads((tmp_path / "full_size.json").read_text())
    assert list(found) == ["residents", "imports", "gate", "database_mb"]
    assert found["residents"] == RESIDENTS
    assert found["database_mb"].keys() == {"sqlite"}
    assert found["database_mb"]["sqlite"] > 0
    assert [(row["database"], row["file"]) for row in found["imports"]] == [("sqlite", name) for name in IMPORTS]
    assert found["imports"][0]["ratio"] == 1
    for row in found["imports"]:
        assert row["rows_per_second"] == pytest.approx(RESIDENTS / row["seconds"], rel=0.05)
        assert 20 < row["peak_mb"] < 300
        assert row["cpu_seconds"] > 0
    assert [row["meanwhile"] for row in found["gate"]] == ["nothing, before", *IMPORTS, "nothing, after"]
    for row in found["gate"]:
        assert (row["put_off"] >= 0, row["no_answer"] >= 0) == (True, True)
        for kind in ("verify", "redeem"):
            assert row[kind]["asked"] > 0
            assert 0 < row[kind]["p50_ms"] <= row[kind]["p99_ms"] <= row[kind]["max_ms"]
    for name in IMPORTS:
        assert sum(line.split("  ")[0] == "sqlite" and f" {name} " in line for line in output.splitlines()) == 2
    assert [path.name for path in tmp_path.iterdir()] == ["full_size.json"]
    assert _still_running(tmp_path) == []


def test_ctrl_c_ends_an_import_and_the_gateway(tmp_path: Path) -> None:
    with _measuring(tmp_path, "--verify-rate", "5") as running:
        assert running.stderr is not None
        while "first ..." not in (line := running.stderr.readline()):
            assert line, "it ended before its first import"
        while len(_still_running(tmp_path)) < 4:  # itself, the gateway, the stopwatch, the import
            assert running.poll() is None
            time.sleep(0.05)
        running.send_signal(signal.SIGINT)
        running.communicate()
    assert running.returncode == 130
    assert list(tmp_path.iterdir()) == []
    assert _still_running(tmp_path) == []


def _made(folder: Path) -> Registries:
    sample = folder / "sample.csv"
    sample.write_text(SAMPLE, "utf-8")
    return derive(sample)


def test_the_files_are_a_registry_in_two_orders_and_a_year_later(tmp_path: Path) -> None:
    made = _made(tmp_path)
    heading, *people = SAMPLE.replace("2026-03-01", "2026-02-28").splitlines()
    assert made.first.read_text().splitlines() == [heading, *people]
    assert made.reordered.read_text().splitlines() == [heading, *reversed(people)]
    assert made.update.read_text().splitlines() == [
        heading,
        "A,21.99,2026-03-01,",
        "B,10.00,2026-03-01,",
        "C,0.10,2026-03-01,national-morality-model:2026:awarded",
        "D,12.00,2026-03-01,",
        "E,2.50,2026-03-01,",
    ]
    assert (made.residents, made.eligible, made.eligible_later) == (5, 2, 4)


def _summary(**wrong: object) -> dict[str, Any]:
    """Return what the dry run of the update says where 7 others are eligible; but for what is wrong."""
    plain = dict.fromkeys(("new", "unchanged", "older", "rejected", "honours_withdrawn"), 0)
    rides = {name: {"transit-discount": count} for name, count in (("eligible", 9), ("gained", 2), ("lost", 0))}
    return {"dry_run": True, "same_file_as_last": False, "changed": 5, **plain, **rides, **wrong}


def test_a_summary_that_is_not_true_is_named(tmp_path: Path) -> None:
    dry_run = imports_of(_made(tmp_path), others=7)[3]
    require_true(dry_run, _summary())
    for name, value in {
        "changed": 4,
        "new": 1,
        "dry_run": False,
        "same_file_as_last": True,
        "eligible": {"transit-discount": 11},
        "gained": {"transit-discount": 0},
    }.items():
        with pytest.raises(WrongAnswer, match=name):
            require_true(dry_run, _summary(**{name: value}))


@pytest.mark.anyio
async def test_a_command_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match=r"(?s)`registry import` ended with 2: .*nothing\.csv"):
        await command("registry", "import", "nothing.csv", folder=tmp_path, settings={})


def test_a_commands_memory_is_its_own_and_not_its_parents(tmp_path: Path) -> None:
    ballast = bytearray(64_000_000)
    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    report = tmp_path / "report.json"
    peaks = []
    for size in (0, 32_000_000):
        measured = (sys.executable, "-I", "-S", "-c", f"bytearray({size})")
        subprocess.run([sys.executable, "-I", "-S", STOPWATCH, report, *measured], check=True)
        facts = json.loads(report.read_text())
        assert facts["status"] == 0
        assert facts["cpu_seconds"] > 0
        peaks.append(facts["peak_bytes"])
    assert len(ballast) < ours
    assert peaks[0] < len(ballast)
    assert peaks[1] - peaks[0] > 24_000_000


def test_sigterm_to_the_stopwatch_and_its_command_ends_both(tmp_path: Path) -> None:
    report, begun = tmp_path / "report.json", tmp_path / "begun"
    sleeper = f"import pathlib, time; pathlib.Path({str(begun)!r}).touch(); time.sleep(600)"
    measured = (sys.executable, "-I", "-S", "-c", sleeper)
    with subprocess.Popen(
        [sys.executable, "-I", "-S", STOPWATCH, report, *measured], start_new_session=True
    ) as stopwatch:
        while not begun.exists():
            assert stopwatch.poll() is None
            time.sleep(0.01)
        os.killpg(stopwatch.pid, signal.SIGTERM)
    assert stopwatch.returncode == 0
    assert json.loads(report.read_text())["status"] == -signal.SIGTERM
