"""A connection to SQLite ends whenever it is told to, whatever else was under way."""

import asyncio
from pathlib import Path
from sqlite3 import OperationalError

import pytest
from sqlalchemy.engine import make_url

from gateway.store.sqlite_connections import connector

pytestmark = pytest.mark.anyio

PATIENCE_SECONDS = 20
"""Nobody waits so long unless it is for ever."""


@pytest.mark.parametrize("cancelled", [False, True])
async def test_one_that_is_closing_may_be_told_to_stop(tmp_path: Path, cancelled: bool) -> None:
    connection = await connector(make_url(f"sqlite+aiosqlite:///{tmp_path}/one.db"))()
    closing = asyncio.create_task(connection.close())
    await asyncio.sleep(0)
    connection.stop()
    if cancelled:
        closing.cancel()
    done, _ = await asyncio.wait([closing], timeout=PATIENCE_SECONDS)
    assert done == {closing}
    assert closing.cancelled() == cancelled
    await asyncio.to_thread(connection._thread.join, PATIENCE_SECONDS)
    assert not connection._thread.is_alive()


async def test_the_options_of_the_url_hold(tmp_path: Path) -> None:
    path = tmp_path / "one.db"
    path.touch()
    connection = await connector(make_url(f"sqlite+aiosqlite:///file:{path}?mode=ro&uri=true"))()
    with pytest.raises(OperationalError, match="readonly"):
        await connection.execute("CREATE TABLE t (x integer)")
    await connection.close()
