"""What one of several processes does in a race. Each opens the database for itself, as nodes do."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select

from gateway.domain.errors import Unavailable
from gateway.domain.holds import Hold
from gateway.domain.ledger import Command, Committed, Outcome
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from gateway.store.partners import SqlPartners
from gateway.store.registry import SqlRegistry
from gateway.store.tables import REDEMPTION
from tests.store.commands import DEVICE_ID, PARTNER_ID, Holder, again, confirm, hold, redeem

T = TypeVar("T")

HEAD_START = 5
"""Redemptions before the revocation: enough to be sure that the others are running."""

OPEN_HOLDS = 3
"""Of each client: some are always held and not confirmed when the revocation comes."""

SQLITE_BREATH_SECONDS = 0.005
"""Between a client's redemptions: SQLite has no queue, so who writes without a pause starves the others."""

GIVE_UP_SECONDS = 40
"""A race that lasts so long is lost: it takes a second, and on a machine that does much else, many."""


@dataclass(frozen=True)
class Started:
    """What a process did, and which it was."""

    pid: int
    result: Any


def redeem_at(start: float, url: str, holder: Holder, clients: list[dict[str, Any]]) -> Started:
    """Send one redemption for each client, all at once; return the outcomes. `start` is in seconds since 1970."""

    async def race(database: Database) -> list[Outcome]:
        ledger = SqlLedger(database)
        await asyncio.sleep(max(0.0, start - time.time()))
        return await asyncio.gather(*(_commit(ledger, redeem(holder, **changes)) for changes in clients))

    return _run(url, race)


def redeem_until_refused(start: float, url: str, holder: Holder, clients: int) -> Started:
    """Redeem again and again, each client until it is refused; return how many redemptions were recorded."""

    async def race(database: Database) -> int:
        ledger = SqlLedger(database)

        async def client() -> int:
            recorded = 0
            while True:
                outcome = await _commit(ledger, redeem(holder, allowance=1_000_000))
                if not isinstance(outcome, Committed) or outcome.entry.redemption is None:
                    return recorded
                recorded += 1
                await asyncio.sleep(SQLITE_BREATH_SECONDS if database.is_sqlite else 0)

        await asyncio.sleep(max(0.0, start - time.time()))
        return sum(await asyncio.gather(*(client() for _ in range(clients))))

    return _run(url, race)


def confirm_until_refused(start: float, url: str, holder: Holder, clients: int) -> Started:
    """Hold and confirm again and again, each client with OPEN_HOLDS open until nothing is held for it, and confirm
    those then; return how many redemptions were recorded."""

    async def race(database: Database) -> int:
        ledger = SqlLedger(database)

        async def client() -> int:
            waiting: deque[Hold] = deque()
            recorded, held = 0, True
            while held or waiting:
                while held and len(waiting) < OPEN_HOLDS:
                    outcome = await _commit(ledger, hold(holder, allowance=1_000_000))
                    taken = outcome.entry.hold if isinstance(outcome, Committed) else None
                    waiting += [] if taken is None else [taken]
                    held = taken is not None
                if waiting:
                    outcome = await _commit(ledger, confirm(waiting.popleft()))
                    recorded += isinstance(outcome, Committed) and outcome.entry.redemption is not None
                await asyncio.sleep(SQLITE_BREATH_SECONDS if database.is_sqlite else 0)
            return recorded

        await asyncio.sleep(max(0.0, start - time.time()))
        return sum(await asyncio.gather(*(client() for _ in range(clients))))

    return _run(url, race)


def revoke_meanwhile(start: float, url: str, holder: Holder, *, what: str) -> Started:
    """Revoke pass or device, or suspend the partner; return how many redemptions there are then, and the time."""

    async def race(database: Database) -> tuple[int, datetime]:
        await asyncio.sleep(max(0.0, start - time.time()))
        while await _recorded(database) < HEAD_START:  # noqa: ASYNC110 - the event is in the other process
            await asyncio.sleep(0.005)
        acts = AdminRecord(database, who="racer")
        revocations: dict[str, Callable[[], Awaitable[object]]] = {
            "pass": lambda: SqlRegistry(database, acts).revoke(holder.handle),
            "device": lambda: SqlPartners(database, acts).revoke_device(DEVICE_ID),
            "partner": lambda: SqlPartners(database, acts).suspend(PARTNER_ID),
        }
        assert await patiently(revocations[what])
        async with database.read() as connection:
            now = (await connection.execute(select(database.now()))).scalar_one()
        return await _recorded(database), now

    return _run(url, race)


async def _recorded(database: Database) -> int:
    async with database.read() as connection:
        return (await connection.execute(select(func.count(REDEMPTION.c.id)))).scalar_one()


async def patiently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until the database has time, as who is told that it has none does."""
    while True:
        with suppress(Unavailable):
            return await ask()


async def _commit(ledger: SqlLedger, command: Command) -> Outcome:
    """Send a command until it is decided: the same request, each time with a fresh proof."""
    [outcome] = await patiently(lambda: ledger.commit([again(command)]))
    return outcome


def _run(url: str, race: Callable[[Database], Awaitable[T]]) -> Started:
    async def on_a_database_of_its_own() -> T:
        database = Database(url)
        try:
            await database.answers()
            return await race(database)
        finally:
            await database.close()

    return Started(os.getpid(), asyncio.run(asyncio.wait_for(on_a_database_of_its_own(), GIVE_UP_SECONDS)))
