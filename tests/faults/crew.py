"""Box office clerks at once, over HTTP: holds, ends, reversals, retries, until each answer is known."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import assert_never

from laurel_client import (
    Hold,
    HoldStatus,
    LaurelClient,
    Redemption,
    Refused,
    ReversalReason,
    Status,
    Unavailable,
    Undetermined,
    new_request_id,
)
from laurel_client.clock import SYSTEM_CLOCK, Clock
from tests.faults.towns import HEAL_SECONDS, PER_RESIDENT, SHOW, Town
from tests.history.journal import FAIL, OK, UNKNOWN, Event, Journal, NobodyKnows

CLERKS = 8
IMPATIENT = 0.1
"""The share of answers that a clerk doesn't read: the same request again."""

Answer = Redemption | Hold | Refused | Undetermined
Request = Callable[[LaurelClient], Awaitable[Answer]]


@dataclass
class Crew:
    """Clerks who share what they got, so that they get in each other's way; and what they wrote down."""

    town: Town
    journal: Journal
    chance: random.Random
    clients: Sequence[LaurelClient]
    holds: list[str] = field(default_factory=list)
    redemptions: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    over: bool = False
    effects: int = 0
    told: int = 0

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Let the clerks work while the block lasts; then each ends what it began (I5)."""
        self.over = False
        clerks = [asyncio.create_task(self._clerk(number)) for number in range(CLERKS)]
        try:
            yield
        finally:
            self.over = True
            async with asyncio.timeout(2 * HEAL_SECONDS):
                await asyncio.gather(*clerks)

    async def more_effects(self, least: int = 3) -> float:
        """Wait until the clerks had so many more effects; return after how many seconds."""
        began, before = time.monotonic(), self.effects
        await self._until(lambda: self.effects >= before + least)
        return time.monotonic() - began

    async def more_told(self, least: int = 3) -> None:
        """Wait until clerks were told so many times to come back."""
        before = self.told
        await self._until(lambda: self.told >= before + least)

    async def _until(self, seen: Callable[[], bool]) -> None:
        give_up_at = time.monotonic() + HEAL_SECONDS
        while not seen():
            assert time.monotonic() < give_up_at, "nothing came of it"
            await asyncio.sleep(0.01)

    async def insist(self, asked: Event, request: Request, *, first: int = 0, impatience: float = 0.0) -> Event:
        """Send a request, again and again and to each node in turn, until it is known what became of it."""
        give_up_at, tries = time.monotonic() + HEAL_SECONDS, 0
        while True:
            answer = await self.attempt(asked, request, node=first + tries)
            if answer["event"] != UNKNOWN and self.chance.random() >= impatience:
                return answer
            tries += 1
            assert time.monotonic() < give_up_at, "the gateway did not heal"
            await asyncio.sleep(0.05 if answer["event"] != UNKNOWN else self.chance.uniform(0.05, 0.3))

    async def attempt(self, asked: Event, request: Request, *, node: int = 0) -> Event:
        """Send a request once and return what is known of it."""
        client = self.clients[node % len(self.clients)]

        async def send() -> Event:
            began = time.monotonic()
            try:
                answer = await request(client)
            except Unavailable as error:
                after = error.retry_after_seconds
                self.told += after is not None
                raise NobodyKnows(seconds=time.monotonic() - began, retry_after=after, told=str(error)) from None
            return self._noted(answer)

        return await self.journal.call(asked, send)

    async def redeem(self, resident: int, request_id: str, *, node: int = 0) -> Event:
        """Send one redemption once."""
        return await self.attempt(*self.redeeming(resident, request_id), node=node)

    def redeeming(self, resident: int, request_id: str) -> tuple[Event, Request]:
        """Return what a journal writes of a redemption, and how it is sent."""
        given = self.town.passes[resident].token, SHOW, 1, self.town.show
        asked = {**self._asked("redeem", request_id), **self._taken(resident, 1)}
        return asked, lambda client: client.redeem_reward(*given, request_id=request_id)

    async def _clerk(self, number: int) -> None:
        while not self.over:
            asked, request = self._choose()
            await self.insist(asked, request, first=number, impatience=IMPATIENT)
            await asyncio.sleep(0.01)

    def _choose(self) -> tuple[Event, Request]:
        own, dice = new_request_id(), self.chance.random()
        part = self.chance.choice((None, 1))
        if dice < 0.25 and self.holds:
            hold = self._one_of(self.holds)
            asked = {**self._asked("confirm", own), "hold": hold, "quantity": part}
            return asked, lambda client: client.confirm_hold(hold, part, request_id=own)
        if dice < 0.4 and self.holds:
            hold = self._one_of(self.holds)
            return {**self._asked("release", own), "hold": hold}, lambda client: client.release_hold(
                hold, request_id=own
            )
        if dice < 0.65 and self.redemptions:
            made = self._one_of(self.redemptions)
            asked = {**self._asked("reverse", own), "redemption": made, "quantity": part}
            return asked, lambda client: client.reverse_redemption(
                made, ReversalReason.MISTAKE, part, request_id=own
            )
        resident = self.chance.randrange(len(self.town.passes))
        if dice < 0.8:
            return self.redeeming(resident, own)
        given = self.town.passes[resident].token, SHOW, self.chance.choice((1, 1, 2)), self.town.show
        asked = {**self._asked("hold", own), **self._taken(resident, given[2])}
        return asked, lambda client: client.hold_reward(*given, request_id=own)

    def _one_of(self, known: list[str]) -> str:
        """Choose what to end or take back; mostly nobody else does, or the show would be sold out for good."""
        place = self.chance.randrange(len(known))
        return known[place] if self.chance.random() < 0.3 else known.pop(place)

    def _remember(self, made: str, known: list[str]) -> None:
        """Keep what somebody may end or take back, also where only a retry was told of it."""
        if made not in self.seen:
            known.append(made)
        self.seen.add(made)

    def _asked(self, operation: str, own: str) -> Event:
        return {"op": operation, "partner": self.town.credentials.partner_id, "request": own}

    def _taken(self, resident: int, quantity: int) -> Event:
        """Whose quota a request takes from: by number, since a journal holds no pass."""
        show = self.town.show
        limit = {"quota": f"resident {resident}, {show}", "limit": PER_RESIDENT, "occasion": show}
        return {**limit, "pass": resident, "quantity": quantity}

    def _noted(self, answer: Answer) -> Event:
        match answer:
            case Redemption():
                if answer.status is Status.REDEEMED:
                    self._remember(answer.id, self.redemptions)
                return self._effect(answer, reversed=answer.reversed_quantity)
            case Hold():
                if answer.status is HoldStatus.HELD:
                    self._remember(answer.id, self.holds)
                return self._effect(answer, expires=answer.expires_at.timestamp())
            case Refused():
                return {"event": FAIL, "reason": answer.reason.value, "replayed": answer.replayed}
            case Undetermined():
                raise AssertionError(answer)
            case _:
                assert_never(answer)

    def _effect(self, made: Redemption | Hold, **told: object) -> Event:
        self.effects += not made.replayed
        return {"event": OK, "id": made.id, "quantity": made.quantity, "replayed": made.replayed, **told}


@asynccontextmanager
async def crew_of(
    town: Town, seed: int, *, nodes: Sequence[int] = (0,), clocks: Sequence[Clock] = (SYSTEM_CLOCK, SYSTEM_CLOCK)
) -> AsyncIterator[Crew]:
    """Yield the clerks of a town, who take its nodes in turn; `clocks` are what each node's caller goes by."""
    journal = Journal(town.folder / "journal.jsonl")
    try:
        async with AsyncExitStack() as stack:
            clients = [await stack.enter_async_context(town.client(node, clock=clocks[node])) for node in nodes]
            yield Crew(town, journal, random.Random(seed), clients)
    finally:
        journal.close()
