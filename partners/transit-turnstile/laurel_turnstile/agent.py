"""The agent as a whole: composed, started, kept going and ended."""

import asyncio
import json
import logging
import os
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing, suppress
from datetime import UTC, datetime
from pathlib import Path

from laurel_client import Credentials, LaurelClient, LaurelError, Unavailable
from laurel_turnstile.box import Box
from laurel_turnstile.decision import CLOCK_SKEW
from laurel_turnstile.gate import Gate
from laurel_turnstile.handing_in import HandingIn
from laurel_turnstile.line import Line
from laurel_turnstile.provisions import Provisions
from laurel_turnstile.sealing import Seal
from laurel_turnstile.tables import Lock, connect
from laurel_turnstile.tally import Tally
from laurel_turnstile.taps import State
from laurel_turnstile.terms import Terms

QUEUE, REJECTS = "taps.sqlite", "rejected.jsonl"
SWEEP_EVERY = 600
"""Rounds of upkeep between two sweeps."""

log = logging.getLogger("laurel_turnstile")


class Agent:
    """One gate's agent. `gate` decides; `upkeep` runs beside it until it is cancelled."""

    def __init__(self, client: LaurelClient, *, box: Box, provisions: Provisions, terms: Terms) -> None:
        self.tally = Tally()
        self._rejects_written = -1
        self.keeping: asyncio.Task[None] | None = None
        """The upkeep, where it runs. It ends by a bug alone, and with it the agent should."""
        self._box, self._provisions, self._terms = box, provisions, terms
        self.line = Line(client, provisions, self.tally, terms)
        seal = Seal(client.credentials.key)
        self.gate = Gate(box=box, provisions=provisions, line=self.line, seal=seal, terms=terms, tally=self.tally)
        self._handing_in = HandingIn(
            box=box, provisions=provisions, seal=seal, gate=self.gate, terms=terms, tally=self.tally
        )

    def status(self) -> Mapping[str, object]:
        """Return the agent's state; what is not known is None."""
        now, held = datetime.now(UTC), self._provisions.held()
        allowance, status = held.allowance, held.status
        return {
            "line": "up" if self.line.up else "down",
            "online": int(self.line.up),
            "queue": self._box.count(State.GRANTED),
            "taking_back": self._box.count(State.UNWANTED),
            "rejects": self._box.rejected(),
            "list_age_seconds": None if status is None else round((now - status.issued_at).total_seconds()),
            "list_ends_in_seconds": None if status is None else round((status.expires_at - now).total_seconds()),
            "allowance_left": None if allowance is None else max(0, allowance.units - held.used),
            "allowance_ends_in_seconds": None
            if allowance is None
            else round((allowance.ends_at - now).total_seconds()),
            "clock_ahead_seconds": self.line.clock_ahead_seconds,
            "slowest_offline_ms": round(1000 * self.tally.slowest_offline_seconds, 3),
            "trouble": self.tally.trouble,
        }

    async def upkeep(self) -> None:
        """Keep the line, hand in and take back, over and over. A disk that fails is told, and tried again."""
        rounds, was_up = 0, False
        while True:
            try:
                await self._round(sweeps=rounds % SWEEP_EVERY == 0)
                self.tally.tried("upkeep")
            except (sqlite3.Error, OSError) as error:
                self.tally.tried("upkeep", error)
                log.warning("storage failed: %s", type(error).__name__)
            if self.line.up != was_up:
                was_up = self.line.up
                log.info("line %s", "up" if was_up else "down")
            rounds += 1
            await asyncio.sleep(self._terms.probe_every)

    async def _round(self, *, sweeps: bool) -> None:
        self._write_rejects_if_new()
        await self.line.keep()
        if self.line.up:
            await self._set_times_right()
            await self._hand_in()
        if sweeps:
            self._box.sweep(now=datetime.now(UTC))
            self._provisions.sweep()

    async def _set_times_right(self) -> None:
        """Correct the times of taps that a clock gave which ran ahead, once it agrees with the gateway's again.

        Else all of them would wait for those times to come, and the gate would decide nothing alone until then.
        """
        if self._box.newest() > datetime.now(UTC) + CLOCK_SKEW and await self.line.clock_is_right():
            self._box.none_after(datetime.now(UTC))

    async def _hand_in(self) -> None:
        try:
            await self._handing_in.run(self.line.patient)
            self.tally.tried("queue")
        except LaurelError as error:
            self.tally.tried("queue", error)
            if isinstance(error, Unavailable):
                self.line.failed(error)
        self._write_rejects_if_new()

    def _write_rejects_if_new(self) -> None:
        """Write what people have to see to, at the start and when there is more; again where the disk refused."""
        rejected = self._box.rejected()
        if rejected != self._rejects_written:
            self._write_rejects()
            self._rejects_written = rejected

    def _write_rejects(self) -> None:
        """Write a whole file, or leave the one before. It holds no pass."""
        path = self._terms.folder / REJECTS
        lines = "".join(json.dumps(_for_people(one), ensure_ascii=False) + "\n" for one in self._box.rejects())
        temporary = path.with_name(path.name + ".tmp")
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(lines)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def _for_people(reject: Mapping[str, object]) -> dict[str, object]:
    at = {
        name: datetime.fromtimestamp(float(str(reject[name])), UTC).isoformat(timespec="seconds")
        for name in ("happened_at", "noted_at")
    }
    return {**reject, **at}


@asynccontextmanager
async def agent(partner: Path, terms: Terms) -> AsyncIterator[Agent]:
    """Compose the agent of a partner file and start its upkeep, for as long as the block lasts.

    Raises:
        BadCredentials: the partner file can't be used.
        FolderInUse: another agent works on the folder.
        Damaged: the queue's file is.
        sqlite3.Error, OSError: the folder can't be used.
    """
    credentials = Credentials.from_file(partner)
    lock = Lock(terms.folder)
    try:
        with closing(connect(terms.folder / QUEUE)) as connection:
            box = Box(connection)
            provisions = Provisions(connection, box)
            async with LaurelClient(credentials) as client:
                composed = Agent(client, box=box, provisions=provisions, terms=terms)
                composed.keeping = asyncio.create_task(composed.upkeep())
                try:
                    yield composed
                finally:
                    composed.keeping.cancel()
                    with suppress(asyncio.CancelledError):
                        await composed.keeping
                    await composed.gate.at_rest()
    finally:
        lock.release()
