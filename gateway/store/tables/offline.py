"""What gates granted while their line was down: how much of an allowance is used, and each uploaded tap."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Column, Date, ForeignKeyConstraint, Index, String
from sqlmodel import Field

from gateway.store.tables.columns import UNORDERED, Row, instant_column, table
from gateway.store.tables.partitions import hashed_by


class OfflineAllowanceRow(Row, table=True):
    """What one device used of its allowance of one civil day, in units. `units` is the limit that last applied."""

    __tablename__ = "offline_allowance"
    __table_args__ = (
        ForeignKeyConstraint(["device_id"], ["device.id"]),
        CheckConstraint("used >= 0 AND used <= units", name="used"),
    )
    device_id: str = Field(sa_column=Column(String(64), primary_key=True))
    day: date = Field(sa_column=Column(Date, primary_key=True))
    units: int
    used: int


class TapRow(Row, table=True):
    """One uploaded tap and its verdict, for good: the settlement's annex, and the answer to the next upload.

    `device_id` and `day` name the allowance that the device decided by. Nothing here is of a pass or of a person.
    """

    __tablename__ = "tap"
    __table_args__ = (
        CheckConstraint("verdict IN ('ACCEPTED', 'ACCEPTED_LATE', 'REJECTED')", name="verdict"),
        CheckConstraint("(verdict = 'REJECTED') = (reason IS NOT NULL)", name="reason"),
        CheckConstraint("quantity > 0", name="quantity"),
        Index(None, "partner_id", "arrived_at"),
        UNORDERED | hashed_by("request_id"),
    )
    partner_id: str = Field(sa_column=Column(String(64), primary_key=True))
    request_id: str = Field(sa_column=Column(String(64), primary_key=True))
    device_id: str = Field(sa_column=Column(String(64), nullable=False))
    day: date = Field(sa_column=Column(Date, nullable=False))
    reward: str = Field(sa_column=Column(String(64), nullable=False))
    quantity: int
    happened_at: datetime = Field(sa_column=instant_column())
    arrived_at: datetime = Field(sa_column=instant_column())
    verdict: str = Field(sa_column=Column(String(16), nullable=False))
    reason: str | None = Field(sa_column=Column(String(32), nullable=True))


OFFLINE_ALLOWANCE = table(OfflineAllowanceRow)
TAP = table(TapRow)
