"""Questions of one row that a gate waits for: compiled once, and asked of the driver itself.

SQLAlchemy's way to one row is a transaction of three statements, each through a greenlet: several times the work
of the question. The statement is SQLAlchemy's still, and so are its types and its pool; and where this way fails,
SQLAlchemy asks again, for it knows what an error means and which connections are gone.
"""

import asyncio
from collections import namedtuple
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import greenlet_spawn

Convert = Callable[[Any], Any]


class Lookup:
    """A SELECT of at most one row, with parameters by name (`bindparam`)."""

    def __init__(self, statement: Select[Any], dialect: Dialect) -> None:
        self.statement = statement
        compiled = statement.compile(dialect=dialect)
        self.text = str(compiled)
        binds = [compiled.binds[name] for name in compiled.positiontup or ()]
        self._binds = [
            (bind.key if bind.required else None, bind.value, _to_driver(bind.type, dialect)) for bind in binds
        ]
        columns = list(statement.selected_columns)
        self._row = namedtuple("Row", [column.key for column in columns])  # type: ignore[misc]
        self._columns = [_from_driver(column.type, dialect) for column in columns]

    async def ask(self, engine: AsyncEngine, values: Mapping[str, Any]) -> Any:
        """Return the row, or None where there is none. Whatever fails is the driver's own error."""
        given = [
            value if convert is None else convert(value)
            for value, convert in (
                (default if name is None else values[name], convert) for name, default, convert in self._binds
            )
        ]
        connection = await engine.raw_connection()
        try:
            found = await self._fetch(connection.driver_connection, given)
        except BaseException:
            await asyncio.shield(greenlet_spawn(connection.invalidate))
            raise
        await asyncio.shield(greenlet_spawn(connection.close))  # back to the pool, whoever asked has gone or not
        if found is None:
            return None
        return self._row(
            *(
                value if convert is None else convert(value)
                for value, convert in zip(found, self._columns, strict=True)
            )
        )

    async def _fetch(self, driver: Any, given: list[Any]) -> Any:
        if hasattr(driver, "fetchrow"):
            return await driver.fetchrow(self.text, *given)
        return next(iter(await driver.execute_fetchall(self.text, given)), None)


def _to_driver(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
