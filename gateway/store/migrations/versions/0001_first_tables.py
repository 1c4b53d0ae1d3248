"""The first tables: residents and passes, partners and devices, and the ledger."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0001"
down_revision = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create everything."""
    _create_residents()
    _create_partners()
    _create_ledger()


def downgrade() -> None:
    """Drop everything."""
    tables = (
        "deployment",
        "used_proof",
        "redemption",
        "entry",
        "quota",
        "period_key",
        "occasion",
        "device",
        "partner",
    )
    for table in (*tables, "pin_failure", "pass_handle", "pass", "registry_import", "resident"):
        op.drop_table(table)


def _create_residents() -> None:
    op.create_table(
        "resident",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("registry_hash", sa.LargeBinary(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("centihours", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("honours", sa.Text(), nullable=False),
        sa.CheckConstraint("centihours >= 0", name="ck_resident_hours"),
        sa.PrimaryKeyConstraint("id", name="pk_resident"),
        sa.UniqueConstraint("registry_hash", name="uq_resident_registry_hash"),
    )
    op.create_table(
        "registry_import",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("imported_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_registry_import"),
    )
    op.create_index("ix_registry_import_as_of", "registry_import", ["as_of"])
    op.create_table(
        "pass",
        sa.Column("id", BIG, autoincrement=True, nullable=False),
        sa.Column("resident_id", BIG, nullable=False),
        sa.Column("form", sa.String(length=8), nullable=False),
        sa.Column("sector", sa.String(length=48), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.Column("pin_hash", sa.Text(), nullable=True),
        sa.Column("status_index", sa.Integer(), nullable=False),
        sa.CheckConstraint("form IN ('card', 'live', 'slip')", name="ck_pass_form"),
        sa.ForeignKeyConstraint(["resident_id"], ["resident.id"], name="fk_pass_resident_id"),
        sa.PrimaryKeyConstraint("id", name="pk_pass"),
        sa.UniqueConstraint("sector", "status_index", name="uq_pass_sector_status_index"),
    )
    op.create_index("ix_pass_resident_id", "pass", ["resident_id"])
    op.create_table(
        "pass_handle",
        sa.Column("handle", sa.LargeBinary(), nullable=False),
        sa.Column("pass_id", BIG, nullable=False),
        sa.ForeignKeyConstraint(["pass_id"], ["pass.id"], name="fk_pass_handle_pass_id"),
        sa.PrimaryKeyConstraint("handle", name="pk_pass_handle"),
    )
    op.create_index("ix_pass_handle_pass_id", "pass_handle", ["pass_id"])
    op.create_table(
        "pin_failure",
        sa.Column("counter", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("counter", name="pk_pin_failure"),
    )


def _create_partners() -> None:
    op.create_table(
        "partner",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=48), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("suspended_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_partner"),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kid", sa.String(length=64), nullable=False),
        sa.Column("public_jwk", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("not_before", Instant(), nullable=False),
        sa.Column("not_after", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_device_partner_id"),
        sa.PrimaryKeyConstraint("id", name="pk_device"),
        sa.UniqueConstraint("kid", name="uq_device_kid"),
    )
    op.create_index("ix_device_partner_id", "device", ["partner_id"])
    op.create_table(
        "occasion",
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("reward", sa.String(length=48), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("ends_at", Instant(), nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= capacity", name="ck_occasion_capacity"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_occasion_partner_id"),
        sa.PrimaryKeyConstraint("partner_id", "id", name="pk_occasion"),
    )
    op.create_table(
        "deployment",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_deployment"),
    )


def _create_ledger() -> None:
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
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("allowance", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= allowance", name="ck_quota_used"),
        sa.PrimaryKeyConstraint("pseudonym", "bucket", name="pk_quota"),
    )
    op.create_table(
        "entry",
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("redemption_id", sa.String(length=32), nullable=True),
        sa.Column("quantity", sa.Integer(), nullable=True),
        sa.Column("reversed_quantity", sa.Integer(), nullable=True),
        sa.Column("recorded_at", Instant(), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("reference", sa.String(length=128), nullable=True),
        sa.Column("forget_after", Instant(), nullable=True),
        sa.CheckConstraint("(kind = 'DENIED') = (redemption_id IS NULL)", name="ck_entry_effect"),
        sa.CheckConstraint("kind IN ('REDEEMED', 'REVERSED', 'DENIED')", name="ck_entry_kind"),
        sa.PrimaryKeyConstraint("partner_id", "request_id", name="pk_entry"),
    )
    op.create_index("ix_entry_forget_after", "entry", ["forget_after"])
    op.create_index("ix_entry_redemption_id", "entry", ["redemption_id"])
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
        sa.Column("bucket", sa.String(length=80), nullable=False),
        sa.Column("key_period", sa.String(length=16), nullable=False),
        sa.Column("redeemed_at", Instant(), nullable=False),
        sa.Column("reversible_until", Instant(), nullable=False),
        sa.Column("policy_version", sa.String(length=80), nullable=False),
        sa.CheckConstraint("quantity > 0", name="ck_redemption_quantity"),
        sa.CheckConstraint(
            "reversed_quantity >= 0 AND reversed_quantity <= quantity", name="ck_redemption_reversed"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_redemption"),
        sa.UniqueConstraint("partner_id", "request_id", name="uq_redemption_partner_id_request_id"),
    )
    op.create_index("ix_redemption_partner_id_redeemed_at_id", "redemption", ["partner_id", "redeemed_at", "id"])
    op.create_table(
        "used_proof",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_used_proof"),
    )
    op.create_index("ix_used_proof_expires_at", "used_proof", ["expires_at"])
