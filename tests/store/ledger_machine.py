"""All that anybody can do to the ledger, as a machine that says after each step whether the model agrees."""

import asyncio
import secrets
import tempfile
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    precondition,
    rule,
)
from sqlalchemy import literal

from gateway.domain.eligibility import Cause
from gateway.domain.errors import Unavailable
from gateway.domain.ledger import (
    ANNULMENT_WINDOW,
    Cancel,
    Command,
    Committed,
    Confirm,
    Outcome,
    Redeem,
    Release,
    Reverse,
    TakeHold,
)
from gateway.domain.occasions import Cancellation, CancellationStatus
from gateway.domain.partners import Partner
from gateway.domain.redemptions import ReversalReason
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.sweep import sweep
from tests.auth.key_home import Hands
from tests.store.city import City, device, new_pass
from tests.store.commands import DEVICE_ID, PARTNER_ID, again, cancel, fresh_request, hold, read, redeem, retry
from tests.store.ledger_balance import check
from tests.store.ledger_model import Answer, Model

T = TypeVar("T")

STEPS_MAX = 1000
RESIDENTS = 2
LIMIT = 4
CAPACITY = 7

residents = st.integers(0, RESIDENTS - 1)
quantities = st.sampled_from([1, 2, LIMIT - 1, LIMIT])
taps = st.integers(1, 2)
"""How often an impatient device sends a request at once."""

LIFETIME = timedelta(minutes=10)
WAITS = [
    timedelta(minutes=4),
    LIFETIME,
    ANNULMENT_WINDOW,
    timedelta(hours=6),
    timedelta(days=1),
    timedelta(days=5),
    timedelta(days=31),
]
whiles = st.sampled_from(WAITS)
OFFICE = "grand-theatre-office"
DEVICES = [DEVICE_ID, OFFICE]
devices = st.sampled_from(DEVICES)
reasons = st.sampled_from([ReversalReason.RETURNED, ReversalReason.GATE_NOT_OPENED])
parts = st.sampled_from([1, 1, 2, LIMIT, None])


class LedgerMachine(RuleBasedStateMachine):
    """A few residents, one occasion, and all that anybody can do to the ledger."""

    template: ClassVar[bytes]
    redemptions = Bundle[Redeem]("redemptions")
    denials = Bundle[Redeem]("denials")
    reversals = Bundle[Reverse]("reversals")
    holdings = Bundle[TakeHold]("holdings")
    endings = Bundle[Confirm | Release]("endings")
    cancellations = Bundle[Cancel]("cancellations")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        path = Path(self.folder.name) / "laurel.db"
        path.write_bytes(self.template)
        self.clock = Hands()
        self.runner = asyncio.Runner()
        self.database = Database(f"sqlite:///{path}", now=lambda: literal(self.clock(), Instant()))
        self.city = self.run(City.found(self.database))
        self.holders = [self.run(self.city.move_in()) for _ in range(RESIDENTS)]
        self.run(self.city.announce(capacity=CAPACITY))
        self.run(self.city.partners.add_device(device(OFFICE, Partner(id=PARTNER_ID, kind="x", name="x"))))
        self.model = Model(now=self.clock(), capacity=CAPACITY)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def settle(self, command: Command) -> Outcome:
        """Send a request until it has an answer: on a busy machine SQLite's writer is not always free in time."""
        while True:
            try:
                return await self.city.commit(command)
            except Unavailable:
                command = again(command)

    def send(self, *commands: Command) -> None:
        """Send requests at once. Who wins is chance, and the model is told; how many win is not."""

        async def together() -> list[Outcome]:
            return await asyncio.gather(*map(self.settle, commands))

        answers = [_answer(outcome) for outcome in self.run(together())]
        winners_first = sorted(
            zip(commands, answers, strict=True), key=lambda pair: pair[1][2] not in _names(pair[0])
        )
        for command, answer in winners_first:
            assert answer == self.model.decide(command)

    def quota(self, quantity: int, occasion: str | None = None) -> dict[str, Any]:
        """A quota per day; of seats, one per year, whichever show it is for."""
        bucket = f"{self.clock():%Y}" if occasion else self.clock().date().isoformat()
        return {"quantity": quantity, "bucket": bucket, "allowance": LIMIT, "occasion": occasion}

    def redemption(self, who: int, quantity: int, occasion: str | None = None, **changes: Any) -> Redeem:
        return redeem(self.holders[who], **self.quota(quantity, occasion), **changes)

    @rule(target=redemptions, who=residents, quantity=quantities, seated=st.booleans(), times=taps)
    def redeems(self, who: int, quantity: int, seated: bool, times: int) -> Redeem | MultipleResults[Redeem]:
        command = self.redemption(who, quantity, "show-1" if seated else None)
        self.send(command, *(retry(command) for _ in range(times - 1)))
        return multiple() if command.request_id in self.model.forget else command

    @rule(target=denials, who=residents, seated=st.booleans())
    def is_not_entitled(self, who: int, seated: bool) -> Redeem:
        command = self.redemption(who, 1, "show-1" if seated else None, cause=Cause.NOT_ENTITLED)
        self.send(command)
        return command

    @rule(who=residents, rivals=st.integers(2, 6))
    def redeems_many_at_once(self, who: int, rivals: int) -> None:
        self.send(*(self.redemption(who, 1) for _ in range(rivals)))

    @rule(target=holdings, who=residents, quantity=quantities, seated=st.booleans(), times=taps)
    def holds_units(
        self, who: int, quantity: int, seated: bool, times: int
    ) -> TakeHold | MultipleResults[TakeHold]:
        quota = self.quota(quantity, "show-1" if seated else None)
        command = hold(self.holders[who], lifetime=LIFETIME, **quota)
        self.send(command, *(retry(command) for _ in range(times - 1)))
        return multiple() if command.request_id in self.model.forget else command

    @rule(target=endings, of=holdings, quantity=parts, times=taps)
    def confirms(self, of: TakeHold, quantity: int | None, times: int) -> Confirm:
        command = Confirm(
            **fresh_request(),
            hold_id=of.hold_id,
            quantity=quantity,
            redemption_id=f"rdm_{secrets.token_urlsafe(16)}",
            unseal=read,
        )
        self.send(command, *(retry(command) for _ in range(times - 1)))
        return command

    @rule(target=endings, of=holdings, times=taps)
    def releases(self, of: TakeHold, times: int) -> Release:
        command = Release(**fresh_request(), hold_id=of.hold_id)
        self.send(command, *(retry(command) for _ in range(times - 1)))
        return command

    @rule(target=reversals, of=redemptions | endings, quantity=parts, times=taps, reason=reasons, by=devices)
    def reverses(
        self, of: Redeem | Confirm | Release, quantity: int | None, times: int, reason: ReversalReason, by: str
    ) -> Reverse:
        redemption_id = "rdm_unknown" if isinstance(of, Release) else of.redemption_id
        request = fresh_request() | {"device_id": by}
        command = Reverse(**request, redemption_id=redemption_id, quantity=quantity, reason=reason)
        self.send(command, *(retry(command) for _ in range(times - 1)))
        return command

    @precondition(lambda self: len(self.model.answers) > 8)
    @rule(target=cancellations, killed_after=st.integers(0, 3))
    def cancels(self, killed_after: int) -> Cancel:
        """Cancel the show; a process that was killed after some steps is followed by another one."""
        command = cancel()
        self.send(command)
        self.advance(command, killed_after)
        assert self.advance(command, STEPS_MAX).status is CancellationStatus.DONE
        return command

    def advance(self, command: Cancel, steps: int) -> Cancellation:
        """Go on with a cancellation as one process, for some steps at most; return how far it is then."""
        entry = self.run(self.city.ledger.recall(PARTNER_ID, command.request_id))
        assert entry is not None
        state = entry.cancellation
        assert state is not None
        while steps and state.status is CancellationStatus.RUNNING:
            state, steps = self.run(self.city.ledger.advance(PARTNER_ID, state)), steps - 1
        return state

    @rule(of=redemptions | denials | reversals | holdings | endings | cancellations)
    def retries(self, of: Command) -> None:
        self.send(retry(of))

    @rule(who=residents)
    def loses_the_pass_and_gets_another(self, who: int) -> None:
        lost, handle = self.holders[who], secrets.token_bytes(32)
        new = self.run(self.city.registry.replace(lost.handle, new_pass(handle)))
        assert new is not None
        self.model.revoked.add(lost.pass_id)
        self.send(self.redemption(who, 1))
        self.holders[who] = replace(lost, pass_id=new, handle=handle)

    @rule(time=whiles, sweeping=st.booleans())
    def waits(self, time: timedelta, sweeping: bool) -> None:
        self.clock.now += time
        self.model.now = self.clock()
        if sweeping:
            self.run(sweep(self.database))
            self.model.sweep()

    @invariant()
    def holds(self) -> None:
        self.run(check(self.city, self.model))


def _names(command: Command) -> set[str | None]:
    """The ids that only this one of several equal requests can have made."""
    return {getattr(command, "redemption_id", None), getattr(command, "hold_id", None)} - {None}


def _answer(outcome: Outcome) -> Answer:
    assert isinstance(outcome, Committed)
    entry, redemption = outcome.entry, outcome.entry.redemption
    if redemption is None:
        return entry.kind, entry.reason, None if entry.hold is None else entry.hold.id, None
    return entry.kind, entry.reason, redemption.id, redemption.reversed_quantity
