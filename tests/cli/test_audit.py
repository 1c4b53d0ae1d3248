"""`gateway audit acts` shows who did what and when, and can be copied elsewhere; a migration is an act."""

import asyncio
import json
import os
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

import gateway.store.migrations
from gateway.cli.audit import PAGE_SIZE
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from tests.cli.conftest import Steward
from tests.docs.pages import ROOT, blocks


def acts(steward: Steward, *options: str) -> list[dict[str, Any]]:
    """Return acts as JSON Lines have them."""
    return [json.loads(line) for line in steward.does("audit", "acts", "--json", *options).splitlines()]


def write(steward: Steward, count: int) -> None:
    """Write many acts down at once."""

    async def note() -> None:
        database = Database(steward.settings["GATEWAY_DATABASE_URL"])
        record = AdminRecord(database, who="os:lin")
        async with database.write() as connection:
            for number in range(count):
                await record.note(connection, f"made up {number % 2}", subject="metro", number=number)
        await database.close()

    asyncio.run(note())


def test_an_act_says_who_what_and_when(steward: Steward) -> None:
    assert steward.does("audit", "acts", "--json") == ""
    before = datetime.now(UTC)
    steward.does("partners", "add", "gas-desk", "City Gas")
    [act] = acts(steward)
    assert list(act) == ["id", "at", "who", "action", "subject", "facts"]
    assert (act["action"], act["subject"], act["facts"]) == ("partners add", "city-gas", {"kind": "gas-desk"})
    assert act["who"].startswith("os:")
    assert abs(datetime.fromisoformat(act["at"]) - before) < timedelta(minutes=5)


def test_the_table_is_in_the_programme_s_time_zone(steward: Steward) -> None:
    steward.does("partners", "add", "gas-desk", "City Gas")
    [act] = acts(steward)
    table = steward.run("audit", "acts", COLUMNS="200").output
    assert "Asia/Shanghai" in table
    [row] = [line for line in table.splitlines() if "partners add" in line]
    civil = datetime.fromisoformat(act["at"]) + timedelta(hours=8)
    assert all(each in row for each in (f"{civil:%Y-%m-%d %H:%M:%S}", act["who"], "city-gas", "kind=gas-desk"))


def test_an_act_at_the_desk_shows_its_day_alone(office: Steward) -> None:
    office.does("pass", "issue", "WANG-1", "transit")
    [act] = acts(office, "--action", "pass ")
    [row] = [line for line in office.does("audit", "acts").splitlines() if "pass issue" in line]
    assert row.split()[1:3] == [act["at"][:10], act["who"]]


def test_a_row_that_nobody_looks_at_is_one_line_however_long(steward: Steward) -> None:
    url = steward.settings["GATEWAY_DATABASE_URL"]

    async def note() -> None:
        database = Database(url)
        await AdminRecord(database, who="os:lin").note_alone("partners add", label="x " * 1000 + "end")
        await database.close()

    asyncio.run(note())
    _, row = steward.run("audit", "acts", COLUMNS="80").output.splitlines()
    assert row.endswith("x end")


def test_a_table_moves_no_cursor(steward: Steward) -> None:
    url = steward.settings["GATEWAY_DATABASE_URL"]

    async def note() -> None:
        database = Database(url)
        await AdminRecord(database, who="os:lin").note_alone("partners add", label="gate\x1b[2J [bold]7[/bold]")
        await database.close()

    asyncio.run(note())
    table = steward.run("audit", "acts", COLUMNS="200").output
    assert "\x1b" not in table
    assert "[bold]7[/bold]" in table


def test_more_than_a_page_comes_in_order_and_from_where_one_left_off(steward: Steward) -> None:
    count = 2 * PAGE_SIZE + 500
    write(steward, count)
    found = acts(steward)
    assert [act["facts"]["number"] for act in found] == list(range(count))
    assert acts(steward, "--after", str(found[PAGE_SIZE]["id"])) == found[PAGE_SIZE + 1 :]
    assert acts(steward, "--after", str(found[-1]["id"])) == []
    assert acts(steward, "--limit", "1200") == found[:1200]
    assert acts(steward, "--action", "made up 1", "--limit", "1200") == found[1::2][:1200]
    assert acts(steward, "--action", "made") == found
    assert steward.run("audit", "acts", COLUMNS="200").output.count("made up 1") == count / 2


def test_an_auditor_needs_no_key_and_no_catalogue(steward: Steward) -> None:
    write(steward, 1)
    done = steward.run("audit", "acts", "--json", GATEWAY_KEYS_DIR="/nowhere", GATEWAY_PARTNERS_DIR="/nowhere")
    assert (done.status, done.errors) == (0, "")
    assert json.loads(done.output)["who"] == "os:lin"
    assert "/nowhere" in steward.is_refused("audit", "acts", status=2, GATEWAY_PARTNERS_DIR="/nowhere")


def test_the_guide_s_job_copies_what_is_new_and_the_copy_shows_what_was_rewritten(steward: Steward) -> None:
    section = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## The administrative record")[2]
    [job] = blocks(section.partition("\n## ")[0], "sh")
    [compare] = re.findall(r"`(gateway audit acts --json \| .+?)`", section)
    script = steward.file("gateway", f'#!/bin/sh\nexec {sys.executable} -m gateway "$@"\n')
    script.chmod(0o700)

    def shell(line: str) -> str:
        settings = {**steward.settings, "PATH": f"{steward.folder}:{os.defpath}", "PYTHONPATH": str(ROOT)}
        done = subprocess.run(
            ["sh", "-c", line], cwd=steward.folder, env=settings, capture_output=True, text=True, check=False
        )
        assert done.stderr == ""
        return done.stdout

    for count in (0, 2, 0, 1):
        write(steward, count)
        shell(job)
        assert shell(compare) == ""
    assert len((steward.folder / "acts.jsonl").read_text().splitlines()) == 3
    path = steward.settings["GATEWAY_DATABASE_URL"].partition("///")[2]
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER admin_record_update")
        connection.execute("UPDATE admin_record SET who = 'os:nobody' WHERE id = 2")
    shell(job)
    assert "os:nobody" in shell(compare)


def test_a_new_database_is_noted_and_a_migrated_one_is_not(steward: Steward) -> None:
    new = {"GATEWAY_DATABASE_URL": f"sqlite:///{steward.folder}/new/laurel.sqlite"}
    other = Steward(steward.folder, {**steward.settings, **new})
    first, second = (json.loads(other.does("migrate", "--json")) for _ in range(2))
    assert first == {"schema": second["schema"], "changed": True}
    assert second["changed"] is False
    assert other.does("migrate") == "The database speaks this version's schema.\n"
    [act] = acts(other)
    assert (act["action"], act["subject"], act["facts"]) == ("migrate", first["schema"], {})
    assert act["who"].startswith("os:")


def test_a_database_from_before_the_record_is_noted_once_it_has_one(steward: Steward) -> None:
    path = steward.folder / "old.sqlite"
    with create_engine(f"sqlite:///{path}", poolclass=NullPool).begin() as connection:
        config = Config()
        config.set_main_option("script_location", str(Path(str(gateway.store.migrations.__file__)).parent))
        config.attributes["connection"] = connection
        command.upgrade(config, "0002")
    old = Steward(steward.folder, {**steward.settings, "GATEWAY_DATABASE_URL": f"sqlite:///{path}"})
    assert json.loads(old.does("migrate", "--json"))["changed"] is True
    assert [act["action"] for act in acts(old)] == ["migrate"]
