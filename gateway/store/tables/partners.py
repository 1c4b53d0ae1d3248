"""Partners, their devices, and the occasions that they sell seats for."""

from datetime import datetime

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlmodel import Field

from gateway.store.tables.columns import Row, instant_column, table


class PartnerRow(Row, table=True):
    """An organisation that gives rewards; its id is its OAuth client id."""

    __tablename__ = "partner"
    id: str = Field(sa_column=Column(String(64), primary_key=True))
    kind: str = Field(sa_column=Column(String(48), nullable=False))
    name: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=instant_column())
    suspended_at: datetime | None = Field(sa_column=instant_column(nullable=True))


class DeviceRow(Row, table=True):
    """One of a partner's machines with its one registered public key. `scopes` is space-separated."""

    __tablename__ = "device"
    __table_args__ = (ForeignKeyConstraint(["partner_id"], ["partner.id"]), UniqueConstraint("kid"))
    id: str = Field(sa_column=Column(String(64), primary_key=True))
    partner_id: str = Field(sa_column=Column(String(64), nullable=False, index=True))
    label: str = Field(sa_column=Column(Text, nullable=False))
    kid: str = Field(sa_column=Column(String(64), nullable=False))
    public_jwk: str = Field(sa_column=Column(Text, nullable=False))
    scopes: str = Field(sa_column=Column(Text, nullable=False))
    not_before: datetime = Field(sa_column=instant_column())
    not_after: datetime = Field(sa_column=instant_column())
    revoked_at: datetime | None = Field(sa_column=instant_column(nullable=True))


class OccasionRow(Row, table=True):
    """One show, match or screening with its seats: redeemed, and held as in `held_seat`."""

    __tablename__ = "occasion"
    __table_args__ = (
        ForeignKeyConstraint(["partner_id"], ["partner.id"]),
        CheckConstraint("used >= 0 AND held >= 0 AND used + held <= capacity", name="capacity"),
        Index(None, "partner_id", "ends_at", "id"),
    )
    partner_id: str = Field(sa_column=Column(String(64), primary_key=True))
    id: str = Field(sa_column=Column(String(64), primary_key=True))
    reward: str = Field(sa_column=Column(String(48), nullable=False))
    capacity: int
    used: int
    ends_at: datetime = Field(sa_column=instant_column())
    announced_end: datetime = Field(sa_column=instant_column())
    held: int = Field(default=0, sa_column=Column(Integer, server_default=text("0"), nullable=False))
    cancelled_at: datetime | None = Field(default=None, sa_column=instant_column(nullable=True))


class DeploymentRow(Row, table=True):
    """A fact that this database was made under, such as that it is a sandbox's: checked at every start."""

    __tablename__ = "deployment"
    name: str = Field(sa_column=Column(String(32), primary_key=True))
    value: str = Field(sa_column=Column(Text, nullable=False))


PARTNER = table(PartnerRow)
DEVICE = table(DeviceRow)
OCCASION = table(OccasionRow)
DEPLOYMENT = table(DeploymentRow)
