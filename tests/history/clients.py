"""Clients that do everything at once, with what they know from each other: holds, ends, reversals, retries."""

import asyncio
import os
import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import (
    Command,
    Committed,
    Confirm,
    NotAccepted,
    Outcome,
    Redeem,
    Release,
    Reverse,
    Take,
    TakeHold,
)
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from tests.history.journal import FAIL, OK, UNKNOWN, Event, Journal, NobodyKnows
from tests.history.others import Others
from tests.store.commands import Holder, confirm, hold, redeem, release, retry, reverse

CLIENTS = 4
"""Of one process."""

LIMIT = 3
LIFETIME = timedelta(seconds=2)
"""So short that some holds expire while the others run, by the database's own clock."""

LOST = 0.15
"""The share of answers that get lost on their way; each such request is sent again."""

TRIES = 8
ONLY_REDEEMS = 1.0
OP = {Redeem: "redeem", TakeHold: "hold", Confirm: "confirm", Release: "release", Reverse: "reverse"}


class Commits(Protocol):
    """What a client needs of a ledger."""

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Decide and record."""
        ...


@dataclass
class Crew:
    """The clients of one process. They share what they got, so that they get in each other's way."""

    ledger: Commits
    journal: Journal
    holders: Sequence[Holder]
    chance: random.Random
    gives_back: bool = True
    holds: list[Any] = field(default_factory=list)
    redemptions: list[Any] = field(default_factory=list)
    sent: int = 0

    async def work(self, requests: int) -> None:
        """Send some requests, one after the other, each until its answer is known."""
        for _ in range(requests):
            command = self._choose()
            self.sent += 1
            for _ in range(TRIES):
                answer = await self.journal.call(_asked(command), lambda: self._send(command))  # noqa: B023
                if answer["event"] != UNKNOWN and self.chance.random() > LOST:
                    break
                command = retry(command)  # an answer that was lost, or an impatient device

    def _choose(self) -> Command:
        holder = self.chance.choice(self.holders)
        terms: dict[str, Any] = {
            "quantity": self.chance.choice((1, 1, 2)),
            "allowance": LIMIT,
            "lifetime": LIFETIME,
        }
        if self.chance.random() < 0.4:
            terms["occasion"] = "show-1"
        dice = self.chance.random() if self.gives_back else ONLY_REDEEMS
        if dice < 0.25 and self.holds:
            return confirm(self.chance.choice(self.holds[-4:]), self.chance.choice((None, 1)))
        if dice < 0.4 and self.holds:
            return release(self.chance.choice(self.holds[-4:]))
        if dice < 0.6 and self.redemptions:
            return reverse(self.chance.choice(self.redemptions[-6:]), self.chance.choice((None, 1)))
        if dice < 0.8:
            return hold(holder, **terms)
        return redeem(holder, **{name: value for name, value in terms.items() if name != "lifetime"})

    async def _send(self, command: Command) -> Event:
        try:
            [outcome] = await self.ledger.commit([command])
        except Unavailable:
            raise NobodyKnows from None
        if self.chance.random() < LOST:
            raise NobodyKnows
        if not isinstance(outcome, Committed):
            assert not isinstance(outcome, NotAccepted)
            return {"event": FAIL, "reason": "IN_PROGRESS"}
        entry = outcome.entry
        if entry.redemption is not None:
            self.redemptions.append(entry.redemption)
        elif entry.hold is not None:
            self.holds.append(entry.hold)
        return answer_of(outcome)


def answer_of(outcome: Committed) -> Event:
    """Return what a journal writes of an outcome."""
    entry, replayed = outcome.entry, outcome.replayed
    if entry.redemption is not None:
        made = entry.redemption
        reversed_ = {"reversed": made.reversed_quantity}
        return {"event": OK, "id": made.id, "quantity": made.quantity, **reversed_, "replayed": replayed}
    if entry.hold is not None:
        kept = entry.hold
        until = {"expires": kept.expires_at.timestamp()}
        return {"event": OK, "id": kept.id, "quantity": kept.quantity, **until, "replayed": replayed}
    return {"event": FAIL, "reason": str(entry.reason), "replayed": replayed}


def _asked(command: Command) -> Event:
    asked: Event = {"op": OP[type(command)], "partner": command.partner_id, "request": command.request_id}
    if isinstance(command, Take):
        asked |= {"quota": f"{command.pseudonym.hex()}/{command.bucket}", "limit": LIMIT}
        asked |= {"quantity": command.quantity, "pass": command.pass_id, "occasion": command.occasion}
    for name in ("hold_id", "redemption_id"):
        if isinstance(command, Confirm | Release | Reverse) and hasattr(command, name):
            asked[name.removesuffix("_id")] = getattr(command, name)
    if isinstance(command, Confirm | Reverse):
        asked["quantity"] = command.quantity
    return asked


@dataclass(frozen=True)
class Shift:
    """What one process is told: where, whom, how much, whether units come back, who else is at work, which bug."""

    url: str
    path: Path
    holders: Sequence[Holder]
    seed: int
    requests: int
    gives_back: bool = True
    others: bool = True
    bug: Callable[[Database], Commits] = SqlLedger


async def _interfere(others: Others, crew: Crew, shift: Shift) -> None:
    """Upload, then revoke a pass and cancel the show, each while the clients are at work."""
    await others.upload(shift.holders)
    await _until(crew, shift.requests)
    await others.revoke(shift.holders[shift.seed])
    late = redeem(shift.holders[shift.seed], quantity=1, allowance=LIMIT)  # its holder comes with it once more
    for _ in range(TRIES):
        if (await crew.journal.call(_asked(late), lambda: crew._send(late)))["event"] != UNKNOWN:  # noqa: B023
            break
        late = retry(late)
    await _until(crew, shift.requests * 2)
    await others.cancel("show-1")


async def _until(crew: Crew, sent: int) -> None:
    while crew.sent < sent:  # noqa: ASYNC110 - nobody tells
        await asyncio.sleep(0.01)


def run(start: float, shift: Shift) -> int:
    """Let a process's clients work from an instant on; return the process's id."""

    async def work() -> None:
        database, journal = Database(shift.url), Journal(shift.path)
        await database.answers()
        crew = Crew(shift.bug(database), journal, shift.holders, random.Random(shift.seed), shift.gives_back)
        await asyncio.sleep(max(0.0, start - time.time()))
        work = [crew.work(shift.requests) for _ in range(CLIENTS)]
        if shift.others:
            work.append(_interfere(Others(database, journal, crew.chance, limit=LIMIT), crew, shift))
        await asyncio.gather(*work)
        journal.close()
        await database.close()

    asyncio.run(asyncio.wait_for(work(), 60))
    return os.getpid()


def renamed(command: Command) -> Command:
    """Return the same request as if it were a new one."""
    return replace(command, request_id=secrets.token_urlsafe(16))
