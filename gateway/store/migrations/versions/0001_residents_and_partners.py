"""Residents and passes, partners and devices."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0001"
down_revision = None

TABLES = (
    *("occasion", "device", "partner", "deployment"),
    *("pin_failure", "pass_handle", "pass", "registry_import", "resident"),
)
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create everything."""
    _create_residents()
    _create_partners()


def downgrade() -> None:
    """Drop everything."""
    for table in TABLES:
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
        sa.CheckConstraint("centihours >= 0", name="hours"),
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
        sa.CheckConstraint("form IN ('card', 'live', 'slip')", name="form"),
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
        sqlite_with_rowid=False,
    )
    op.create_index("ix_pass_handle_pass_id", "pass_handle", ["pass_id"])
    op.create_table(
        "pin_failure",
        sa.Column("counter", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("counter", name="pk_pin_failure"),
        sqlite_with_rowid=False,
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
        sa.Column("announced_end", Instant(), nullable=False),
        sa.CheckConstraint("used >= 0 AND used <= capacity", name="capacity"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_occasion_partner_id"),
        sa.PrimaryKeyConstraint("partner_id", "id", name="pk_occasion"),
    )
    op.create_table(
        "deployment",
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_deployment"),
    )
