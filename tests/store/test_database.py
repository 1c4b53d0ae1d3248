"""The door to the database: safe settings or none, no lost update, and no password in any complaint."""

import asyncio
import secrets
import traceback
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import IntegrityError

from gateway.domain.errors import ConfigurationError, Unavailable
from gateway.store import addresses, engines
from gateway.store.database import Database
from gateway.store.durability import require_durability
from gateway.store.tables import OCCASION, PARTNER
from tests.store.city import occasion

pytestmark = pytest.mark.anyio

PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 700, "secure_delete": 1}


@pytest.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    database = Database(sqlite_url)
    yield database
    await database.close()


@pytest.mark.parametrize("way", ["read", "write"])
async def test_sqlite_is_opened_durable_and_strict(sqlite: Database, way: str) -> None:
    async with getattr(sqlite, way)() as connection:
        found = {name: (await connection.execute(text(f"PRAGMA {name}"))).scalar_one() for name in PRAGMAS}
    assert found == PRAGMAS


async def test_foreign_keys_are_enforced(live_database: Database) -> None:
    async def orphan() -> None:
        async with live_database.write() as connection:
            await connection.execute(OCCASION.insert().values(asdict(occasion(partner_id="nobody"))))

    with pytest.raises(IntegrityError):
        await orphan()


@pytest.mark.parametrize("wrong", [{}, {"name": None}], ids=["there already", "not complete"])
async def test_an_error_tells_no_value(live_database: Database, wrong: dict[str, None]) -> None:
    value = secrets.token_hex(8)
    values = {"id": value, "kind": value, "name": value, "created_at": datetime.now(UTC), "suspended_at": None}

    async def add(**changes: Any) -> None:
        async with live_database.write() as connection:
            await connection.execute(PARTNER.insert().values(**{**values, **changes}))

    if not wrong:
        await add()
    with pytest.raises(IntegrityError, match="partner") as caught:
        await add(**wrong)
    assert value not in "".join(traceback.format_exception(caught.value))


async def test_concurrent_increments_are_never_lost_on_sqlite(sqlite: Database) -> None:
    async with sqlite.write() as connection:
        await connection.execute(text("CREATE TABLE tally (n INTEGER)"))
        await connection.execute(text("INSERT INTO tally VALUES (0)"))

    async def increment() -> None:
        async with sqlite.write() as connection:
            n = (await connection.execute(text("SELECT n FROM tally"))).scalar_one()
            await asyncio.sleep(0)
            await connection.execute(text("UPDATE tally SET n = :n"), {"n": n + 1})

    await asyncio.gather(*(increment() for _ in range(30)))
    async with sqlite.read() as connection:
        assert (await connection.execute(text("SELECT n FROM tally"))).scalar_one() == 30


async def test_sqlite_reads_beside_a_transaction_that_writes(sqlite: Database) -> None:
    async with sqlite.write() as writing:
        await writing.execute(text("CREATE TABLE tally (n INTEGER)"))
        assert await sqlite.answers()


async def test_what_raises_is_undone(live_database: Database) -> None:
    async def fail() -> None:
        async with live_database.write() as connection:
            await connection.execute(text("CREATE TABLE tally (n INTEGER)"))
            raise LookupError

    with pytest.raises(LookupError):
        await fail()
    async with live_database.write() as connection:
        await connection.execute(text("CREATE TABLE tally (n INTEGER)"))


async def test_safe_settings_are_accepted(live_database: Database) -> None:
    await require_durability(live_database)


@pytest.mark.parametrize(
    ("pragma", "complaint"),
    [
        ("synchronous = NORMAL", "synchronous = 1, which can lose redemptions; set it to 2"),
        ("journal_mode = MEMORY", "journal_mode = memory, which can lose redemptions; set it to wal"),
    ],
)
async def test_sqlite_that_could_lose_redemptions_is_refused(
    sqlite: Database, pragma: str, complaint: str
) -> None:
    def weaken(connection: Any, record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(sqlite._writer.sync_engine, "connect", weaken)
    with pytest.raises(ConfigurationError, match=complaint):
        await require_durability(sqlite)


@pytest.mark.parametrize("value", ["off", "local"])
async def test_postgresql_that_could_lose_redemptions_is_refused(postgres_url: str, value: str) -> None:
    operator = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    name = make_url(postgres_url).database
    await operator.execute(f"ALTER DATABASE {name} SET synchronous_commit = {value}")
    await operator.close()
    database = Database(postgres_url)
    complaint = f"synchronous_commit = {value}, which can lose redemptions; set it to on"
    with pytest.raises(ConfigurationError, match=complaint):
        await require_durability(database)
    await database.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "s3cret",
        "postgresql:/laurel:s3cret@db/laurel",
        "postgresql://laurel:s3cret/laurel",  # the host forgotten: the password stands where the port should
        "postgresql://laurel:s3cret@db:port/laurel",
        "mysql://laurel:s3cret@db/laurel",
        "sqlite+pysqlcipher://:s3cret@/laurel.db",
        "sqlite://",
        "sqlite:///:memory:",
    ],
)
def test_a_wrong_url_is_refused_and_never_quoted(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^GATEWAY_DATABASE_URL ") as refusal:
        addresses.database_url(url)
    assert "s3cret" not in "".join(traceback.format_exception(refusal.value))


@pytest.mark.parametrize(
    ("written", "driver"),
    [
        ("postgresql://laurel:s3cret@db:5432/laurel", "postgresql+asyncpg"),
        ("postgres://laurel@db/laurel", "postgresql+asyncpg"),
        ("postgresql+asyncpg://laurel@db/laurel", "postgresql+asyncpg"),
        ("sqlite:///laurel.db", "sqlite+aiosqlite"),
    ],
)
def test_a_plain_url_gets_the_asynchronous_driver(written: str, driver: str) -> None:
    url = addresses.database_url(written)
    assert (url.drivername, url.password or "s3cret") == (driver, "s3cret")
    assert "s3cret" not in repr(url)


async def test_only_who_is_patient_waits_longer_than_a_gate(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "STATEMENT_TIMEOUT_MS", 50)
    gate, auditor = Database(postgres_url), Database(postgres_url, patient=True)
    try:
        with pytest.raises(Unavailable):
            async with gate.read() as connection:
                await connection.execute(text("SELECT pg_sleep(0.2)"))
        async with auditor.read() as connection:
            assert (await connection.execute(text("SELECT 1 FROM pg_sleep(0.2)"))).scalar_one() == 1
            assert (await connection.execute(text("SHOW statement_timeout"))).scalar_one() == "0"
    finally:
        await gate.close()
        await auditor.close()
