"""What every test may ask for: an empty, migrated database, real PostgreSQL, real Valkey.

`TEST_DATABASE_URL` (PostgreSQL; its user may create databases) and `TEST_REDIS_URL` (its database is
emptied before each test) name servers to use instead of those that the tests start themselves.
"""

import asyncio
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from redis import Redis

from gateway.store.migrate import upgrade
from tests.flow.browsers import Browser, find
from tests.servers import postgres, valkey


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run async tests on asyncio, which is what serves."""
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL superuser, for asyncpg: `postgresql://...`. One server for each worker."""
    if given := os.environ.get("TEST_DATABASE_URL"):
        yield urlsplit(given)._replace(scheme="postgresql").geturl()
    else:
        with postgres.serve(in_memory=True) as url:
            yield url


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[str]:
    """The URL of Valkey with this worker's database number: `redis://.../N`."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    if given := os.environ.get("TEST_REDIS_URL"):
        parts = urlsplit(given)
        yield parts._replace(path=f"/{int(parts.path.strip('/') or 0) + worker}").geturl()
    else:
        with valkey.serve() as url:
            yield f"{url}/0"


@pytest.fixture
def valkey_url(valkey_server: str) -> str:
    """The URL of an empty Valkey database."""
    with Redis.from_url(valkey_server) as client:
        client.flushdb()
    return valkey_server


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The content of a migrated, empty SQLite file; migrated once for each worker."""
    path = tmp_path_factory.mktemp("template") / "laurel.db"
    upgrade(f"sqlite+aiosqlite:///{path}")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


@pytest.fixture
def sqlite_url(sqlite_template: bytes, tmp_path: Path) -> str:
    """The URL of a SQLite database of the test's own, empty and migrated."""
    path = tmp_path / "laurel.db"
    path.write_bytes(sqlite_template)
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """The name of a migrated, empty PostgreSQL database to copy; migrated once for each worker."""
    with _database(postgres_server) as name:
        upgrade(_async_url(postgres_server, name))
        yield name


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """The URL of a PostgreSQL database of the test's own, empty and migrated; gone after the test."""
    with _database(postgres_server, template=postgres_template) as name:
        yield _async_url(postgres_server, name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The URL of a database of the test's own, empty and migrated: the test runs once on each kind."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url


@contextmanager
def _database(server: str, *, template: str = "template1") -> Iterator[str]:
    name = f"laurel_test_{uuid.uuid4().hex}"
    _administer(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    try:
        yield name
    finally:
        _administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(server: str, statement: str) -> None:
    async def execute() -> None:
        connection = await asyncpg.connect(server)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    asyncio.run(execute())


def _async_url(server: str, database: str) -> str:
    return urlsplit(server)._replace(scheme="postgresql+asyncpg", path=f"/{database}").geturl()


@pytest.fixture(scope="session")
def browser() -> Browser:
    """A Chromium: this machine's own, else the one of the locked node packages."""
    found = find()
    if found is None:
        pytest.skip("not run here: no Chromium runs on this machine")
    return found
