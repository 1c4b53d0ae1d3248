"""Taps that gates granted offline: allowances, verdicts, overdraft; and an index for settlements."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0006"
down_revision = "0005"

_REVERSALS = sa.text("kind = 'REVERSED'")


def upgrade() -> None:
    """Add the columns in place: a table that has millions of rows is not copied for it."""
    _add("quota", "overdraft >= 0")
    _add("redemption", "overdraft >= 0 AND overdraft <= quantity - reversed_quantity")
    op.add_column("redemption", sa.Column("happened_at", Instant(), nullable=True))
    columns = ["partner_id", "recorded_at"]
    op.create_index("ix_entry_reversals", "entry", columns, sqlite_where=_REVERSALS, postgresql_where=_REVERSALS)
    _create_tables()


def downgrade() -> None:
    """Drop them."""
    op.drop_table("tap")
    op.drop_table("offline_allowance")
    op.drop_index("ix_entry_reversals", "entry")
    for column in ("redemption.happened_at", "redemption.overdraft", "quota.overdraft"):
        table, name = column.split(".")
        op.execute(f"ALTER TABLE {table} DROP COLUMN {name}")  # and its constraint with it


def _add(table: str, check: str) -> None:
    # Written out, for SQLite adds no constraint to a table, but a column that has one.
    op.execute(
        f"ALTER TABLE {table} ADD COLUMN overdraft INTEGER DEFAULT 0 NOT NULL"
        f" CONSTRAINT ck_{table}_overdraft CHECK ({check})"
    )


def _create_tables() -> None:
    op.create_table(
        "offline_allowance",
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= units", name="used"),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name="fk_offline_allowance_device_id"),
        sa.PrimaryKeyConstraint("device_id", "day", name="pk_offline_allowance"),
    )
    op.create_table(
        "tap",
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reward", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("happened_at", Instant(), nullable=False),
        sa.Column("arrived_at", Instant(), nullable=False),
        sa.Column("verdict", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.CheckConstraint("verdict IN ('ACCEPTED', 'ACCEPTED_LATE', 'REJECTED')", name="verdict"),
        sa.CheckConstraint("(verdict = 'REJECTED') = (reason IS NOT NULL)", name="reason"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.PrimaryKeyConstraint("partner_id", "request_id", name="pk_tap"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_tap_partner_id_arrived_at", "tap", ["partner_id", "arrived_at"])
