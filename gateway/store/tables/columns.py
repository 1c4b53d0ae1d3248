"""What all tables share: one metadata with named constraints, and the columns that occur again and again."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import BigInteger, Column, Integer, LargeBinary, MetaData, Table, text
from sqlmodel import SQLModel

from gateway.store.instants import Instant

BIG = BigInteger().with_variant(Integer, "sqlite")
"""64 bits; SQLite counts up only its own INTEGER."""

UNORDERED = {"sqlite_with_rowid": False}
"""SQLite shall not number rows as they come: the order of denials, passes and quotas would date them."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of all tables: named constraints, so that migrations can name them."""

    metadata = MetaData(naming_convention=NAMING)


def id_column() -> Column[int]:
    """A 64-bit key that the database counts up; SQLite only does that for its own INTEGER."""
    return Column(BIG, primary_key=True, autoincrement=True)


def bytes_column(*, primary_key: bool = False, nullable: bool = False) -> Column[bytes]:
    """Random bytes or a keyed hash."""
    return Column(LargeBinary, primary_key=primary_key, nullable=nullable)


def instant_column(*, nullable: bool = False) -> Column[datetime]:
    """An aware UTC instant."""
    return Column(Instant, nullable=nullable)


def only_where(condition: str) -> dict[str, Any]:
    """Return the arguments that let an index hold the rows of a condition alone, on both databases."""
    return {"sqlite_where": text(condition), "postgresql_where": text(condition)}


def table(model: type[SQLModel]) -> Table:
    """Return the SQLAlchemy table of a model, for statements below the ORM."""
    return cast(Table, model.__table__)  # type: ignore[attr-defined]
