"""Whatever happens in whatever order, the ledger says what the model says, and its invariants hold.

Hypothesis looks for a short way to a failure, `LEDGER_EXAMPLES=1000 make test ARGS="-k stateful"` for longer. A
walk of 2,000 steps goes where the way is long, and hypothesis never does: it gives an example up whose choices are
too many. `LEDGER_STEPS` and `LEDGER_SEEDS` let it walk farther, and on more ways. Each answer is compared with the
model's at once, all tables every LEDGER_LOOKS steps, for they grow.
"""

import os
import random
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from gateway.domain.ledger import Cancel, Command, Confirm, Redeem, Release, Reverse, TakeHold
from gateway.domain.redemptions import ReversalReason
from gateway.store import cancelling
from tests.store.gate_machine import AGES, NOBODY, GateMachine
from tests.store.ledger_machine import CAPACITY, DEVICES, LIMIT, RESIDENTS, WAITS, LedgerMachine

EXAMPLES = int(os.environ.get("LEDGER_EXAMPLES", "12"))
STEPS = int(os.environ.get("LEDGER_STEPS", "2000"))
LOOKS = int(os.environ.get("LEDGER_LOOKS", "20"))
SEEDS = int(os.environ.get("LEDGER_SEEDS", "1"))
EXAMPLE_STEPS = 50
RECENT = 12
"""How far back one looks for something to confirm, reverse or retry."""


@pytest.fixture(autouse=True)
def small_steps(sqlite_template: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a cancellation need several transactions."""
    LedgerMachine.template = sqlite_template
    monkeypatch.setattr(cancelling, "BATCH", 2)


@pytest.mark.timeout(900)  # when it fails, hypothesis looks for the shortest way to the failure
def test_the_ledger_does_what_the_model_does() -> None:
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=EXAMPLE_STEPS,
            deadline=None,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(SEEDS))
def test_the_ledger_does_what_the_model_does_on_a_long_walk(seed: int) -> None:
    chance = random.Random(seed)
    machine = GateMachine()
    walk = Walk(machine, chance)
    try:
        for step in range(STEPS):
            name, move = walk.next()
            try:
                move()
                if step % LOOKS == 0 or step == STEPS - 1:
                    machine.holds()
            except AssertionError as failure:
                raise AssertionError(f"seed {seed}, step {step}: {name}") from failure
    finally:
        machine.teardown()
    kinds = {answer[0].value for answer in machine.model.answers.values()}
    assert kinds >= {"REDEEMED", "REVERSED", "HELD", "CONFIRMED", "RELEASED", "DENIED", "CANCELLED"}
    verdicts = {verdict.value for verdict, _ in machine.model.verdicts.values()}
    assert verdicts == {"ACCEPTED", "ACCEPTED_LATE", "REJECTED"}
    rejections = {rejection.value for _, rejection in machine.model.verdicts.values() if rejection}
    assert rejections == {"OUTSIDE_ALLOWANCE", "BEYOND_ALLOWANCE"}
    assert walk.overdrawn
    assert CAPACITY > LIMIT  # or no walk would meet both


class Walk:
    """Draws one step after the other from a seed, as hypothesis would from its choices."""

    def __init__(self, machine: GateMachine, chance: random.Random) -> None:
        self._machine = machine
        self._chance = chance
        self.overdrawn = False
        self._made: list[Command] = []
        self._moves = [
            (8, self._redeems),
            (8, self._holds),
            (6, self._confirms),
            (4, self._releases),
            (6, self._reverses),
            (4, self._retries),
            (2, self._is_denied),
            (2, self._rushes),
            (1, self._loses),
            (6, self._uploads),
            (2, self._uploads_again),
            (4, self._waits),
        ]

    def next(self) -> tuple[str, Callable[[], None]]:
        """Return the next step and what it is called. A show is cancelled late, once."""
        if len(self._made) > STEPS // 2 and not self._machine.model.cancelled:
            return "cancels", self._cancels
        [move] = self._chance.choices([move for _, move in self._moves], [weight for weight, _ in self._moves])
        return move.__name__, move

    def _recent(self, *kinds: type[Command]) -> Any:
        found = [command for command in self._made if isinstance(command, kinds)][-RECENT:]
        return self._chance.choice(found) if found else None

    def _keep(self, command: Any) -> None:
        if isinstance(command, Command):
            self._made.append(command)

    def _taken(self) -> dict[str, Any]:
        quantity = self._chance.choice([1, 2, LIMIT - 1, LIMIT])
        seated, times = self._chance.random() < 0.5, self._chance.choice([1, 2])
        return {"who": self._who(), "quantity": quantity, "seated": seated, "times": times}

    def _who(self) -> int:
        return self._chance.randrange(RESIDENTS)

    def _redeems(self) -> None:
        self._keep(self._machine.redeems(**self._taken()))

    def _holds(self) -> None:
        self._keep(self._machine.holds_units(**self._taken()))

    def _confirms(self) -> None:
        if held := self._recent(TakeHold):
            part = self._chance.choice([None, None, 1, 2, LIMIT])
            self._keep(self._machine.confirms(of=held, quantity=part, times=self._chance.choice([1, 2])))

    def _releases(self) -> None:
        if held := self._recent(TakeHold):
            self._keep(self._machine.releases(of=held, times=self._chance.choice([1, 2])))

    def _reverses(self) -> None:
        if made := self._recent(Redeem, Confirm, Release):
            part = self._chance.choice([None, 1, 1, 2, LIMIT])
            reason = self._chance.choice([ReversalReason.RETURNED, ReversalReason.GATE_NOT_OPENED])
            by, times = self._chance.choice(DEVICES), self._chance.choice([1, 2])
            self._keep(self._machine.reverses(of=made, quantity=part, times=times, reason=reason, by=by))

    def _retries(self) -> None:
        if made := self._recent(Redeem, TakeHold, Confirm, Release, Reverse, Cancel):
            self._machine.retries(of=made)

    def _uploads(self) -> None:
        drawn = []
        for _ in range(self._chance.randint(1, 4)):
            who, quantity = self._chance.randint(0, NOBODY), self._chance.choice([1, 1, 2, LIMIT])
            stray = self._chance.choice([0, 0, 0, 0, -1, 1])
            drawn.append((who, quantity, self._chance.randrange(len(AGES)), stray))
        known = self._recent(Redeem) if self._chance.random() < 0.3 else None
        by, times = self._chance.choice(DEVICES), self._chance.choice([1, 2])
        uploaded: Any = self._machine.uploads(drawn=drawn, by=by, known=known, times=times)
        for paid in uploaded.values:
            self._keep(paid)
            self.overdrawn = self.overdrawn or self._machine.model.made[paid.redemption_id].overdraft > 0

    def _uploads_again(self) -> None:
        if made := self._recent(Redeem):
            self._machine.uploads_again(of=made, times=self._chance.choice([1, 2]))

    def _is_denied(self) -> None:
        self._keep(self._machine.is_not_entitled(who=self._who(), seated=self._chance.random() < 0.5))

    def _rushes(self) -> None:
        self._machine.redeems_many_at_once(who=self._who(), rivals=self._chance.randint(2, 6))

    def _loses(self) -> None:
        self._machine.loses_the_pass_and_gets_another(who=self._who())

    def _waits(self) -> None:
        self._machine.waits(time=self._chance.choice(WAITS), sweeping=self._chance.random() < 0.3)

    def _cancels(self) -> None:
        self._keep(self._machine.cancels(killed_after=self._chance.randint(0, 3)))
