"""Holds: what was asked and what became of it; apart from that, for as long as it lives, whose units and seats
it keeps.

`hold` names no pseudonym. The rows of `held_quota` and `held_seat` are the units themselves: each counter
(`quota.held`, `occasion.held`) is the sum of its rows, which nobody touches without the counter's row lock. They
are deleted when the hold ends, and collected after it has expired by whoever needs the units, so nothing then
says whose it was.
"""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, String, UniqueConstraint
from sqlmodel import Field

from gateway.store.tables.columns import UNORDERED, Row, bytes_column, instant_column, table
from gateway.store.tables.partitions import hashed_by, where_whole


class HoldRow(Row, table=True):
    """One hold: what its partner knows of it, and on which terms it was promised. `ended` once it was ended."""

    __tablename__ = "hold"
    __table_args__ = (
        where_whole(UniqueConstraint("partner_id", "request_id")),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("ended IN ('CONFIRMED', 'RELEASED')", name="ended"),
        hashed_by("id"),
    )
    id: str = Field(sa_column=Column(String(32), primary_key=True))
    partner_id: str = Field(sa_column=Column(String(64), nullable=False))
    device_id: str = Field(sa_column=Column(String(64), nullable=False))
    request_id: str = Field(sa_column=Column(String(64), nullable=False))
    reward: str = Field(sa_column=Column(String(48), nullable=False))
    quantity: int
    tariff_fen: int
    occasion: str | None = Field(sa_column=Column(String(64), nullable=True))
    held_at: datetime = Field(sa_column=instant_column())
    expires_at: datetime = Field(sa_column=instant_column())
    reversal_seconds: int
    policy_version: str = Field(sa_column=Column(String(80), nullable=False))
    ended: str | None = Field(default=None, sa_column=Column(String(16), nullable=True))


class HeldQuotaRow(Row, table=True):
    """Units of a quota that a hold keeps, and with which pass: sealed, for the confirmation alone."""

    __tablename__ = "held_quota"
    __table_args__ = (
        Index(None, "pseudonym", "bucket"),
        Index(None, "expires_at"),
        CheckConstraint("quantity > 0", name="quantity"),
        UNORDERED,
    )
    hold_id: str = Field(sa_column=Column(String(32), primary_key=True))
    pseudonym: bytes = Field(sa_column=bytes_column())
    bucket: str = Field(sa_column=Column(String(160), nullable=False))
    key_period: str = Field(sa_column=Column(String(16), nullable=False))
    quantity: int
    expires_at: datetime = Field(sa_column=instant_column())
    sealed_pass: bytes | None = Field(sa_column=bytes_column(nullable=True))


class HeldSeatRow(Row, table=True):
    """Seats of an occasion that a hold keeps."""

    __tablename__ = "held_seat"
    __table_args__ = (
        Index(None, "partner_id", "occasion", "expires_at"),
        Index(None, "expires_at"),
        CheckConstraint("quantity > 0", name="quantity"),
        UNORDERED,
    )
    hold_id: str = Field(sa_column=Column(String(32), primary_key=True))
    partner_id: str = Field(sa_column=Column(String(64), nullable=False))
    occasion: str = Field(sa_column=Column(String(64), nullable=False))
    quantity: int
    expires_at: datetime = Field(sa_column=instant_column())


class CancellationRow(Row, table=True):
    """How far an occasion that was called off has been undone; written in the transaction that undoes."""

    __tablename__ = "cancellation"
    __table_args__ = (UniqueConstraint("id"),)
    partner_id: str = Field(sa_column=Column(String(64), primary_key=True))
    occasion: str = Field(sa_column=Column(String(64), primary_key=True))
    id: str = Field(sa_column=Column(String(32), nullable=False))
    redemptions: int
    units: int
    holds: int
    finished_at: datetime | None = Field(default=None, sa_column=instant_column(nullable=True))


HOLD = table(HoldRow)
HELD_QUOTA = table(HeldQuotaRow)
HELD_SEAT = table(HeldSeatRow)
CANCELLATION = table(CancellationRow)
