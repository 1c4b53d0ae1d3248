"""With which pass a hold was taken, sealed: what is revoked meanwhile is not confirmed."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add the column. Holds that live through this have none, and end by their time at the latest."""
    with op.batch_alter_table("held_quota") as held_quota:
        held_quota.add_column(sa.Column("sealed_pass", sa.LargeBinary(), nullable=True))


def downgrade() -> None:
    """Drop it."""
    with op.batch_alter_table("held_quota") as held_quota:
        held_quota.drop_column("sealed_pass")
