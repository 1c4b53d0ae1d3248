"""Connections to SQLite that always let go of the event loop.

aiosqlite runs each connection in a thread, which ends at a message; SQLAlchemy sends that message where a task was
cancelled amid a statement, although the connection may already be closing. Then a second message waits for a
thread that has gone, and whoever awaits its answer waits for ever: a server told to stop would not. So the message
is sent once.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import aiosqlite
from sqlalchemy.engine import URL

ROWS_AT_ONCE = 64
"""How many rows of a cursor come from the thread together; aiosqlite's own default."""


class StoppedOnce(aiosqlite.Connection):
    """A connection whose thread is told to end once, however often it is closed."""

    _told_to_stop = False

    def stop(self) -> asyncio.Future[object] | None:
        """Tell the thread to end; return what its end answers, or None where it has been told before."""
        if self._told_to_stop:
            return None
        self._told_to_stop = True
        return super().stop()

    async def one_after_another(self, text: str, rows: Sequence[Sequence[Any]]) -> list[Any]:
        """Execute a statement for each of some rows, in one go of the thread; return all that it returned."""

        def execute() -> list[Any]:
            return [found for row in rows for found in self._conn.execute(text, row)]

        found: list[Any] = await self._execute(execute)  # type: ignore[no-untyped-call]
        return found


def connector(url: URL) -> Callable[[], Awaitable[aiosqlite.Connection]]:
    """Return what opens a connection to the file that a URL names, with the options that are in it."""
    arguments, options = url.get_dialect()().create_connect_args(url)

    async def connect() -> aiosqlite.Connection:
        connection = StoppedOnce(partial(sqlite3.connect, *arguments, **options), ROWS_AT_ONCE)
        connection._thread.daemon = True  # as SQLAlchemy does it: a forgotten connection keeps no process alive
        return await connection

    return connect
