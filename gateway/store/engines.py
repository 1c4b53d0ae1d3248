"""How connections are opened: every limit has a name, and no driver's default is trusted with a commit."""

from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import URL, Engine, ExceptionContext
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.store.sqlite_connections import connector

POOL_SIZE = 10
"""Connections per process on PostgreSQL: more only queue up inside the server on two cores."""

WAIT_FOR_CONNECTION_SECONDS = 1.0
"""A gate has half a second; who waits longer for a connection is better told to come back."""

LOCK_TIMEOUT_MS = 700
"""Ends before an operation's second does, so that a request in flight elsewhere is told IN_PROGRESS."""

LOCK_TIMEOUT_TOGETHER_MS = 200
"""How long one may wait for a lock while others wait for it. Alone it may wait as long as anybody."""

STATEMENT_TIMEOUT_MS = 2000
IDLE_TRANSACTION_TIMEOUT_MS = 5000
"""How long PostgreSQL keeps the locks of a gateway that went silent amid a transaction: to it, a host without
power or behind a broken line is only slow. An operation has two seconds."""

HOT_PLANS = "force_generic_plan"
"""How PostgreSQL plans what a gate waits for: once for each connection, and not anew each time.

Left to itself it counts a plan that may go to any partition as one that goes to all, and plans each time:
150 us for a look-up where 100 do, 330 for an update where 250 do. An auditor's sums are planned each time."""

SQLITE_BUSY_TIMEOUT_MS = 700
"""How long SQLite waits for another process's transaction; each takes well under a millisecond. The driver's
thread can't be cancelled, so this has to end before an operation's deadline."""


def postgresql_engine(url: URL) -> AsyncEngine:
    """Return a pool that waits for nothing longer than a caller would."""
    return _postgresql_engine(url, pool_size=POOL_SIZE, statement_ms=STATEMENT_TIMEOUT_MS)


def patient_postgresql_engine(url: URL) -> AsyncEngine:
    """Return a single connection whose statements may take as long as they need: for an auditor, not a gate."""
    return _postgresql_engine(url, pool_size=1, statement_ms=None)


def _postgresql_engine(url: URL, *, pool_size: int, statement_ms: int | None) -> AsyncEngine:
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT_FOR_CONNECTION_SECONDS,
        connect_args={
            "timeout": WAIT_FOR_CONNECTION_SECONDS,
            "command_timeout": None if statement_ms is None else statement_ms / 1000 + 0.5,
            "server_settings": {
                "application_name": "laurel",
                "timezone": "UTC",
                "lock_timeout": str(LOCK_TIMEOUT_MS),
                "statement_timeout": str(statement_ms or 0),
                "idle_in_transaction_session_timeout": str(IDLE_TRANSACTION_TIMEOUT_MS if statement_ms else 0),
                "default_transaction_isolation": "read committed",
                "plan_cache_mode": "auto" if statement_ms is None else HOT_PLANS,
            },
        },
    )
    hide_values(engine.sync_engine)
    return engine


def sqlite_engine(url: URL, *, begin: str, pool_size: int) -> AsyncEngine:
    """Return a pool whose transactions start with `begin`, durable at every commit."""
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=WAIT_FOR_CONNECTION_SECONDS,
        async_creator=connector(url),
    )

    def set_pragmas(connection: Any, record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver shall not begin transactions of its own
        cursor = connection.cursor()
        for pragma in (
            f"busy_timeout = {SQLITE_BUSY_TIMEOUT_MS}",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    def begin_transaction(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine.sync_engine, "connect", set_pragmas)
    event.listen(engine.sync_engine, "begin", begin_transaction)
    return engine


def hide_values(engine: Engine) -> None:
    """Let PostgreSQL's errors say which constraint refused a row, and not what is in the row."""

    def forget_detail(context: ExceptionContext) -> None:
        error: BaseException | None = context.original_exception
        while error is not None:
            if getattr(error, "detail", None):
                error.detail = None  # type: ignore[attr-defined]
            error = error.__cause__

    event.listen(engine, "handle_error", forget_detail)
