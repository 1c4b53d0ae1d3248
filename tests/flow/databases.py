"""Databases of a server that a test starts: made empty, and read back whole."""

import asyncio
import secrets
import sqlite3
from collections.abc import Iterator
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
    if url.startswith("sqlite"):
        path = Path(url.removeprefix("sqlite:///"))
        files = b"\n".join(one.read_bytes() for one in path.parent.glob(f"{path.name}*"))
        return files + b"\n" + _rows_of_sqlite(path)
    return asyncio.run(_rows_of_postgresql(url))


def _rows_of_sqlite(path: Path) -> bytes:
    with closing(sqlite3.connect(path)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for table in tables for row in connection.execute(f'SELECT * FROM "{table}"')]
    return b"\n".join(_bytes(value) for row in rows for value in row)


async def _rows_of_postgresql(url: str) -> bytes:
    connection = await asyncpg.connect(url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        rows = [row for (table,) in tables for row in await connection.fetch(f'SELECT * FROM "{table}"')]
    finally:
        await connection.close()
    return b"\n".join(_bytes(value) for row in rows for value in row)


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()
