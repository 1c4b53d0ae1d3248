"""Who was erased, the places in status lists that their cards leave, and the access log."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0008"
down_revision = "0007"


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
    op.create_table(
        "look",
        sa.Column("tag", sa.LargeBinary(), nullable=False),
        sa.Column("forget_after", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tag", name="pk_look"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_look_forget_after", "look", ["forget_after"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("look")
    op.drop_table("retired_place")
    op.drop_table("erased")
