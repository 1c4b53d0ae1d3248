"""Holds, cancelled occasions, and the entries of both."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0005"
down_revision = "0004"

_STANDS = sa.text("reversed_quantity < quantity AND occasion IS NOT NULL")
_CHECKS = {
    ("quota", "used"): ("used >= 0 AND used <= allowance", "used >= 0 AND held >= 0 AND used + held <= allowance"),
    ("occasion", "capacity"): (
        "used >= 0 AND used <= capacity",
        "used >= 0 AND held >= 0 AND used + held <= capacity",
    ),
    ("entry", "kind"): (
        "kind IN ('REDEEMED', 'REVERSED', 'DENIED')",
        "kind IN ('REDEEMED', 'REVERSED', 'HELD', 'CONFIRMED', 'RELEASED', 'CANCELLED', 'DENIED')",
    ),
    ("entry", "effect"): (
        "(kind = 'DENIED') = (redemption_id IS NULL)",
        "(kind = 'DENIED') = (redemption_id IS NULL AND hold_id IS NULL AND occasion IS NULL)",
    ),
}
"""What each CHECK said, and what it says now."""


_UNORDERED = ("quota", "entry")
"""The tables whose rows SQLite does not number."""


def upgrade() -> None:
    """Create what holds and cancellations need."""
    for table in ("quota", "occasion"):
        op.add_column(table, sa.Column("held", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.add_column("occasion", sa.Column("cancelled_at", Instant(), nullable=True))
    op.add_column("entry", sa.Column("hold_id", sa.String(length=32), nullable=True))
    op.add_column("entry", sa.Column("occasion", sa.String(length=64), nullable=True))
    op.add_column("redemption", sa.Column("hold_id", sa.String(length=32), nullable=True))
    op.create_index("ix_redemption_hold_id", "redemption", ["hold_id"], unique=True)
    op.create_index(
        "ix_redemption_partner_id_occasion",
        "redemption",
        ["partner_id", "occasion"],
        postgresql_where=_STANDS,
        sqlite_where=_STANDS,
    )
    for (table, name), (_, now) in _CHECKS.items():
        _check(table, name, now)
    _create_holds()
    _create_cancellations()


def downgrade() -> None:
    """Drop it, and with it the entries of holds and cancellations. What was confirmed stays redeemed."""
    for table in ("cancellation", "held_seat", "held_quota", "hold"):
        op.drop_table(table)
    op.execute("DELETE FROM entry WHERE kind IN ('HELD', 'RELEASED', 'CANCELLED')")
    op.execute("UPDATE entry SET kind = 'REDEEMED' WHERE kind = 'CONFIRMED'")
    for (table, name), (before, _) in _CHECKS.items():
        _check(table, name, before)
    op.drop_index("ix_redemption_partner_id_occasion", "redemption")
    op.drop_index("ix_redemption_hold_id", "redemption")
    for table, column in (
        ("redemption", "hold_id"),
        ("entry", "occasion"),
        ("entry", "hold_id"),
        ("occasion", "cancelled_at"),
        ("occasion", "held"),
        ("quota", "held"),
    ):
        op.drop_column(table, column)


def _check(table: str, name: str, condition: str) -> None:
    """Put one CHECK in another's place. SQLite has to copy the table for that."""
    named = op.f(f"ck_{table}_{name}")
    kwargs = {"sqlite_with_rowid": False} if table in _UNORDERED else {}
    with op.batch_alter_table(table, table_kwargs=kwargs) as batch:
        batch.drop_constraint(named, type_="check")
        batch.create_check_constraint(named, sa.text(condition))


def _create_holds() -> None:
    op.create_table(
        "hold",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("reward", sa.String(length=48), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("tariff_fen", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=True),
        sa.Column("held_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("reversal_seconds", sa.Integer(), nullable=False),
        sa.Column("policy_version", sa.String(length=80), nullable=False),
        sa.Column("ended", sa.String(length=16), nullable=True),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("ended IN ('CONFIRMED', 'RELEASED')", name="ended"),
        sa.PrimaryKeyConstraint("id", name="pk_hold"),
        sa.UniqueConstraint("partner_id", "request_id", name="uq_hold_partner_id_request_id"),
    )
    op.create_table(
        "held_quota",
        sa.Column("hold_id", sa.String(length=32), nullable=False),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("bucket", sa.String(length=160), nullable=False),
        sa.Column("key_period", sa.String(length=16), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.PrimaryKeyConstraint("hold_id", name="pk_held_quota"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_held_quota_pseudonym_bucket", "held_quota", ["pseudonym", "bucket"])
    op.create_index("ix_held_quota_expires_at", "held_quota", ["expires_at"])
    op.create_table(
        "held_seat",
        sa.Column("hold_id", sa.String(length=32), nullable=False),
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.PrimaryKeyConstraint("hold_id", name="pk_held_seat"),
        sqlite_with_rowid=False,
    )
    columns = ["partner_id", "occasion", "expires_at"]
    op.create_index("ix_held_seat_partner_id_occasion_expires_at", "held_seat", columns)
    op.create_index("ix_held_seat_expires_at", "held_seat", ["expires_at"])


def _create_cancellations() -> None:
    op.create_table(
        "cancellation",
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("redemptions", sa.Integer(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("holds", sa.Integer(), nullable=False),
        sa.Column("finished_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("partner_id", "occasion", name="pk_cancellation"),
        sa.UniqueConstraint("id", name="uq_cancellation_id"),
    )
