"""Sorting a registry of any size: a private database on disk that nobody can open and that dies with the process.

In the order of their keyed hashes, residents lie beside each other in the database's index too: each page of it is
read and written once, where a file's order would come back to every page thousands of times.
"""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from itertools import count

from gateway.domain.errors import ConfigurationError
from gateway.domain.standing import Standing
from gateway.store.standings import honours_text, standing

CACHE_KIB = 32 * 1024
"""What sorting may keep in memory; the rest goes to disk."""

_PRAGMAS = ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}", "temp_store = FILE")


class Stage:
    """Implements `domain.steward_ports.Stage` on SQLite, in a file without a name (sqlite.org/inmemorydb.html)."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)
        for pragma in _PRAGMAS:
            self._database.execute(f"PRAGMA {pragma}")
        self._database.execute(
            "CREATE TABLE told (line INTEGER PRIMARY KEY, registry_hash BLOB, as_of TEXT, centihours INTEGER, "
            "honours TEXT)"
        )
        self._lines = count(1)

    def add(self, told: Iterable[tuple[bytes, Standing]]) -> None:
        """Add lines, each with the keyed hash of its resident, in the order of the file.

        Raises:
            ConfigurationError: the disk is full; so for all methods.
        """
        rows = (
            (next(self._lines), registry_hash, one.as_of.isoformat(), one.centihours, honours_text(one.honours))
            for registry_hash, one in told
        )
        with _room():
            self._database.execute("BEGIN")
            self._database.executemany("INSERT INTO told VALUES (?, ?, ?, ?, ?)", rows)
            self._database.execute("COMMIT")

    def newest(self) -> date | None:
        """Return the newest day that a line speaks of."""
        [(newest,)] = self._database.execute("SELECT max(as_of) FROM told")
        return None if newest is None else date.fromisoformat(newest)

    def chunks(self, size: int) -> Iterator[Sequence[tuple[bytes, Standing]]]:
        """Yield residents in the order of their hashes: of several lines the newest one, of one day the last."""
        with _room():
            found = self._database.execute(
                "SELECT registry_hash, centihours, as_of, honours FROM told ORDER BY registry_hash, as_of, line"
            )
        residents: dict[bytes, Standing] = {}
        while rows := found.fetchmany(size):
            last = rows[-1][0]
            residents |= {row[0]: standing(row[1], row[2], row[3]) for row in rows}
            pending = residents.pop(last)  # the next rows may be hers, too
            if residents:
                yield list(residents.items())
            residents = {last: pending}
        if residents:
            yield list(residents.items())

    def find(self, registry_hashes: Iterable[bytes]) -> dict[bytes, Standing]:
        """Return what is told of some residents; those of whom nothing is told are left out."""
        self._database.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (registry_hash BLOB PRIMARY KEY)")
        self._database.execute("DELETE FROM wanted")
        self._database.executemany("INSERT OR IGNORE INTO wanted VALUES (?)", ((one,) for one in registry_hashes))
        found = self._database.execute(
            "SELECT registry_hash, centihours, as_of, honours FROM told "
            "WHERE registry_hash IN (SELECT registry_hash FROM wanted) ORDER BY as_of, line"
        )
        return {row[0]: standing(row[1], row[2], row[3]) for row in found}

    def close(self) -> None:
        """Forget everything."""
        self._database.close()


@contextmanager
def _room() -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise ConfigurationError(
            f"There is no room to sort the file ({error}). It takes twice the file's size in the folder for "
            "temporary files; SQLITE_TMPDIR names another one."
        ) from None
