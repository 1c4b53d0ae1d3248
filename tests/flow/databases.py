"""Databases of a server that a test starts: made empty, and read back whole."""

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg


@contextmanager
def empty_database(server: str) -> Iterator[str]:
    """Make a PostgreSQL database with nothing in it, and yield its URL as an operator would write it."""
    name = f"laurel_flow_{secrets.token_hex(8)}"
    asyncio.run(_administer(server, f"CREATE DATABASE {name}"))
    try:
        yield urlsplit(server)._replace(path=f"/{name}").geturl()
    finally:
        asyncio.run(_administer(server, f"DROP DATABASE {name} WITH (FORCE)"))


async def _administer(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def execute(url: str, statement: str) -> None:
    """Run one statement on `sqlite:///path` or `postgresql://...`."""
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection, connection:
            connection.execute(statement)
    else:
        asyncio.run(_administer(url, statement))


def content(url: str) -> bytes:
    """Return all values of all rows as bytes, one a line; of SQLite its files as well, log included."""
    values = b"\n".join(_bytes(value) for column in columns(url).values() for value in column)
    if not url.startswith("sqlite"):
        return values
    path = Path(url.removeprefix("sqlite:///"))
    return b"\n".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*")) + b"\n" + values


def columns(url: str) -> Mapping[str, Sequence[object]]:
    """Return all values by `table.column`, of each table that is there, and as the driver gives them."""
    if url.startswith("sqlite"):
        return _columns_of_sqlite(url.removeprefix("sqlite:///"))
    return asyncio.run(_columns_of_postgresql(url))


def _columns_of_sqlite(path: str) -> Mapping[str, Sequence[object]]:
    found: dict[str, list[object]] = {}
    with closing(sqlite3.connect(path)) as connection:
        tables = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        for (table,) in connection.execute(tables).fetchall():
            rows = connection.execute(f'SELECT * FROM "{table}"')
            names = [f"{table}.{one[0]}" for one in rows.description]
            found |= {name: list(values) for name, *values in zip(names, *rows, strict=True)}
    return found


_TABLES = """SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition"""
"""A table has the rows of its partitions."""


async def _columns_of_postgresql(url: str) -> Mapping[str, Sequence[object]]:
    found: dict[str, list[object]] = {}
    connection = await asyncpg.connect(url)
    try:
        for (table,) in await connection.fetch(_TABLES):
            statement = await connection.prepare(f'SELECT * FROM "{table}"')
            names = [f"{table}.{one.name}" for one in statement.get_attributes()]
            found |= {name: list(values) for name, *values in zip(names, *await statement.fetch(), strict=True)}
    finally:
        await connection.close()
    return found


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
