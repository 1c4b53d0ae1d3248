"""What PostgreSQL's own files hold of somebody who was erased, step by step, until the guide says: complete.

On a server of the test's own, whose whole data directory is read: tables, indexes, statistics, and the log (WAL).
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from gateway.store.database import Database
from gateway.store.migrate import upgrade
from gateway.store.scrubbing import Scrubbed, scrub
from gateway.store.tables import METADATA, RESIDENT
from tests.contract.house import ROOT
from tests.servers import postgres
from tests.store.city import City
from tests.store.commands import Holder
from tests.store.test_erasing import NEW_YEAR, erasure

pytestmark = pytest.mark.anyio

TABLES, WAL = "base", "pg_wal"
NEIGHBOURS = 40
"""Others before and after, all of them in PostgreSQL's samples: those have room for 100 values of a column."""


class Files:
    """The files of a server, and what a superuser says there."""

    def __init__(self, url: str, folder: Path) -> None:
        self._url, self._folder = url, folder

    async def says(self, *statements: str) -> None:
        """Say statements, each on its own."""
        connection = await asyncpg.connect(self._url)
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    def holding(self, secret: bytes) -> set[str]:
        """Return in which parts of the data directory some octets are."""
        files = (path for path in self._folder.rglob("*") if path.is_file())
        return {path.relative_to(self._folder).parts[0] for path in files if secret in path.read_bytes()}


@asynccontextmanager
async def own_server() -> AsyncIterator[tuple[City, Files]]:
    with postgres.serve() as url:
        connection = await asyncpg.connect(url)
        folder = Path(await connection.fetchval("SELECT current_setting('data_directory')"))
        await connection.close()
        by_engine = urlsplit(url)._replace(scheme="postgresql+asyncpg").geturl()
        await asyncio.to_thread(upgrade, by_engine)  # it has a loop of its own
        database = Database(by_engine)
        try:
            yield await City.found(database), Files(url, folder)
        finally:
            await database.close()


async def moved_in(city: City) -> tuple[Holder, bytes]:
    """Let somebody live among others; return them and their secret."""
    holder = (await city.move_in(), [await city.move_in() for _ in range(NEIGHBOURS)])[0]
    [row] = [one for one in await city.rows(RESIDENT) if one["registry_hash"] == holder.registry_hash]
    return holder, row["secret"]


def guide() -> list[str]:
    """Return what the guide tells an operator to say so that old WAL goes."""
    text = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## When a resident leaves")[2]
    [block] = re.findall(r"```sql\n(.*?)```", text.partition("\n## ")[0], re.DOTALL)
    return [line.removesuffix(";") for line in block.splitlines()]


async def test_postgresql_s_files_hold_nothing_once_the_guide_was_followed() -> None:
    async with own_server() as (city, files):
        gone, secret = await moved_in(city)
        await files.says("ANALYZE", "CHECKPOINT")
        assert files.holding(secret) == {TABLES, WAL}
        await erasure(city).erase(gone.registry_hash, readmit_from=NEW_YEAR)
        await files.says("VACUUM", "CHECKPOINT")
        assert files.holding(secret) == {TABLES, WAL}, "erased is not gone, as the command says"
        assert await scrub(city.database, *METADATA.sorted_tables) is Scrubbed.LOGS_REMAIN
        await files.says("CHECKPOINT")
        assert files.holding(secret) == {WAL}, "tables, indexes and statistics are written anew; the log is not"
        await files.says(*guide())
        assert files.holding(secret) == set()
        assert files.holding(gone.handle) == set()
        assert TABLES in files.holding(gone.registry_hash), "what keeps them out stays"
