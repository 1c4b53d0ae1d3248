"""Statements that are given many rows at once, compiled once and asked of the driver itself.

A step is one statement of SQLAlchemy's over a table that does not exist: `given`. PostgreSQL gets all rows in one
go, as arrays that it unnests. To SQLite a statement costs nothing and the way to its thread much: it gets them one
after another, in one go of its thread. Both return what all rows together returned.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from sqlite3 import OperationalError
from typing import Any

from sqlalchemy import ARRAY, Executable, FromClause, String, bindparam, column, func, select
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import greenlet_spawn

from gateway.domain.errors import Unavailable

Columns = Mapping[str, TypeEngine[Any]]
Given = Sequence[Sequence[Any]]
"""Rows, each with a value for each column, in their order."""

Convert = Callable[[Any], Any]
Build = Callable[[Any, ColumnElement[Any], Any], Executable]
"""Makes a statement of `given` (its columns are in `c`), the database's clock, and the dialect's INSERT."""


class Step:
    """What is asked at once for many rows. `columns` are what is given, with their types."""

    def __init__(self, columns: Columns, build: Build) -> None:
        self.columns = columns
        self.build = build


_SHARED = Step(
    {"name": String()},
    lambda given, now, insert: select(
        func.pg_advisory_xact_lock_shared(func.hashtextextended(given.c.name, 0))
    ).select_from(given),
)


class Compiled:
    """A step for one database. Where its clock is a parameter, as a test's is, it is read when the step is run."""

    def __init__(self, step: Step, dialect: Dialect, now: Callable[[], ColumnElement[Any]], insert: Any) -> None:
        self._at_once = dialect.name == "postgresql"
        clock = now()
        statement: Any = step.build(_given(step.columns, at_once=self._at_once), clock, insert)
        compiled: SQLCompiler = statement.compile(dialect=dialect)
        self.text = str(compiled)
        places = {name: place for place, name in enumerate(step.columns)}
        self._binds: list[tuple[int | None, Convert | None, Callable[[], Any]]] = []
        for bind in (compiled.binds[name] for name in compiled.positiontup or ()):
            if bind.key in places:
                place = places[bind.key]
                self._binds.append((place, _to_driver(list(step.columns.values())[place], dialect), _nothing))
            else:
                is_clock = bind.key == getattr(clock, "key", None)
                told = (lambda: now().value) if is_clock else partial(_itself, bind.value)
                self._binds.append((None, _to_driver(bind.type, dialect), told))
        told_types = [column.type.dialect_impl(dialect) for column in _told(statement)]
        self._out = [type_.result_processor(dialect, None) for type_ in told_types]

    async def run(self, driver: Any, given: Given) -> list[tuple[Any, ...]]:
        """Return all rows that the statement returns. Whatever fails is the driver's own error."""
        values = [
            [_converted(fixed(), convert)] * len(given)
            if place is None
            else [_converted(row[place], convert) for row in given]
            for place, convert, fixed in self._binds
        ]
        if self._at_once:
            places = [place for place, _, _ in self._binds]
            arguments = (each[0] if place is None else each for place, each in zip(places, values, strict=True))
            found = await driver.fetch(self.text, *arguments)
        else:
            found = await driver.one_after_another(self.text, list(zip(*values, strict=True)))
        return [tuple(map(_converted, row, self._out)) for row in found]


def _given(columns: Columns, *, at_once: bool) -> FromClause:
    if at_once:
        arrays = (bindparam(name, type_=ARRAY(type_)) for name, type_ in columns.items())
        table = func.unnest(*arrays).table_valued(*(column(name, type_) for name, type_ in columns.items()))
        return table.render_derived(name="given")
    return select(*(bindparam(name, type_=type_).label(name) for name, type_ in columns.items())).subquery("given")


def _told(statement: Any) -> Sequence[Any]:
    """Return the columns that a statement returns."""
    if statement.is_select:
        return list(statement.selected_columns)
    return list(statement._returning)


def _nothing() -> None:
    return None


def _itself(value: Any) -> Any:
    return value


def _converted(value: Any, convert: Convert | None) -> Any:
    return value if convert is None or value is None else convert(value)


def _to_driver(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).bind_processor(dialect)


class Asked:
    """A transaction under way, below SQLAlchemy."""

    def __init__(self, driver: Any, compiled: Callable[[Step], Compiled], *, shares: bool) -> None:
        self._driver = driver
        self._compiled = compiled
        self._shares = shares

    async def all(self, step: Step, given: Given) -> list[tuple[Any, ...]]:
        """Ask a step for some rows, if there are any; return what it returns for all of them."""
        return await self._compiled(step).run(self._driver, given) if given else []

    async def share(self, names: Iterable[str]) -> None:
        """Keep what has these names as it is until the transaction ends, in this order (`Database.share`)."""
        if self._shares:
            await self.all(_SHARED, [(name,) for name in dict.fromkeys(names)])


@asynccontextmanager
async def plain_transaction(engine: AsyncEngine, begin: str) -> AsyncIterator[Any]:
    """Yield the driver's own connection in a transaction: durable when the block ends, undone if it raises.

    Raises:
        Unavailable: SQLite's writer is taken; or the commit failed, and nobody knows whether it counts.
        Exception: whatever the driver says before that; nothing has stayed.
    """
    connection = await engine.raw_connection()
    driver: Any = connection.driver_connection
    try:
        try:
            await _send(driver, begin)
        except (
            OperationalError
        ) as error:  # SQLite's writer is another process's: who asks again waits as long again
            raise Unavailable("database") from error
        try:
            yield driver
        except Exception:
            await _send(driver, "ROLLBACK")
            raise
        try:
            await _send(driver, "COMMIT")
        except Exception as error:
            raise Unavailable("database") from error
    except BaseException:
        await asyncio.shield(greenlet_spawn(connection.invalidate))
        raise
    await asyncio.shield(greenlet_spawn(connection.close))


async def _send(driver: Any, statement: str) -> None:
    if hasattr(driver, "fetch"):
        await driver.execute(statement)
    else:
        await driver.one_after_another(statement, [()])
