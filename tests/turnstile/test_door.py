"""The agent as its controller meets it: a process, lines of JSON, a socket of its owner's, and a clean end."""

import asyncio
import json
import signal
import socket
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from laurel_client import new_request_id
from laurel_turnstile.__main__ import main
from laurel_turnstile.door import LINE_BYTES_MAX, Door, Unsafe, ask, listener_at
from laurel_turnstile.gate import Gate
from tests.turnstile.metro import City, Process


def test_a_controller_talks_to_a_process(town: City, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    process = Process.at(town, tmp_path)
    process.start()
    try:
        assert Path(process.socket).stat().st_mode & 0o077 == 0
        [issued] = asyncio.run(town.steward.resident("transit"))
        own, token = new_request_id(), issued.token
        first = ask(process.socket, {"pass": token, "id": own}, seconds=30)
        again = ask(process.socket, {"pass": token, "id": own}, seconds=30)
        assert (first["id"], again["id"]) == (own, own)
        # It may still fetch what it needs, or be late; what came late is taken back then, and never opens it.
        then: dict[object, set[str]] = {"open": {"open"}, "undetermined": {"undetermined", "closed"}}
        assert again["answer"] in then[first["answer"]]
        assert ask(process.socket, {"annul": own}) == {"annulled": own}
        assert ask(process.socket, {"pass": token, "id": own})["answer"] == "closed"
        for wrong in ({"pass": ""}, {"pass": token, "id": "short"}, {"pass": token, "more": 1}, {"annul": 7}, {}):
            told = ask(process.socket, wrong)
            assert told.keys() == {"error"}
            assert token not in str(told)
        for wrong_line in (b"{nonsense\n", b"[" * (LINE_BYTES_MAX - 1) + b"\n"):
            assert _raw(process.socket, wrong_line).keys() == {"error"}
        assert _raw(process.socket, b"x" * (LINE_BYTES_MAX * 2) + b"\n") == {}
        assert main(["status", process.socket]) == 0
        assert json.loads(capsys.readouterr().out)["taking_back"] in (0, 1)
        second = _run("run", town.file, "--folder", tmp_path / "queue", "--listen", tmp_path / "other")
        assert (second.returncode, second.stderr.count("\n")) == (1, 1)
        assert "another agent works here" in second.stderr
    finally:
        assert process.kill(signal.SIGTERM) == 0
    assert not Path(process.socket).exists()
    log = (tmp_path / "agent.log").read_text()
    assert [card.code for card in town.cards if card.token in log] == []
    assert token not in log
    assert "Traceback" not in log


@pytest.mark.anyio
async def test_an_annul_that_the_disk_does_not_take_is_told(tmp_path: Path) -> None:
    class FullGate:
        def annul(self, request_id: str) -> None:
            raise sqlite3.OperationalError("database or disk is full")

    own, address = new_request_id(), str(tmp_path / "door")
    async with Door(cast(Gate, FullGate()), dict).listening(address):
        told = await asyncio.to_thread(ask, address, {"annul": own})
    assert told.keys() == {"error"}
    assert own not in str(told)


def _raw(address: str, line: bytes) -> dict[str, object]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(30)
        connection.connect(address)
        connection.sendall(line)
        try:
            answer = connection.makefile().readline()
        except ConnectionError:
            return {}
    found: dict[str, object] = json.loads(answer or "{}")
    return found


def _run(*words: str | Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "laurel_turnstile", *map(str, words)],
        env={"PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )


def test_a_port_is_the_loopback_s() -> None:
    with listener_at("0") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"
    for wrong in ("/nowhere/at/all.sock", "70000", "/" + "x" * 200):
        with pytest.raises(Unsafe):
            listener_at(wrong)


def test_the_bench_measures_this_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["bench", "--taps", "20", "--svg", "plot.svg"]) == 0
    table = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in table[1:5]] == ["deciding", "with its commit", "CPU", "a sync alone"]
    assert (tmp_path / "plot.svg").read_text().startswith("<svg")
    assert [path.name for path in tmp_path.iterdir()] == ["plot.svg"]


def test_what_is_wrong_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", str(tmp_path / "nobody.sock")]) == 1
    assert main(["status", "70000"]) == 1
    assert main(["run", str(tmp_path / "none.json"), "--folder", str(tmp_path), "--listen", "0"]) == 1
    assert len(capsys.readouterr().err.splitlines()) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        ("--metrics", "70000"),
        ("--metrics", "-1"),
        ("--deadline-ms", "0"),
        ("--rides-per-card", "0"),
        ("--settle", "-1"),
        ("--settle", "nan"),
        ("--settle", "soon"),
    ],
    ids=" ".join,
)
def test_a_number_that_can_not_be_is_refused_before_anything_starts(
    tmp_path: Path, wrong: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["run", "gate.json", "--folder", str(tmp_path / "queue"), "--listen", "0", *wrong])
    assert ended.value.code == 2
    assert f"argument {wrong[0]}: " in capsys.readouterr().err
    assert not (tmp_path / "queue").exists()


@pytest.mark.anyio
async def test_an_error_and_no_answer_at_all_end_with_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    address = str(tmp_path / "door")
    async with Door(cast(Gate, None), lambda: {"error": "The disk."}).listening(address):
        assert await asyncio.to_thread(main, ["status", address]) == 1
    assert json.loads(capsys.readouterr().out) == {"error": "The disk."}
    with socket.socket(socket.AF_UNIX) as mute:
        mute.bind(address)
        mute.listen()
        hanging_up = asyncio.create_task(asyncio.to_thread(lambda: mute.accept()[0].close()))
        assert await asyncio.to_thread(main, ["status", address]) == 1
        await hanging_up
    assert capsys.readouterr().err.count("\n") == 1
