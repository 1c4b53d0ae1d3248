"""Who asked is answered in time, and what is left behind ends by itself."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, NoReturn

import pytest

from gateway.domain import deadline
from gateway.domain.deadline import within
from gateway.domain.errors import Unavailable

pytestmark = pytest.mark.anyio

AT_ONCE, PATIENT = 0.01, 60.0


class Stubborn:
    """Work that, once cancelled, tidies up until it is let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.begun, self.let_go, self.ended = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._error = error

    async def work(self) -> NoReturn:
        """Wait for ever, tidy up, and maybe fail at that."""
        self.begun.set()
        try:
            await asyncio.sleep(PATIENT)
        finally:
            await self.let_go.wait()
            self.ended.set()
            if self._error is not None:
                raise self._error
        raise AssertionError


Told = list[dict[str, Any]]


@pytest.fixture
async def told() -> AsyncIterator[Told]:
    """What the event loop is told of."""
    found: Told = []
    loop = asyncio.get_running_loop()
    before = loop.get_exception_handler()
    loop.set_exception_handler(lambda _, what: found.append(what))
    yield found
    loop.set_exception_handler(before)


async def _all_is_forgotten() -> None:
    for task in tuple(deadline._left_behind):
        await asyncio.wait({task})
    assert not deadline._left_behind


async def test_what_is_done_in_time_is_returned() -> None:
    assert await within(PATIENT, asyncio.sleep(0, "done")) == "done"


async def test_what_fails_in_time_fails() -> None:
    stubborn = Stubborn(ValueError("wrong"))
    stubborn.let_go.set()
    failing = asyncio.create_task(stubborn.work())
    await stubborn.begun.wait()
    failing.cancel()

    async def fail() -> None:
        await failing

    with pytest.raises(ValueError, match="wrong"):
        await within(PATIENT, fail())
    assert not deadline._left_behind


@pytest.mark.parametrize("error", [None, Unavailable("database")], ids=["cancelled", "away"])
async def test_nobody_waits_until_all_is_tidied_up(error: Exception | None, told: Told) -> None:
    stubborn = Stubborn(error)
    with pytest.raises(Unavailable, match="deadline"):
        await within(AT_ONCE, stubborn.work())
    assert not stubborn.ended.is_set()
    stubborn.let_go.set()
    await stubborn.ended.wait()
    await _all_is_forgotten()
    assert told == []


async def test_a_bug_in_what_was_left_behind_is_told(told: Told) -> None:
    error = ValueError("a bug")
    stubborn = Stubborn(error)
    stubborn.let_go.set()
    with pytest.raises(Unavailable, match="deadline"):
        await within(AT_ONCE, stubborn.work())
    await stubborn.ended.wait()
    await _all_is_forgotten()
    assert [one["exception"] for one in told] == [error]


async def test_who_gives_up_takes_the_work_along() -> None:
    stubborn = Stubborn()
    asking = asyncio.create_task(within(PATIENT, stubborn.work()))
    await stubborn.begun.wait()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    stubborn.let_go.set()
    await stubborn.ended.wait()
    await _all_is_forgotten()
