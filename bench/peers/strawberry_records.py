"""The two look-ups for the Strawberry peers: as most people write them, and as short as the drivers allow."""

import sqlite3
from collections.abc import Mapping
from typing import Any, Protocol

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine


class Records(Protocol):
    """What a verification reads."""

    async def pass_(self, handle: bytes) -> Mapping[str, Any] | None:
        """Return a pass with its resident's standing and the database's clock."""
        ...

    async def units(self, pseudonym: bytes, bucket: str) -> int:
        """Return how many units of a quota are used."""
        ...


class BySession:
    """SQLAlchemy's asyncio layer, with a session for each look-up."""

    def __init__(self, town: Mapping[str, Any]) -> None:
        url, statements = town["database"], town["statements"]
        self._sessions = async_sessionmaker(_engine(url, town["poolSize"]))
        names = {"pass": ("handle",), "units": ("pseudonym", "bucket")}
        self._statements = {name: text(_named(statements[name], names[name])) for name in names}

    async def pass_(self, handle: bytes) -> Mapping[str, Any] | None:
        """Return the row of a handle."""
        async with self._sessions() as session:
            found = (await session.execute(self._statements["pass"], {"handle": handle})).mappings().first()
            return None if found is None else dict(found)

    async def units(self, pseudonym: bytes, bucket: str) -> int:
        """Return the units of a quota."""
        async with self._sessions() as session:
            given = {"pseudonym": pseudonym, "bucket": bucket}
            found = (await session.execute(self._statements["units"], given)).first()
            return 0 if found is None else int(found.units)


class BySqlite:
    """The standard library's sqlite3, in the event loop: a look-up takes microseconds."""

    def __init__(self, town: Mapping[str, Any]) -> None:
        self._connection = sqlite3.connect(town["database"])
        self._connection.row_factory = sqlite3.Row
        self._statements = town["statements"]

    async def pass_(self, handle: bytes) -> Mapping[str, Any] | None:
        """Return the row of a handle."""
        found: Mapping[str, Any] | None = self._connection.execute(self._statements["pass"], (handle,)).fetchone()
        return found

    async def units(self, pseudonym: bytes, bucket: str) -> int:
        """Return the units of a quota."""
        found = self._connection.execute(self._statements["units"], (pseudonym, bucket)).fetchone()
        return 0 if found is None else int(found["units"])


class ByAsyncpg:
    """asyncpg, which prepares each statement once a connection."""

    def __init__(self, town: Mapping[str, Any]) -> None:
        self._town = town
        self._opened: asyncpg.Pool[asyncpg.Record] | None = None

    async def pass_(self, handle: bytes) -> Mapping[str, Any] | None:
        """Return the row of a handle."""
        found: Mapping[str, Any] | None = await self._first("pass", handle)
        return found

    async def units(self, pseudonym: bytes, bucket: str) -> int:
        """Return the units of a quota."""
        found = await self._first("units", pseudonym, bucket)
        return 0 if found is None else int(found["units"])

    async def _first(self, name: str, *values: object) -> Any:
        if self._opened is None:
            size = self._town["poolSize"]
            self._opened = await asyncpg.create_pool(self._town["database"], min_size=1, max_size=size)
        return await self._opened.fetchrow(self._town["statements"][name], *values)


def fast(town: Mapping[str, Any]) -> Records:
    """Return the short way to the town's database."""
    return ByAsyncpg(town) if town["database"].startswith("postgresql:") else BySqlite(town)


def _engine(url: str, pool_size: int) -> AsyncEngine:
    if url.startswith("postgresql:"):
        return create_async_engine(url.replace("postgresql:", "postgresql+asyncpg:", 1), pool_size=pool_size)
    return create_async_engine(f"sqlite+aiosqlite:///{url}")


def _named(statement: str, names: tuple[str, ...]) -> str:
    """Put SQLAlchemy's parameters in place of the driver's, and spell PostgreSQL's casts so that it reads none."""
    for number, name in enumerate(names, 1):
        statement = statement.replace(f"${number}", f":{name}").replace("?", f":{name}", 1)
    return statement.replace("::", r"\:\:")
