"""What stewards did, the codes by which machines enrol, and how many people each reward is for."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, ForeignKeyConstraint, String, Text
from sqlmodel import Field

from gateway.store.tables.columns import UNORDERED, Row, bytes_column, id_column, instant_column, table


class AdminRecordRow(Row, table=True):
    """One change by a steward or a card office. Append-only: triggers refuse every update and delete."""

    __tablename__ = "admin_record"
    id: int | None = Field(default=None, sa_column=id_column())
    at: datetime = Field(sa_column=instant_column())
    who: str = Field(sa_column=Column(String(80), nullable=False))
    action: str = Field(sa_column=Column(String(40), nullable=False))
    subject: str | None = Field(sa_column=Column(String(160), nullable=True))
    facts: str = Field(sa_column=Column(Text, nullable=False))


class EnrolmentRow(Row, table=True):
    """A one-time code with which a machine registers its key, as a keyed hash. `scopes` is space-separated."""

    __tablename__ = "enrolment"
    __table_args__ = (
        ForeignKeyConstraint(["partner_id"], ["partner.id"]),
        CheckConstraint("key_days > 0", name="key_days"),
        UNORDERED,
    )
    code_hash: bytes = Field(sa_column=bytes_column(primary_key=True))
    partner_id: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    label: str = Field(sa_column=Column(Text, nullable=False))
    scopes: str = Field(sa_column=Column(Text, nullable=False))
    key_days: int
    expires_at: datetime = Field(sa_column=instant_column())


class RewardGroupRow(Row, table=True):
    """How many residents a rule of a reward made eligible when they were counted. `rule` is the rule's hash.

    One row for each rule that a reward had: nodes with the catalogue of before and of after serve side by side.
    """

    __tablename__ = "reward_group"
    __table_args__ = (CheckConstraint("eligible >= 0", name="eligible"),)
    reward: str = Field(sa_column=Column(String(48), primary_key=True))
    rule: str = Field(sa_column=Column(String(80), primary_key=True))
    eligible: int
    counted_at: datetime = Field(sa_column=instant_column())


ADMIN_RECORD = table(AdminRecordRow)
ENROLMENT = table(EnrolmentRow)
REWARD_GROUP = table(RewardGroupRow)
