"""Clients that do everything at once, with what they know from each other: holds, ends, reversals, retries."""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
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
from tests.history.journal import FAIL, OK, UNKNOWN, Event, Journal, NobodyKnows
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
        """Send some requests, one after the other."""
        for _ in range(requests):
            self.sent += 1
            await self.ask(self._choose())

    async def ask(self, command: Command) -> Event:
        """Send a request until its answer is known, and now and then once more; return what came of it."""
        answer: Event = {"event": UNKNOWN}
        for _ in range(TRIES):
            answer = await self.journal.call(_asked(command), lambda: self._send(command))  # noqa: B023
            if answer["event"] != UNKNOWN and self.chance.random() > LOST:
                break
            command = retry(command)  # an answer that was lost, or an impatient device
        return answer

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


def renamed(command: Command) -> Command:
    """Return the same request as if it were a new one."""
    return replace(command, request_id=secrets.token_urlsafe(16))
