"""What one of several processes does in a race of ends: each client of it has one command, and all go at once."""

import asyncio
import os
import time
from collections.abc import Sequence

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import Command, Committed, Outcome
from gateway.domain.occasions import CancellationStatus
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from tests.store.commands import again
from tests.store.racer import GIVE_UP_SECONDS, Started


def commit_at(start: float, url: str, commands: Sequence[Command]) -> Started:
    """Send every command at once, again where nobody knows; a cancellation goes on until it is done."""

    async def settle(ledger: SqlLedger, command: Command) -> Outcome:
        while True:
            try:
                [outcome] = await ledger.commit([command])
            except Unavailable:
                command = again(command)
            else:
                return outcome

    async def client(ledger: SqlLedger, command: Command) -> Outcome:
        outcome = await settle(ledger, command)
        state = outcome.entry.cancellation if isinstance(outcome, Committed) else None
        while state is not None and state.status is CancellationStatus.RUNNING:
            try:
                state = await ledger.advance(command.partner_id, state)
            except Unavailable:
                continue
        return outcome

    async def race() -> Sequence[Outcome]:
        database = Database(url)
        ledger = SqlLedger(database)
        await database.answers()
        await asyncio.sleep(max(0.0, start - time.time()))
        outcomes = await asyncio.gather(*(client(ledger, command) for command in commands))
        await database.close()
        return outcomes

    return Started(os.getpid(), asyncio.run(asyncio.wait_for(race(), GIVE_UP_SECONDS)))
