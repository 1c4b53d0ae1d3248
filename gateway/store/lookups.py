"""Questions of one row that a gate waits for: compiled once, and asked of the driver itself.

SQLAlchemy's way to one row is a transaction of three statements, each through a greenlet: several times the work
of the question. The statement is SQLAlchemy's still, and so are its types; and where this way fails, SQLAlchemy
asks again, for it knows what an error means and which connections are gone.
"""

from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from sqlalchemy import LargeBinary, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeEngine

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
        processors = [_from_driver(column.type, dialect) for column in columns]
        self._converted = [(place, convert) for place, convert in enumerate(processors) if convert is not None]

    def parameters(self, values: Mapping[str, Any]) -> list[Any]:
        """Return the values as the driver takes them, in the order in which the text wants them."""
        given = []
        for name, default, convert in self._binds:
            value = default if name is None else values[name]
            given.append(value if convert is None else convert(value))
        return given

    def row(self, found: Sequence[Any]) -> Any:
        """Return what the driver found, with the columns as attributes."""
        values = list(found)
        for place, convert in self._converted:
            values[place] = convert(values[place])
        return self._row(*values)


class Way(Protocol):
    """How look-ups are asked of one kind of driver."""

    async def fetch(self, lookup: Lookup, given: list[Any]) -> Sequence[Any] | None:
        """Return the row as the driver gives it, or None where there is none. It fails with any error."""
        ...

    async def close(self) -> None:
        """Give every connection back."""
        ...


def _to_driver(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    if isinstance(type_, LargeBinary):
        return None  # both drivers take bytes as they are
    return type_.dialect_impl(dialect).bind_processor(dialect)


def _from_driver(type_: TypeEngine[Any], dialect: Dialect) -> Convert | None:
    return type_.dialect_impl(dialect).result_processor(dialect, None)
