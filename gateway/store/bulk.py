"""Reading and writing residents by the thousand, in the words of each database.

SQLAlchemy's own executemany spends more time on each value than SQLite on the row; PostgreSQL is quickest with one
statement over arrays.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

ResidentRow = tuple[bytes, bytes, int, date, str]
"""Keyed hash, secret, hundredths of an hour, day, honours."""

Known = Sequence[tuple[bytes, int, date | str, str]]
"""Keyed hash, hundredths of an hour, day, honours."""

_TARGET = "INSERT INTO resident (registry_hash, secret, centihours, as_of, honours)"
_NEWER_WINS = (
    "ON CONFLICT (registry_hash) DO UPDATE "
    "SET centihours = excluded.centihours, as_of = excluded.as_of, honours = excluded.honours "
    "WHERE resident.as_of <= excluded.as_of"
)
_ERASED = "SELECT registry_hash FROM erased WHERE registry_hash"
_FOUND = "SELECT registry_hash, centihours, as_of, honours FROM resident WHERE registry_hash"


class Bulk(Protocol):
    """Many residents in one call of the driver."""

    async def known(self, connection: AsyncConnection, registry_hashes: Sequence[bytes]) -> Known:
        """Return the rows of those who are on record."""
        ...

    async def erased(self, connection: AsyncConnection, registry_hashes: Sequence[bytes]) -> set[bytes]:
        """Return which of some residents are erased."""
        ...

    async def put(self, connection: AsyncConnection, rows: Sequence[ResidentRow]) -> None:
        """Add or update residents; credit with an older as-of never overwrites newer."""
        ...


class SqliteBulk:
    """Implements `Bulk`; a day is ISO 8601 text."""

    async def known(self, connection: AsyncConnection, registry_hashes: Sequence[bytes]) -> Known:
        """Return the rows of those who are on record."""
        places = ",".join("?" * len(registry_hashes))
        found = await connection.exec_driver_sql(f"{_FOUND} IN ({places})", tuple(registry_hashes))
        return _plain(found.all())

    async def erased(self, connection: AsyncConnection, registry_hashes: Sequence[bytes]) -> set[bytes]:
        """Return which of some residents are erased."""
        places = ",".join("?" * len(registry_hashes))
        found = await connection.exec_driver_sql(f"{_ERASED} IN ({places})", tuple(registry_hashes))
        return {row[0] for row in found}

    async def put(self, connection: AsyncConnection, rows: Sequence[ResidentRow]) -> None:
        """Add or update residents."""
        written = [(one, secret, hours, as_of.isoformat(), honours) for one, secret, hours, as_of, honours in rows]
        await connection.exec_driver_sql(f"{_TARGET} VALUES (?, ?, ?, ?, ?) {_NEWER_WINS}", written)


class PostgresqlBulk:
    """Implements `Bulk`."""

    async def known(self, connection: AsyncConnection, registry_hashes: Sequence[bytes]) -> Known:
        """Return the rows of those who are on record."""
        found = await connection.exec_driver_sql(f"{_FOUND} = ANY($1::bytea[])", (list(registry_hashes),))
        return _plain(found.all())

    async def erased(self, connection: AsyncConnection, registry_hashes: Sequence[bytes]) -> set[bytes]:
        """Return which of some residents are erased."""
        found = await connection.exec_driver_sql(f"{_ERASED} = ANY($1::bytea[])", (list(registry_hashes),))
        return {row[0] for row in found}

    async def put(self, connection: AsyncConnection, rows: Sequence[ResidentRow]) -> None:
        """Add or update residents."""
        arrays = "SELECT * FROM unnest($1::bytea[], $2::bytea[], $3::integer[], $4::date[], $5::text[])"
        columns = tuple(list(column) for column in zip(*rows, strict=True))
        await connection.exec_driver_sql(f"{_TARGET} {arrays} {_NEWER_WINS}", columns)


def _plain(rows: Sequence[Any]) -> Known:
    return rows
