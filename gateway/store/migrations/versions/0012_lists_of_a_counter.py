"""Indexes for what a counter lists: the redemptions of one device, and its partner's occasions by their end."""

from alembic import op

revision = "0012"
down_revision = "0011"

_REDEMPTIONS = "ix_redemption_partner_id_device_id_redeemed_at_id"
_OCCASIONS = "ix_occasion_partner_id_ends_at_id"


def upgrade() -> None:
    """Create them; on PostgreSQL, one for each partition of redemptions."""
    op.create_index(_REDEMPTIONS, "redemption", ["partner_id", "device_id", "redeemed_at", "id"])
    op.create_index(_OCCASIONS, "occasion", ["partner_id", "ends_at", "id"])


def downgrade() -> None:
    """Drop them."""
    op.drop_index(_OCCASIONS, "occasion")
    op.drop_index(_REDEMPTIONS, "redemption")
