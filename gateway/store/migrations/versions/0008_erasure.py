"""Who was erased and shall not come back unasked, and the places in status lists that their cards leave behind."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0008"
down_revision = "0006"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "erased",
        sa.Column("registry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("readmit_from", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("registry_hash", name="pk_erased"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "retired_place",
        sa.Column("sector", sa.String(length=48), nullable=False),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.Column("until", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("sector", "status_index", name="pk_retired_place"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_retired_place_until", "retired_place", ["until"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("retired_place")
    op.drop_table("erased")
