"""On PostgreSQL, what grows with traffic is many tables under one name: partitions by the hash of a column.

Never by time: a request id is unique for ever, so its row has to be found without knowing when it was. Every
unique key of such a table has the column, so that each partition can vouch for it alone, on this server or
another. Where a key has not, an entry's own key, or the one row of a hold, guarantees the same (decision 0048);
SQLite, which has no partitions, keeps those keys as well.

The partitions themselves are made by migrations.
"""

from typing import TypeVar

from sqlalchemy import Index, UniqueConstraint

Key = TypeVar("Key", Index, UniqueConstraint)

PARTITIONS = 16
"""Of each table.

Shared evenly by 2, 4, 8 or 16 servers; and few, for a prepared plan has a place for each of them, and locks them
all: an update costs about a tenth more CPU than of a whole table (of 32 parts, two tenths)."""


def hashed_by(column: str) -> dict[str, str]:
    """Return the arguments that partition a table by a column. SQLite takes no notice."""
    return {"postgresql_partition_by": f"HASH ({column})"}


def where_whole(key: Key) -> Key:
    """Return a unique key that only a table without partitions can have."""
    key.ddl_if(dialect="sqlite")
    return key
