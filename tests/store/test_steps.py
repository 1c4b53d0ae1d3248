"""Many redemptions cost the statements of one; what goes wrong below SQLAlchemy is found out and mended."""

import logging
import re
from typing import Any

import pytest
from sqlalchemy import select

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import Committed
from gateway.store import entry_steps, steps
from gateway.store.tables import REDEMPTION
from tests.store.city import City
from tests.store.commands import again, granted, redeem
from tests.store.tracing import traced

pytestmark = pytest.mark.anyio

SHOW = {"occasion": "show-1", "bucket": "occasion:show-1"}


def _without_numbers(trace: list[str]) -> list[str]:
    return [re.sub(r"with \d+ rows", "with rows", one) for one in trace]


@pytest.mark.parametrize("changes", [{}, SHOW, {"allowance": 0}], ids=["plain", "occasion", "denied"])
async def test_many_cost_as_many_statements_as_one(city: City, changes: dict[str, Any]) -> None:
    await city.announce(capacity=100)
    commands = [redeem(await city.move_in(), **changes) for _ in range(21)]
    with traced() as alone:
        await city.ledger.commit(commands[:1])
    with traced() as together:
        await city.ledger.commit(commands[1:])
    assert len(alone) > 8
    assert _without_numbers(together) == _without_numbers(alone)


async def test_a_commit_whose_answer_got_lost_is_not_repeated(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    send, command = steps._send, redeem(await city.move_in())

    async def losing(driver: Any, statement: str) -> None:
        await send(driver, statement)
        if statement == "COMMIT":
            raise ConnectionResetError

    with monkeypatch.context() as patched:
        patched.setattr(steps, "_send", losing)
        with pytest.raises(Unavailable):
            await city.commit(command)
    outcome = await city.commit(again(command))
    assert isinstance(outcome, Committed)
    assert outcome.replayed
    assert len(await city.rows(REDEMPTION)) == 1


async def test_what_fails_below_sqlalchemy_is_done_by_it(
    city: City, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    broken = steps.Step(entry_steps.KEPT.columns, lambda given, now, insert: select(given.c.nowhere))
    commands = [redeem(await city.move_in()) for _ in range(3)]
    with monkeypatch.context() as patched:
        patched.setattr(entry_steps, "KEPT", broken)
        outcomes = await city.ledger.commit(commands)
    assert all(granted(outcome) for outcome in outcomes)
    assert "redemptions recorded one by one" in caplog.messages
    granted(await city.commit(redeem(await city.move_in())))  # the connection is as good as before
    assert len(await city.rows(REDEMPTION)) == 4
