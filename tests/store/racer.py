"""What one of several processes does in a race. Each opens the database for itself, as nodes do."""

import asyncio
import os
import time
from collections.abc import Coroutine
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import func, select

from gateway.domain.ledger import Committed, Outcome
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from gateway.store.partners import SqlPartners
from gateway.store.registry import SqlRegistry
from gateway.store.tables import REDEMPTION
from tests.store.commands import DEVICE_ID, PARTNER_ID, Holder, redeem

T = TypeVar("T")

HEAD_START = 5
"""Redemptions before the revocation: enough to be sure that the others are running."""


SQLITE_BREATH_SECONDS = 0.005
"""Between a client's redemptions: SQLite has no queue, so who writes without a pause starves the others."""

GIVE_UP_SECONDS = 20
"""A race that lasts so long is lost."""


@dataclass(frozen=True)
class Started:
    """What a process did, and which it was."""

    pid: int
    result: Any


def redeem_at(start: float, url: str, holder: Holder, clients: list[dict[str, Any]]) -> Started:
    """Send one redemption for each client, all at once; return the outcomes. `start` is in seconds since 1970."""

    async def race() -> list[Outcome]:
        database = Database(url)
        ledger = SqlLedger(database)
        await database.answers()

        async def client(changes: dict[str, Any]) -> Outcome:
            [outcome] = await ledger.commit([redeem(holder, **changes)])
            return outcome

        await asyncio.sleep(max(0.0, start - time.time()))
        outcomes = await asyncio.gather(*(client(changes) for changes in clients))
        await database.close()
        return outcomes

    return _run(race())


def redeem_until_refused(start: float, url: str, holder: Holder, clients: int) -> Started:
    """Redeem again and again, each client until it is refused; return how many redemptions were recorded."""

    async def race() -> int:
        database = Database(url)
        ledger = SqlLedger(database)
        await database.answers()

        async def client() -> int:
            recorded = 0
            while True:
                [outcome] = await ledger.commit([redeem(holder, allowance=1_000_000)])
                if not isinstance(outcome, Committed) or outcome.entry.redemption is None:
                    return recorded
                recorded += 1
                await asyncio.sleep(SQLITE_BREATH_SECONDS if database.is_sqlite else 0)

        await asyncio.sleep(max(0.0, start - time.time()))
        counts = await asyncio.gather(*(client() for _ in range(clients)))
        await database.close()
        return sum(counts)

    return _run(race())


def revoke_meanwhile(start: float, url: str, holder: Holder, *, what: str) -> Started:
    """Revoke pass or device, or suspend the partner; return how many redemptions there are then, and the time."""

    async def race() -> tuple[int, datetime]:
        database = Database(url)
        await database.answers()
        await asyncio.sleep(max(0.0, start - time.time()))
        while await _recorded(database) < HEAD_START:  # noqa: ASYNC110 - the event is in the other process
            await asyncio.sleep(0.005)
        if what == "pass":
            assert await SqlRegistry(database, AdminRecord(database, who="racer")).revoke(holder.handle)
        elif what == "device":
            assert await SqlPartners(database, AdminRecord(database, who="racer")).revoke_device(DEVICE_ID)
        else:
            assert await SqlPartners(database, AdminRecord(database, who="racer")).suspend(PARTNER_ID)
        async with database.read() as connection:
            now = (await connection.execute(select(database.now()))).scalar_one()
        recorded = await _recorded(database)
        await database.close()
        return recorded, now

    return _run(race())


async def _recorded(database: Database) -> int:
    async with database.read() as connection:
        return (await connection.execute(select(func.count(REDEMPTION.c.id)))).scalar_one()


def _run(race: Coroutine[Any, Any, T]) -> Started:
    return Started(os.getpid(), asyncio.run(asyncio.wait_for(race, GIVE_UP_SECONDS)))
