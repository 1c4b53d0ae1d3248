"""The ledger: quotas and redemptions under pseudonyms, one entry per request, proofs that were used."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Create the ledger."""
    _create_redemptions()
    _create_entries()


def downgrade() -> None:
    """Drop the ledger."""
    for table in ("used_proof", "entry", "redemption", "quota", "period_key"):
        op.drop_table(table)


def _create_redemptions() -> None:
    op.create_table(
        "period_key",
        sa.Column("reward", sa.String(length=48), nullable=False),
        sa.Column("key_period", sa.String(length=16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=True),
        sa.Column("closes_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("reward", "key_period", name="pk_period_key"),
    )
    op.create_table(
        "quota",
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("bucket", sa.String(length=160), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("allowance", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= allowance", name="used"),
        sa.PrimaryKeyConstraint("pseudonym", "bucket", name="pk_quota"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "redemption",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("device_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("reward", sa.String(length=48), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("reversed_quantity", sa.Integer(), nullable=False),
        sa.Column("tariff_fen", sa.Integer(), nullable=False),
        sa.Column("occasion", sa.String(length=64), nullable=True),
        sa.Column("pseudonym", sa.LargeBinary(), nullable=False),
        sa.Column("bucket", sa.String(length=160), nullable=False),
        sa.Column("key_period", sa.String(length=16), nullable=False),
        sa.Column("redeemed_at", Instant(), nullable=False),
        sa.Column("reversible_until", Instant(), nullable=False),
        sa.Column("policy_version", sa.String(length=80), nullable=False),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        sa.CheckConstraint("reversed_quantity >= 0 AND reversed_quantity <= quantity", name="reversed"),
        sa.PrimaryKeyConstraint("id", name="pk_redemption"),
        sa.UniqueConstraint("partner_id", "request_id", name="uq_redemption_partner_id_request_id"),
    )
    op.create_index("ix_redemption_partner_id_redeemed_at_id", "redemption", ["partner_id", "redeemed_at", "id"])


def _create_entries() -> None:
    op.create_table(
        "entry",
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("redemption_id", sa.String(length=32), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("reversed_quantity", sa.Integer(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("reference", sa.String(length=128), nullable=True),
        sa.Column("forget_after", Instant(), nullable=True),
        sa.CheckConstraint("(kind = 'DENIED') = (redemption_id IS NULL)", name="effect"),
        sa.CheckConstraint("kind IN ('REDEEMED', 'REVERSED', 'DENIED')", name="kind"),
        sa.PrimaryKeyConstraint("partner_id", "request_id", name="pk_entry"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_entry_forget_after", "entry", ["forget_after"])
    op.create_index("ix_entry_redemption_id", "entry", ["redemption_id"])
    op.create_table(
        "used_proof",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_proof"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_used_proof_expires_at", "used_proof", ["expires_at"])
