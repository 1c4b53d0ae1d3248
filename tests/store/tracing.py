"""What the database is asked, as it is asked: statements with the number of their parameters, and commits."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sized
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.store.lookups import Lookup


@contextmanager
def traced() -> Iterator[list[str]]:
    """Yield a list that grows by every statement sent and every transaction ended, on any database, by this task.

    Others may keep house in this process meanwhile: gateways that other tests share.
    """
    seen: list[str] = []
    mine = asyncio.current_task()

    def note(what: str) -> None:
        if asyncio.current_task() is mine:
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
    ask = Lookup.ask

    async def lookup(self: Lookup, engine: AsyncEngine, values: Mapping[str, Any]) -> Any:
        note(f"{self.text} with {len(values)} parameters, below SQLAlchemy")
        return await ask(self, engine, values)

    for name, listener in listeners.items():
        event.listen(Engine, name, listener)
    Lookup.ask = lookup  # type: ignore[method-assign]
    try:
        yield seen
    finally:
        Lookup.ask = ask  # type: ignore[method-assign]
        for name, listener in listeners.items():
            event.remove(Engine, name, listener)
