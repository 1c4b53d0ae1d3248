"""Codes with which phones fetch their live passes."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "pairing",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("phone", sa.LargeBinary(), nullable=True),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_pairing"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    """Drop it: phones that have not paired yet get another code."""
    op.drop_table("pairing")
