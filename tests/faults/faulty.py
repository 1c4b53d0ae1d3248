"""A gateway with a fault inside, served as `gateway serve` does it.

`FAULT_CLOCK_SECONDS` puts its clock forward or back, and not the database's. `FAULT_POINT` lets it die at the
first effect: `before-commit`, when all is written and nothing kept, or `after-commit`, when nobody is told yet.
"""

import contextlib
import os
import signal
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event

from gateway.app import create_app
from gateway.assembly import Laurel, assemble
from gateway.cli.console import closing
from gateway.cli.serve import bind, run, server
from gateway.domain.clock import system_clock
from gateway.domain.ledger import Command, Outcome
from gateway.logs import configure_logs
from gateway.settings import Settings
from gateway.store import steps
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger

BEFORE, AFTER = "before-commit", "after-commit"


def die() -> None:
    """End as SIGKILL ends: nothing more is written, nobody is told."""
    os.kill(os.getpid(), signal.SIGKILL)
    signal.pause()  # not one statement later


class MortalLedger(SqlLedger):
    """The ledger, which takes the process with it at one point of an effect."""

    def __init__(self, database: Database, point: str) -> None:
        super().__init__(database)
        self._point, self._within = point, False

        def committing(connection: Any) -> None:
            if self._within and point == BEFORE:
                die()

        event.listen(database._writer.sync_engine, "commit", committing)
        send = steps._send

        async def sending(driver: Any, statement: str) -> None:
            if statement == "COMMIT":
                committing(driver)
            await send(driver, statement)

        steps._send = sending

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Commit, or not quite."""
        self._within = True
        outcomes = await super().commit(batch)
        if self._point == AFTER:
            die()
        return outcomes


def _with_a_fault(laurel: Laurel) -> Laurel:
    point = os.environ.get("FAULT_POINT")
    if point is None:
        return laurel
    return replace(laurel, ports=replace(laurel.ports, ledger=MortalLedger(laurel.database, point)))


def serve(port: int) -> None:
    """Serve on a port of this machine."""
    settings = Settings.read()
    configure_logs(settings.log_level)
    ahead = timedelta(seconds=float(os.environ.get("FAULT_CLOCK_SECONDS", "0")))

    def clock() -> datetime:
        return system_clock() + ahead

    with bind("127.0.0.1", port) as listening:

        async def start() -> None:
            async with contextlib.AsyncExitStack() as stack:
                laurel = await stack.enter_async_context(closing(assemble(settings, clock=clock)))
                await laurel.require_fit()
                await server(create_app(_with_a_fault(laurel))).serve(sockets=[listening])

        run(start())
