"""On PostgreSQL, what grows with traffic in partitions by hash; and smaller indexes of entries on both databases.

A table is copied inside the database, a stretch of its pages at a time, and gets its keys when its rows are there:
no row comes here, and memory does not grow with them. All of it is one transaction, so until its end the disk has
to hold every table twice. SQLite keeps its tables.
"""

from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa
from alembic import context, op

revision = "0010"
down_revision = "0009"

Tell = Callable[[str, int, float], None]
"""Takes a table's name, how many of its rows were copied, and which part of it that is."""

PARTITIONS = 16
STRETCH = 32_768
"""Pages that one statement copies, of 8 KiB each: seconds of work, after which it is told how far it is."""

_REVERSED = sa.text("kind = 'REVERSED'")
_FORGOTTEN = sa.text("forget_after IS NOT NULL")
_STANDS = sa.text("reversed_quantity < quantity AND occasion IS NOT NULL")


@dataclass(frozen=True)
class Index:
    """An index that a table gets once its rows are there."""

    name: str
    columns: list[str]
    where: sa.TextClause | None = None
    unique: bool = False


@dataclass(frozen=True)
class Moved:
    """A table: by the hash of which column it is partitioned, its primary key, and its indexes.

    `whole` are the indexes, and `unique` the keys, that it has without partitions alone.
    """

    name: str
    column: str
    key: list[str]
    indexes: tuple[Index, ...] = ()
    whole: tuple[Index, ...] = ()
    unique: tuple[str, ...] = ()


_REQUEST = ["partner_id", "request_id"]
_TABLES = (
    Moved(
        "entry",
        "request_id",
        _REQUEST,
        (
            Index("ix_entry_reversals", ["partner_id", "recorded_at"], _REVERSED),
            Index("ix_entry_redemption_id", ["redemption_id"], _REVERSED),
            Index("ix_entry_forget_after", ["forget_after"], _FORGOTTEN),
        ),
    ),
    Moved(
        "redemption",
        "id",
        ["id"],
        (
            Index("ix_redemption_partner_id_redeemed_at_id", ["partner_id", "redeemed_at", "id"]),
            Index("ix_redemption_partner_id_occasion", ["partner_id", "occasion"], _STANDS),
        ),
        (Index("ix_redemption_hold_id", ["hold_id"], unique=True),),
        ("uq_redemption_partner_id_request_id",),
    ),
    Moved("hold", "id", ["id"], unique=("uq_hold_partner_id_request_id",)),
    Moved("quota", "pseudonym", ["pseudonym", "bucket"]),
    Moved("evidence", "request_id", _REQUEST, (Index("ix_evidence_closes_at", ["closes_at"]),)),
    Moved("tap", "request_id", _REQUEST, (Index("ix_tap_partner_id_arrived_at", ["partner_id", "arrived_at"]),)),
    Moved("used_proof", "digest", ["digest"], (Index("ix_used_proof_expires_at", ["expires_at"]),)),
    Moved("used_showing", "mark", ["mark"], (Index("ix_used_showing_forget_after", ["forget_after"]),)),
    Moved("look", "tag", ["tag"], (Index("ix_look_forget_after", ["forget_after"]),)),
)


def upgrade() -> None:
    """Partition what grows with traffic, and let two indexes hold only what is looked for."""
    if op.get_bind().dialect.name == "sqlite":
        _index_entries(redemptions=_REVERSED, denials=_FORGOTTEN)
        return
    for table in _TABLES:
        _move(table, partitions=PARTITIONS)


def downgrade() -> None:
    """Put the partitions together again."""
    if op.get_bind().dialect.name == "postgresql":
        for table in _TABLES:
            _move(table, partitions=0)
    _index_entries(redemptions=None, denials=None)


def _index_entries(*, redemptions: sa.TextClause | None, denials: sa.TextClause | None) -> None:
    for column, where in (("redemption_id", redemptions), ("forget_after", denials)):
        op.drop_index(f"ix_entry_{column}", "entry")
        _create_index("entry", Index(f"ix_entry_{column}", [column], where))


def _create_index(table: str, index: Index) -> None:
    op.create_index(
        index.name,
        table,
        index.columns,
        unique=index.unique,
        sqlite_where=index.where,
        postgresql_where=index.where,
    )


def _move(table: Moved, *, partitions: int) -> None:
    """Put another table in the place of one, with its columns, checks and rows."""
    name, old = table.name, f"{table.name}_before"
    by_hash = f" PARTITION BY HASH ({table.column})" if partitions else ""
    op.execute(f"ALTER TABLE {name} RENAME TO {old}")
    op.execute(f"CREATE TABLE {name} (LIKE {old} INCLUDING DEFAULTS INCLUDING CONSTRAINTS){by_hash}")
    for one in range(partitions):
        op.execute(
            f"CREATE TABLE {_partition(name, one)} PARTITION OF {name} "
            f"FOR VALUES WITH (MODULUS {partitions}, REMAINDER {one})"
        )
    _copy(name, [old] if partitions else [_partition(name, one) for one in range(PARTITIONS)])
    op.execute(f"DROP TABLE {old}")  # and with it the names of its keys and indexes
    op.create_primary_key(f"pk_{name}", name, table.key)
    for index in (*table.indexes, *(() if partitions else table.whole)):
        _create_index(name, index)
    for key in () if partitions else table.unique:
        op.create_unique_constraint(key, name, _REQUEST)


def _partition(table: str, number: int) -> str:
    return f"{table}_p{number:02}"


def _copy(target: str, sources: list[str]) -> None:
    """Copy rows in the order in which they lie, and tell how far it is."""
    tell: Tell | None = context.config.attributes.get("tell")
    connection, copied, rows = op.get_bind(), 0, 0
    size = sa.text("SELECT pg_relation_size(to_regclass(:name)) / current_setting('block_size')::bigint")
    pages = {source: int(connection.execute(size, {"name": source}).scalar_one()) for source in sources}
    for source, count in pages.items():
        for first in range(0, count, STRETCH):
            stretch = f"ctid >= '({first},0)'::tid AND ctid < '({first + STRETCH},0)'::tid"
            copy = f"INSERT INTO {target} SELECT * FROM {source} WHERE {stretch}"  # noqa: S608 - names of our own
            done = connection.exec_driver_sql(copy)
            copied, rows = copied + min(STRETCH, count - first), rows + done.rowcount
            if tell is not None:
                tell(target, rows, copied / sum(pages.values()))
