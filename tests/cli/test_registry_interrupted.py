"""An import that is interrupted or killed harms nothing: the same command goes on, and says what it found."""

import json
import os
import pty
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from gateway.services.import_registry import BATCH_SIZE
from tests.cli.conftest import Steward
from tests.flow.processes import END_SECONDS, surroundings

RESIDENTS = 60_000
"""Enough to be caught amid it: two seconds of work, thirty transactions."""

START_SECONDS = 60


@pytest.fixture
def registry(steward: Steward) -> Path:
    """A registry that takes a while."""
    lines = "".join(f"SECRET-{number},{number % 50},2026-09-01,\n" for number in range(RESIDENTS))
    return steward.file("registry.csv", f"registry_id,hours,as_of,honours\n{lines}")


def on_record(steward: Steward) -> int:
    """How many residents are on record."""
    path = steward.settings["GATEWAY_DATABASE_URL"].partition("///")[2]
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("SELECT count(*) FROM resident").fetchone()[0])


def begin(steward: Steward, registry: Path) -> "subprocess.Popen[str]":
    """Start an import and return once it writes."""
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "registry", "import", str(registry)],
        cwd=steward.folder,
        env=surroundings(steward.settings),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + START_SECONDS
    while on_record(steward) == 0 and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill -9"])
def test_it_goes_on_where_it_was(steward: Steward, registry: Path, number: signal.Signals) -> None:
    process = begin(steward, registry)
    process.send_signal(number)
    output, errors = process.communicate(timeout=END_SECONDS)
    recorded = on_record(steward)
    assert 0 < recorded < RESIDENTS
    assert (recorded + 1) % BATCH_SIZE == 0, "whole transactions; of the first one the last waits for the next"
    assert output == ""
    if number == signal.SIGINT:
        said = "gateway: Interrupted. What was recorded stays; import the same file again to go on.\n"
        assert (process.returncode, errors) == (130, said)
    again = json.loads(steward.does("registry", "import", registry, "--json"))
    assert (again["new"], again["unchanged"]) == (RESIDENTS - recorded, recorded)
    assert on_record(steward) == RESIDENTS


def test_a_terminal_sees_how_far_it_is(steward: Steward, registry: Path) -> None:
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "gateway", "registry", "import", str(registry), "--json"],
        cwd=steward.folder,
        env={**surroundings(steward.settings), "TERM": "xterm", "COLUMNS": "120"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=its,
        text=True,
    )
    os.close(its)
    shown = b""
    try:
        while part := os.read(ours, 4096):
            shown += part
    except OSError:  # Linux: the other side of the terminal is closed
        pass
    os.close(ours)
    output, _ = process.communicate(timeout=END_SECONDS)
    assert json.loads(output)["new"] == RESIDENTS
    text = shown.decode()
    assert "Reading" in text
    assert "60,000 lines" in text
    assert "Recording" in text
    assert "60,000 residents" in text
    assert "/s" in text
