"""What stewards did, append-only; enrolment codes; group sizes; which file was imported last."""

import sqlalchemy as sa
from alembic import op

from gateway.store.instants import Instant

revision = "0003"
down_revision = "0002"

_REFUSAL = "what stewards did is never changed"


def upgrade() -> None:
    """Create what stewards need at a city's size."""
    op.create_table(
        "admin_record",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("who", sa.String(length=80), nullable=False),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.String(length=160), nullable=True),
        sa.Column("facts", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_admin_record"),
    )
    _make_append_only()
    op.create_table(
        "enrolment",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("partner_id", sa.String(length=64), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("key_days", sa.Integer(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.CheckConstraint("key_days > 0", name="key_days"),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name="fk_enrolment_partner_id"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_enrolment"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_enrolment_partner_id", "enrolment", ["partner_id"])
    op.create_table(
        "reward_group",
        sa.Column("reward", sa.String(length=48), nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("eligible", sa.Integer(), nullable=False),
        sa.Column("counted_at", Instant(), nullable=False),
        sa.CheckConstraint("eligible >= 0", name="eligible"),
        sa.PrimaryKeyConstraint("reward", "rule", name="pk_reward_group"),
    )
    op.add_column("registry_import", sa.Column("file_hash", sa.LargeBinary(), nullable=True))
    op.add_column(
        "registry_import", sa.Column("residents", sa.Integer(), server_default=sa.text("0"), nullable=False)
    )
    op.add_column(
        "registry_import", sa.Column("complete", sa.Boolean(), server_default=sa.false(), nullable=False)
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("registry_import", "complete")
    op.drop_column("registry_import", "residents")
    op.drop_column("registry_import", "file_hash")
    for table in ("reward_group", "enrolment", "admin_record"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")


def _make_append_only() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER admin_record_{change.lower()} BEFORE {change} ON admin_record "
                f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER admin_record_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON admin_record "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
