"""Signed proofs of requests with an effect, sealed, until their period closes."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Create the table of evidence."""
    op.create_table(
        "evidence",
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("redemption_id", sa.String(length=32), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("proof", sa.LargeBinary(), nullable=False),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("partner_id", "request_id", name="pk_evidence"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_evidence_closes_at", "evidence", ["closes_at"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("evidence")
