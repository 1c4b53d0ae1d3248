"""Look-ups on SQLite: asked in the event loop itself, on a connection that can neither write nor wait.

A look-up takes ten microseconds, and the way to another thread and back many times that. In WAL mode a reader
waits for no writer and for no fsync. What could keep the loop all the same is given up at once, and asked again in
a thread: a lock, for which this connection doesn't wait, and a question that takes more steps than any of ours.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import URL

from gateway.store.lookups import Lookup

STEPS_MAX = 10_000
"""Of SQLite's virtual machine, or twice as many at most: about a millisecond. A look-up takes some two hundred."""


class InLoop:
    """One connection of this process's event loop. Implements `lookups.Way`."""

    def __init__(self, url: URL) -> None:
        self._url = url
        self._connection: sqlite3.Connection | None = None
        self._looked_at = 0

    async def fetch(self, lookup: Lookup, given: list[Any]) -> Sequence[Any] | None:
        """Return the row. Nothing is awaited here: no two questions meet on the connection."""
        connection = self._connection or self._connect()
        self._looked_at = 0
        try:
            rows = connection.execute(lookup.text, given).fetchall()  # to the end: an open cursor holds a snapshot
        except BaseException:
            self._forget()
            raise
        return rows[0] if rows else None

    async def close(self) -> None:
        """Close the connection, if there is one."""
        self._forget()

    def _connect(self) -> sqlite3.Connection:
        [file], options = self._url.get_dialect()().create_connect_args(self._url)
        unwaiting: dict[str, Any] = {**options, "isolation_level": None, "timeout": 0}
        connection = sqlite3.Connection(file, **unwaiting)
        connection.execute("PRAGMA query_only = ON")
        connection.set_progress_handler(self._is_too_long, STEPS_MAX)
        self._connection = connection
        return connection

    def _forget(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _is_too_long(self) -> bool:
        """Whether to stop. SQLite counts a statement's steps from when it was prepared, so once says nothing."""
        self._looked_at += 1
        return self._looked_at > 1
