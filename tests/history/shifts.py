"""What each process of a history is told to do, and how it does it: its clients, and what comes between them."""

import asyncio
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from gateway.domain.holds import HOLD_MAX
from gateway.domain.ledger import Command, Confirm, Release, Reverse
from gateway.domain.redemptions import ReversalReason
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from tests.history.clients import CLIENTS, LIFETIME, LIMIT, Commits, Crew
from tests.history.journal import UNKNOWN, Event, Journal
from tests.history.others import Others
from tests.store.commands import Holder, fresh_request, hold, read, redeem, retry

BUGGY_TRIES = 20
"""A seeded bug may have spoilt the counters, so that a constraint lets nothing back any more."""


@dataclass(frozen=True)
class Shift:
    """What one process is told: where, whom, how much, whether units come back, who else is at work, which bug.

    `sole` is a resident whom no other process knows: with her all is played that a seeded bug needs.
    """

    url: str
    path: Path
    holders: Sequence[Holder]
    seed: int
    requests: int
    gives_back: bool = True
    others: bool = True
    bug: Callable[[Database], Commits] = SqlLedger
    sole: Holder | None = None


async def _interfere(others: Others, crew: Crew, shift: Shift) -> None:
    """Upload, then revoke a pass and cancel the show, each while the clients are at work."""
    await others.upload(shift.holders)
    await _until(crew, shift.requests)
    await others.revoke(shift.holders[shift.seed])
    await crew.ask(redeem(shift.holders[shift.seed], allowance=LIMIT))  # its holder comes with it once more
    await _until(crew, shift.requests * 2)
    await others.cancel("show-1")


async def _play(others: Others, crew: Crew, sole: Holder) -> None:
    """What chance might leave out: a hold, a reversal of what was not all, a pass that is shown once more."""
    taken = {"allowance": LIMIT, "lifetime": LIFETIME}
    unpaid = await _surely(crew, hold(sole, **taken))
    made = await _surely(crew, redeem(sole, allowance=LIMIT))
    await _surely(crew, redeem(sole, allowance=LIMIT))
    back = {"redemption_id": made["id"], "quantity": 1, "reason": ReversalReason.RETURNED}
    await _surely(crew, Reverse(**fresh_request(), **back), tries=BUGGY_TRIES)
    await _surely(crew, Release(**fresh_request(), hold_id=unpaid["id"]))
    late = await _surely(crew, hold(sole, **{**taken, "lifetime": HOLD_MAX}))
    await others.revoke(sole)
    await _surely(crew, redeem(sole, allowance=LIMIT))
    confirmed = {"hold_id": late["id"], "redemption_id": f"rdm_{late['id'][4:]}", "quantity": None}
    await _surely(crew, Confirm(**fresh_request(), **confirmed, unseal=read))


async def _surely(crew: Crew, command: Command, tries: int | None = None) -> Event:
    """Ask until it is decided, or so often."""
    for asked in count(1):
        answer = await crew.ask(command)
        decided = answer["event"] != UNKNOWN and answer.get("reason") != "IN_PROGRESS"
        if decided or asked == tries:
            return answer
        command = retry(command)
    raise AssertionError


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
        others = Others(database, journal, crew.chance, limit=LIMIT)
        if shift.others:
            work.append(_interfere(others, crew, shift))
        if shift.sole is not None:
            work.append(_play(others, crew, shift.sole))
        await asyncio.gather(*work)
        journal.close()
        await database.close()

    asyncio.run(asyncio.wait_for(work(), 120))
    return os.getpid()
