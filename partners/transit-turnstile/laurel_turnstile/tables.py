"""The file in which a gate keeps what must outlive a crash: an SQLite database, synced at each commit."""

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TABLES = """
CREATE TABLE IF NOT EXISTS tap (
    request_id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('ASKED', 'GRANTED', 'OPENED', 'UNWANTED', 'ENDED')),
    told INTEGER NOT NULL DEFAULT 0,
    happened_at REAL NOT NULL,
    sealed BLOB,
    allowance INTEGER REFERENCES allowance (id),
    redemption_id TEXT,
    CHECK ((state = 'GRANTED') = (sealed IS NOT NULL))
) STRICT;
CREATE INDEX IF NOT EXISTS tap_by_state ON tap (state, happened_at);
CREATE INDEX IF NOT EXISTS tap_by_time ON tap (happened_at);
CREATE TABLE IF NOT EXISTS ride (
    request_id TEXT PRIMARY KEY,
    card BLOB NOT NULL,
    at REAL NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS ride_by_card ON ride (card, at);
CREATE TABLE IF NOT EXISTS allowance (
    id INTEGER PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    day TEXT NOT NULL,
    units INTEGER NOT NULL,
    rewards TEXT NOT NULL,
    issued_at REAL NOT NULL,
    ends_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS used (
    day TEXT PRIMARY KEY,
    units INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS reject (
    request_id TEXT PRIMARY KEY,
    happened_at REAL NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    noted_at REAL NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS kept (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT;
"""


class FolderInUse(Exception):
    """Another agent works on this folder."""


class Damaged(Exception):
    """The file is no queue any more. What was in it is for people."""


class Lock:
    """Keeps every other agent from a folder, for as long as this process lives."""

    def __init__(self, folder: Path) -> None:
        """Make the folder if need be, for its owner alone, and lock it.

        Raises:
            FolderInUse: another process has it.
        """
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._file = (folder / "lock").open("w")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise FolderInUse(f"{folder}: another agent works here.") from None

    def release(self) -> None:
        """Let others in."""
        self._file.close()


def connect(path: Path) -> sqlite3.Connection:
    """Open the file, and make its tables in a new one.

    A commit returns once the write-ahead log is on the disk (`synchronous=FULL`), so that what a gate opened for
    survives a power cut; what is deleted is overwritten with zeros (`secure_delete`).

    Raises:
        Damaged: it is no such file, or not whole.
        sqlite3.OperationalError: it can't be used now: no room, no permission.
    """
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.row_factory = sqlite3.Row
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(TABLES)
        [(found,)] = connection.execute("PRAGMA quick_check(1)")
        if found != "ok":
            raise sqlite3.DatabaseError(found)
    except sqlite3.OperationalError:
        connection.close()
        raise
    except sqlite3.DatabaseError:
        connection.close()
        advice = "move it and what is called like it aside, keep them for your settlement, and start again"
        raise Damaged(f"{path}: the queue is damaged; {advice}.") from None
    return connection


@contextmanager
def writing(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Open a transaction: durable when the block ends, undone if it, or its commit, fails.

    A commit that fails for want of room may leave its transaction open, and nothing could be written after it.

    Raises:
        sqlite3.Error: nothing of it has stayed.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
