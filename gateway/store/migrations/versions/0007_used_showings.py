"""What was shown and may not be used again: codes of slips, and showings of live passes."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "used_showing",
        sa.Column("mark", sa.LargeBinary(), nullable=False),
        sa.Column("forget_after", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("mark", name="pk_used_showing"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_used_showing_forget_after", "used_showing", ["forget_after"])


def downgrade() -> None:
    """Drop it: codes that were used could be used once more."""
    op.drop_table("used_showing")
