"""A backup that is taken while partners redeem holds all that was acknowledged before, and its books balance."""

import asyncio
import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from laurel_client import LaurelClient, Redemption, ReversalReason
from tests.docs.pages import ROOT, blocks
from tests.flow.databases import empty_database
from tests.flow.processes import run
from tests.flow.sandboxes import Sandbox
from tests.servers import postgres
from tests.servers.launcher import wheel_folder

pytestmark = pytest.mark.anyio

RIDES = 4
"""Acknowledged before the backup begins."""


def _program(name: str) -> str:
    """Return a client program of PostgreSQL: the wheel's, as it would be the operator's."""
    return str(wheel_folder(postgres.PACKAGE) / postgres.INSTALL / "bin" / name)


def _client(*command: str) -> None:
    subprocess.run(command, env={"PATH": os.defpath}, capture_output=True, text=True, check=True, timeout=60)


def _back_up(city: Sandbox, to: Path) -> None:
    """Take a backup as docs/operations.md says."""
    if city.database_url.startswith("sqlite"):
        [command] = [one for one in blocks((ROOT / "docs/operations.md").read_text(), "python") if "VACUUM" in one]
        source = city.database_url.removeprefix("sqlite:///")
        told = command.replace("/srv/laurel/laurel.sqlite", source).replace("/backup/laurel.sqlite", str(to))
        exec(compile(told, "operations.md", "exec"), {})
    else:
        _client(_program("pg_dump"), "--format=custom", f"--file={to}", city.database_url)


@contextmanager
def _restored(city: Sandbox, backup: Path) -> Iterator[str]:
    """Put a backup where a gateway could serve on it; yield the URL."""
    if city.database_url.startswith("sqlite"):
        yield f"sqlite:///{backup}"
    else:
        server = urlsplit(city.database_url)._replace(path="/postgres").geturl()
        with empty_database(server) as url:
            _client(_program("pg_restore"), "--no-owner", "--exit-on-error", f"--dbname={url}", str(backup))
            yield url


def _ids(url: str) -> set[str]:
    async def from_postgresql() -> set[str]:
        connection = await asyncpg.connect(url)
        try:
            return {row["id"] for row in await connection.fetch("SELECT id FROM redemption")}
        finally:
            await connection.close()

    if not url.startswith("sqlite"):
        return asyncio.run(from_postgresql())
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
        return {name for (name,) in connection.execute("SELECT id FROM redemption")}


async def test_back_up_under_load_restore_and_check(city: Sandbox, tmp_path: Path) -> None:
    residents = [await city.steward.resident("transit") for _ in range(3)]
    acknowledged: list[str] = []
    enough, over = asyncio.Event(), asyncio.Event()

    async def ride(token: str, client: LaurelClient) -> None:
        while not over.is_set():
            answer = await client.redeem_reward(token, "transit-discount")
            if isinstance(answer, Redemption):
                acknowledged.append(answer.id)
                if len(acknowledged) > RIDES:
                    enough.set()
                await client.reverse_redemption(answer.id, ReversalReason.MISTAKE)

    async with LaurelClient(city.partner("transit-turnstile")) as client:
        riders = [asyncio.create_task(ride(issued.token, client)) for [issued] in residents]
        await enough.wait()
        before = set(acknowledged)
        await asyncio.to_thread(_back_up, city, tmp_path / "backup")
        over.set()
        await asyncio.gather(*riders)

    def check() -> None:
        with _restored(city, tmp_path / "backup") as url:
            checked = run("audit", "ledger", "--json", folder=tmp_path, settings={"GATEWAY_DATABASE_URL": url})
            laws = [json.loads(line) for line in checked.stdout.splitlines()]
            assert (checked.returncode, checked.stderr) == (0, "")
            assert all(law["differing"] == 0 for law in laws)
            assert max(law["rows"] for law in laws) >= len(before)
            assert before <= _ids(url)

    await asyncio.to_thread(check)
    live = run("audit", "ledger", folder=tmp_path, settings={"GATEWAY_DATABASE_URL": city.database_url})
    assert (live.returncode, live.stdout.splitlines()[-1]) == (0, "The books balance.")
