"""What the database is asked, as it is asked: statements with the number of their parameters, and commits."""

import asyncio
from collections.abc import Callable, Iterator, Sequence, Sized
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from gateway.store import steps
from gateway.store.lookups import Lookup
from gateway.store.postgresql_lookups import OnKept
from gateway.store.sqlite_lookups import InLoop
from gateway.store.steps import Compiled, Given


@contextmanager
def traced() -> Iterator[list[str]]:
    """Yield a list that grows by every statement sent and every transaction ended, on any database, for this task.

    What it commits, other tasks write for it. Not traced are those that were there before: gateways that other
    tests share keep house in this process meanwhile.
    """
    seen: list[str] = []
    others = asyncio.all_tasks() - {asyncio.current_task()}

    def note(what: str) -> None:
        if asyncio.current_task() not in others:
            seen.append(what)

    def statement(
        connection: Connection, cursor: Any, text: str, parameters: Sized, context: Any, executemany: bool
    ) -> None:
        note(f"{text} with {len(parameters)} parameters, {'many' if executemany else 'once'}")

    def commit(connection: Connection) -> None:
        note("COMMIT")

    def rollback(connection: Connection) -> None:
        note("ROLLBACK")

    listeners: dict[str, Callable[..., None]] = {
        "before_cursor_execute": statement,
        "commit": commit,
        "rollback": rollback,
    }
    ways: tuple[Any, ...] = (InLoop, OnKept)
    run, send = Compiled.run, steps._send

    async def step(self: Compiled, driver: Any, given: Given) -> list[tuple[Any, ...]]:
        note(f"{self.text} with {len(given)} rows, below SQLAlchemy")
        return await run(self, driver, given)

    async def sent(driver: Any, statement: str) -> None:
        note(statement)
        await send(driver, statement)

    with ExitStack() as stack:
        for name, listener in listeners.items():
            event.listen(Engine, name, listener)
            stack.callback(event.remove, Engine, name, listener)
        for way in ways:
            stack.enter_context(mock.patch.object(way, "fetch", _noting(way.fetch, note)))
        stack.enter_context(mock.patch.object(Compiled, "run", step))
        stack.enter_context(mock.patch.object(steps, "_send", sent))
        yield seen


def _noting(fetch: Callable[..., Any], note: Callable[[str], None]) -> Callable[..., Any]:
    """Return what asks a look-up as before, and notes it: the engine's events don't see it."""

    async def noted(self: Any, lookup: Lookup, given: list[Any]) -> Sequence[Any] | None:
        note(f"{lookup.text} with {len(given)} parameters, below SQLAlchemy")
        found: Sequence[Any] | None = await fetch(self, lookup, given)
        return found

    return noted
