"""Whatever happens in whatever order, the ledger says what the model says, and its invariants hold.

`LEDGER_EXAMPLES=1000 make test ARGS="-k stateful"` looks longer.
"""

import asyncio
import os
import secrets
import tempfile
from collections import Counter
from collections.abc import Coroutine
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import literal

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import Committed, Outcome, Redeem, Reverse
from gateway.domain.redemptions import ReversalReason
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.sweep import sweep
from gateway.store.tables import ENTRY, OCCASION, QUOTA, REDEMPTION
from tests.auth.key_home import Hands
from tests.store.city import City, new_pass
from tests.store.commands import again, fresh_request, redeem
from tests.store.ledger_model import Answer, Model

T = TypeVar("T")

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "12"))
STEPS = 50
RESIDENTS = 2
LIMIT = 4
CAPACITY = 7

residents = st.integers(0, RESIDENTS - 1)
quantities = st.sampled_from([1, 2, LIMIT - 1, LIMIT])
taps = st.integers(1, 2)
"""How often an impatient device sends a request at once."""

whiles = st.sampled_from([timedelta(hours=6), timedelta(days=1), timedelta(days=5), timedelta(days=31)])
parts = st.sampled_from([1, 1, 2, LIMIT, None])


class LedgerMachine(RuleBasedStateMachine):
    """A few residents, one occasion, and all that anybody can do to the ledger."""

    template: ClassVar[bytes]
    redemptions = Bundle[Redeem]("redemptions")
    denials = Bundle[Redeem]("denials")
    reversals = Bundle[Reverse]("reversals")

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
        self.model = Model(now=self.clock(), capacity=CAPACITY)

    def teardown(self) -> None:
        self.run(self.database.close())
        self.runner.close()
        self.folder.cleanup()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def send(self, *commands: Redeem | Reverse) -> None:
        """Send requests at once. Who wins is chance, and the model is told; how many win is not."""

        async def together() -> list[Outcome]:
            return await asyncio.gather(*map(self.city.commit, commands))

        answers = [_answer(outcome) for outcome in self.run(together())]
        winners_first = sorted(
            zip(commands, answers, strict=True), key=lambda pair: pair[1][2] != pair[0].redemption_id
        )
        for command, answer in winners_first:
            assert answer == self.model.decide(command)

    def redemption(self, who: int, quantity: int, **changes: Any) -> Redeem:
        today = self.clock().date().isoformat()
        return redeem(self.holders[who], quantity=quantity, bucket=today, allowance=LIMIT, **changes)

    @rule(target=redemptions, who=residents, quantity=quantities, seated=st.booleans(), times=taps)
    def redeems(self, who: int, quantity: int, seated: bool, times: int) -> Redeem | MultipleResults[Redeem]:
        command = self.redemption(who, quantity, occasion="show-1" if seated else None)
        self.send(command, *(_again(command) for _ in range(times - 1)))
        return multiple() if command.request_id in self.model.forget else command

    @rule(target=denials, who=residents, seated=st.booleans())
    def is_not_entitled(self, who: int, seated: bool) -> Redeem:
        command = self.redemption(who, 1, occasion="show-1" if seated else None, cause=Cause.NOT_ENTITLED)
        self.send(command)
        return command

    @rule(who=residents, rivals=st.integers(2, 6))
    def redeems_many_at_once(self, who: int, rivals: int) -> None:
        self.send(*(self.redemption(who, 1) for _ in range(rivals)))

    @rule(target=reversals, of=redemptions, quantity=parts, times=taps)
    def reverses(self, of: Redeem, quantity: int | None, times: int) -> Reverse:
        reason = ReversalReason.RETURNED
        command = Reverse(**fresh_request(), redemption_id=of.redemption_id, quantity=quantity, reason=reason)
        self.send(command, *(_again(command) for _ in range(times - 1)))
        return command

    @rule(of=redemptions | denials | reversals)
    def retries(self, of: Redeem | Reverse) -> None:
        self.send(_again(of))

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
        tables = self.city.tables(QUOTA, ENTRY, REDEMPTION, OCCASION)
        quotas, entries, redemptions, [occasion] = self.run(tables)
        live, seats, reversed_ = Counter[Any](), 0, Counter[str]()
        for row in redemptions:
            remains = row["quantity"] - row["reversed_quantity"]
            live[row["pseudonym"], row["bucket"]] += remains
            seats += remains if row["occasion"] else 0
        for row in entries:
            reversed_[row["redemption_id"]] += row["quantity"] if row["kind"] == "REVERSED" else 0
        assert all(row["used"] <= row["allowance"] <= LIMIT for row in quotas), "I1"
        assert {row["request_id"]: row["kind"] for row in entries} == {
            request_id: answer[0] for request_id, answer in self.model.answers.items()
        }, "I2"
        assert all(reversed_[row["id"]] == row["reversed_quantity"] <= row["quantity"] for row in redemptions), (
            "I6"
        )
        assert {(row["pseudonym"], row["bucket"]): row["used"] for row in quotas} == live, "I8"
        effects = [(row["request_id"], row["redemption_id"]) for row in entries if row["kind"] == "REDEEMED"]
        assert sorted(effects) == sorted((row["request_id"], row["id"]) for row in redemptions), "I9"
        assert occasion["used"] == seats <= CAPACITY, "seats"


def _again(command: Redeem | Reverse) -> Redeem | Reverse:
    """A retry: a fresh proof and, for a redemption, the new redemption id that the service would draw."""
    new = {"redemption_id": f"rdm_{secrets.token_urlsafe(16)}"} if isinstance(command, Redeem) else {}
    return again(command, **new)


def _answer(outcome: Outcome) -> Answer:
    assert isinstance(outcome, Committed)
    entry, redemption = outcome.entry, outcome.entry.redemption
    if redemption is None:
        return entry.kind, entry.reason, None, None
    return entry.kind, entry.reason, redemption.id, redemption.reversed_quantity


@pytest.mark.timeout(900)  # when it fails, hypothesis looks for the shortest way to the failure
def test_the_ledger_does_what_the_model_does(sqlite_template: bytes) -> None:
    LedgerMachine.template = sqlite_template
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
