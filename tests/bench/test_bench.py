"""The benchmark counts right answers only, adds up, and leaves nothing behind. No test is about time."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from bench import ROOT
from bench.floor import Costs
from bench.jobs import TooBusy, WrongAnswer, get
from bench.load import Answer
from bench.report import rows
from bench.servers import Server
from bench.trials import ATTEMPTS, Rounds, Trial, Variant
from bench.works import hello, require_right
from tests.bench.stub import serving

FIELDS = ["work", "variant", "cpu_us", "per_second", "p50_ms", "p99_ms", "beside", "ratio", "goal"]
FLOORS = {
    "hello": None,
    "healthz": "floor: raw uvicorn",
    "verify": "floor: raw uvicorn + 2 ES256 + 1 Ed25519",
    "redeem": "floor: raw uvicorn + 2 ES256 + 1 Ed25519",
    "replay": "floor: raw uvicorn + 2 ES256",
}


pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the bench reads /proc")


@contextmanager
def _benching(out: Path, seconds: float) -> Iterator["subprocess.Popen[str]"]:
    options = ("--sqlite-only", "--rounds", "1", "--connections", "1", "2", "--seconds", str(seconds))
    with subprocess.Popen(
        [sys.executable, "-m", "bench", *options, "--out", str(out)],
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
    """Return the command lines of processes that name a folder."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            found.append(path.read_text(errors="replace"))
        except OSError:
            continue  # it has ended meanwhile
    return [line for line in found if str(out) in line]


def test_a_short_run_tells_every_work_beside_its_floor_and_leaves_nothing_behind(tmp_path: Path) -> None:
    with _benching(tmp_path, 0.2) as running:
        output, said = running.communicate()
    assert running.returncode == 0, said
    found = json.loads((tmp_path / "results.json").read_text())
    kinds = {"hello": "none", "healthz": "none"}
    assert [(row["work"], row["variant"]) for row in found] == [
        (work, f"{kinds.get(work, 'sqlite')}, {many}")
        for work in FLOORS
        for many in ("1 connection", "2 connections")
    ]
    for row in found:
        assert list(row) == FIELDS
        assert row["per_second"] > 0
        assert 0 < row["p50_ms"] <= row["p99_ms"]
        assert row["beside"] == FLOORS[row["work"]]
        assert (row["ratio"] is None) == (row["work"] == "hello" or row["cpu_us"] == 0)
        assert sum(line.startswith(row["work"]) and row["variant"] in line for line in output.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]
    assert _still_running(tmp_path) == []


def test_ctrl_c_ends_what_was_started(tmp_path: Path) -> None:
    with _benching(tmp_path, 60) as running:
        assert running.stderr is not None
        while "Warming up" not in (line := running.stderr.readline()):
            assert line, "the bench ended before it had started its servers"
        assert len(_still_running(tmp_path)) == 2, "the bench itself and the sandbox name the folder"
        running.send_signal(signal.SIGINT)
        running.communicate()
    assert running.returncode == 130
    assert list(tmp_path.iterdir()) == []
    assert _still_running(tmp_path) == []


def test_the_ratio_is_the_share_of_the_floor() -> None:
    idle = hello(Server(pid=0, port=0))
    verify = replace(idle, name="verify", es256=2, ed25519=1)
    medians = {
        Variant(work, many): Trial(cpu_us, 1.0, 1.0, 1.0, 0.0, 0.0)
        for work, many, cpu_us in ((idle, 1, 40.0), (idle, 16, 20.0), (verify, 1, 500.0), (verify, 16, 400.0))
    }
    ratios = [row.ratio for row in rows(medians, Costs(es256=60.0, ed25519=90.0, write=0.0))]
    assert ratios == [None, None, 0.5, 0.575]


def test_a_wrong_answer_is_never_counted() -> None:
    job = get("/", b"right")
    require_right([job, job], [Answer(200, b"right")] * 2)
    for wrong in (Answer(200, b"wrong"), Answer(400, b"right")):
        with pytest.raises(WrongAnswer):
            require_right([job, job], [Answer(200, b"right"), wrong])


@pytest.mark.anyio
async def test_a_server_that_is_too_busy_makes_no_trial() -> None:
    def refuse(connection: socket.socket) -> None:
        while connection.recv(1000):
            connection.sendall(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n")

    with serving(refuse) as port:
        rounds = Rounds([Variant(hello(Server(os.getpid(), port)), 1)], seconds=0.1, core=None)
        with pytest.raises(TooBusy):
            await rounds.warm_up()
    assert rounds.repeated == ATTEMPTS - 1


def test_trials_beside_others_count_only_where_there_is_no_quiet_one() -> None:
    variant = Variant(hello(Server(pid=0, port=0)), 1)
    rounds = Rounds([variant], seconds=1, core=0)
    quiet, loud = (Trial(cpu_us, 1.0, 1.0, 1.0, 0.0, others) for cpu_us, others in ((20.0, 0.01), (50.0, 0.5)))
    rounds.trials[variant] = [loud, loud, quiet]
    assert rounds.medians() == {variant: quiet}
    rounds.trials[variant] = [loud, loud]
    assert rounds.medians() == {variant: loud}
