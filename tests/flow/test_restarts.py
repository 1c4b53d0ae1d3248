"""A sandbox keeps what it has from start to start, and what it promises stays true; FRESH begins anew."""

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from laurel_client import Credentials, Eligible, LaurelClient, NotEligible, new_request_id
from tests.flow.conftest import NO_LIMITS
from tests.flow.databases import execute
from tests.flow.processes import END_SECONDS, run
from tests.flow.sandboxes import Sandbox, sandbox
from tests.flow.wire import Wire
from tests.servers.launcher import free_port

RIDE = "transit-discount"


def _once(folder: Path, *flags: str) -> str:
    """Do the main job on its own; return what it prints."""
    port = str(free_port())
    done = run("sandbox", "--home", "sandbox", "--port", port, "--once", *flags, folder=folder, settings={})
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def _keys(home: Path) -> dict[str, Any]:
    partners = {path.stem: json.loads(path.read_bytes())["key"] for path in (home / "partners").glob("*.json")}
    return {**partners, "gateway": (home / "keys" / "manifest.toml").read_text()}


def _age(database: str) -> None:
    """Let years pass for everybody in the registry, and a quota's period for everybody who used one."""
    execute(database, "UPDATE resident SET as_of = '2020-01-01'")
    execute(database, "DELETE FROM quota")


@contextmanager
def _writer_taken(path: Path) -> Iterator[None]:
    """Hold SQLite's one writer for as long as the block lasts."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")


async def _expectations_hold(city: Sandbox) -> None:
    for credentials in map(Credentials.from_file, city.partner_files):
        async with LaurelClient(credentials) as client:
            for entry in city.passes():
                for reward in entry["expect"].keys() & set(credentials.rewards):
                    expected = Eligible if entry["expect"][reward] == "ELIGIBLE" else NotEligible
                    verdict = await client.verify_pass(entry["code"], reward)
                    assert isinstance(verdict, expected), (entry["persona"], reward)


def _redeemed_while_ending(city: Sandbox, request_id: str) -> str:
    """Send a redemption that has to wait for the database, end the server meanwhile; return the status."""
    shown, answers = city.persona("awarded", "transit")["token"], []
    with Wire(city.partner("transit-turnstile")) as wire:
        assert wire.send("Service").status_code == 200
        redeem = threading.Thread(target=lambda: answers.append(wire.redeem(shown, RIDE, request_id)))
        with _writer_taken(city.home / "laurel.sqlite"):
            redeem.start()
            time.sleep(0.3)
            city.gateway.process.send_signal(signal.SIGHUP)
            time.sleep(0.3)
        redeem.join()
    assert city.gateway.process.wait(END_SECONDS) == 0
    [answer] = answers
    return str(answer["status"])


@pytest.mark.anyio
async def test_data_keys_and_promises_outlive_a_start_and_fresh_forgets_them(tmp_path: Path) -> None:
    home, own = tmp_path / "sandbox", new_request_id()
    database = f"sqlite:///{home / 'laurel.sqlite'}"
    assert "6 kinds of partner" in _once(tmp_path)
    keys, passes = _keys(home), (home / "passes.json").read_bytes()
    _age(database)
    with sandbox(tmp_path, NO_LIMITS) as again:
        assert _keys(home) == keys
        assert (home / "passes.json").read_bytes() == passes
        await _expectations_hold(again)
        assert _redeemed_while_ending(again, own) == "REDEEMED"
    assert _recorded(home, own)
    assert "6 kinds of partner" in _once(tmp_path, "--fresh")
    new_keys = _keys(home)
    assert new_keys.keys() == keys.keys()
    assert not [name for name, key in keys.items() if new_keys[name] == key]
    assert not _recorded(home, own)


def _recorded(home: Path, request_id: str) -> bool:
    with closing(sqlite3.connect(home / "laurel.sqlite")) as connection:
        found = connection.execute("SELECT count(*) FROM redemption WHERE request_id = ?", (request_id,))
        return bool(found.fetchone()[0])


def test_ctrl_c_may_come_amid_the_main_job(tmp_path: Path) -> None:
    with sandbox(tmp_path, NO_LIMITS) as city:
        os.killpg(city.gateway.process.pid, signal.SIGINT)  # as a terminal would: to all that it started
        assert city.gateway.process.wait(END_SECONDS) == 0
        assert "Try next" not in city.gateway.output.read_text()
        assert city.gateway.log.read_text() == ""


def test_fresh_removes_nothing_but_a_sandbox(tmp_path: Path) -> None:
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "sandbox" / "thesis.txt").write_text("years of work")
    arguments = ("sandbox", "--home", "sandbox", "--port", str(free_port()), "--once", "--fresh")
    done = run(*arguments, folder=tmp_path, settings={})
    assert (done.returncode, done.stdout) == (2, "")
    assert "is no sandbox" in done.stderr
    assert [path.name for path in (tmp_path / "sandbox").iterdir()] == ["thesis.txt"]
