"""Residents and their passes: keyed hashes, random secrets and standings. Nobody is named here."""

from datetime import date, datetime

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    false,
    text,
)
from sqlmodel import Field

from gateway.store.tables.columns import BIG, UNORDERED, Row, bytes_column, id_column, instant_column, table
from gateway.store.tables.partitions import hashed_by


class ResidentRow(Row, table=True):
    """Somebody in the registry: a keyed hash, a random secret, and a standing. `honours` is canonical JSON."""

    __tablename__ = "resident"
    __table_args__ = (UniqueConstraint("registry_hash"), CheckConstraint("centihours >= 0", name="hours"))
    id: int | None = Field(default=None, sa_column=id_column())
    registry_hash: bytes = Field(sa_column=bytes_column())
    secret: bytes = Field(sa_column=bytes_column())
    centihours: int
    as_of: date = Field(sa_column=Column(Date, nullable=False))
    honours: str = Field(sa_column=Column(Text, nullable=False))


class RegistryImportRow(Row, table=True):
    """A completed import: how fresh the registry is.

    `file_hash` is a keyed hash of the file, until another import begins: the same file changes nothing.
    `residents` is how many it told of; `complete` says that it held everybody's honours.
    """

    __tablename__ = "registry_import"
    id: int | None = Field(default=None, sa_column=id_column())
    as_of: date = Field(sa_column=Column(Date, nullable=False, index=True))
    imported_at: datetime = Field(sa_column=instant_column())
    file_hash: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    residents: int = Field(default=0, sa_column=Column(Integer, server_default=text("0"), nullable=False))
    complete: bool = Field(default=False, sa_column=Column(Boolean, server_default=false(), nullable=False))


class PassRow(Row, table=True):
    """A pass of a resident for one sector."""

    __tablename__ = "pass"
    __table_args__ = (
        ForeignKeyConstraint(["resident_id"], ["resident.id"]),
        UniqueConstraint("sector", "status_index"),
        Index(None, "resident_id"),
        CheckConstraint("form IN ('card', 'live', 'slip')", name="form"),
    )
    id: int | None = Field(default=None, sa_column=id_column())
    resident_id: int = Field(sa_column=Column(BIG, nullable=False))
    form: str = Field(sa_column=Column(String(8), nullable=False))
    sector: str = Field(sa_column=Column(String(48), nullable=False))
    expires_at: datetime = Field(sa_column=instant_column())
    revoked_at: datetime | None = Field(sa_column=instant_column(nullable=True))
    pin_hash: str | None = Field(sa_column=Column(Text, nullable=True))
    status_index: int


class PassHandleRow(Row, table=True):
    """A keyed hash under which a pass is found: of its token's id, or of a typable code."""

    __tablename__ = "pass_handle"
    __table_args__ = (ForeignKeyConstraint(["pass_id"], ["pass.id"]), Index(None, "pass_id"), UNORDERED)
    handle: bytes = Field(sa_column=bytes_column(primary_key=True))
    pass_id: int = Field(sa_column=Column(BIG, nullable=False))


class PinFailureRow(Row, table=True):
    """The counter of wrong PINs for one pass and reward; it deletes itself after an hour."""

    __tablename__ = "pin_failure"
    __table_args__ = UNORDERED
    counter: bytes = Field(sa_column=bytes_column(primary_key=True))
    failures: int
    expires_at: datetime = Field(sa_column=instant_column())


class ErasedRow(Row, table=True):
    """Somebody who wants to be on no record: no import brings them back. `readmit_from` is a civil day."""

    __tablename__ = "erased"
    __table_args__ = UNORDERED
    registry_hash: bytes = Field(sa_column=bytes_column(primary_key=True))
    readmit_from: date = Field(sa_column=Column(Date, nullable=False))


class RetiredPlaceRow(Row, table=True):
    """A place in a status list whose card was erased: nobody else gets it until that card would have expired."""

    __tablename__ = "retired_place"
    __table_args__ = (Index(None, "until"), UNORDERED)
    sector: str = Field(sa_column=Column(String(48), primary_key=True))
    status_index: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    until: datetime = Field(sa_column=instant_column())


class LookRow(Row, table=True):
    """That some partner looked at some pass on some day, as a keyed hash of all three: the access log."""

    __tablename__ = "look"
    __table_args__ = (Index(None, "forget_after"), UNORDERED | hashed_by("tag"))
    tag: bytes = Field(sa_column=bytes_column(primary_key=True))
    forget_after: datetime = Field(sa_column=instant_column())


RESIDENT = table(ResidentRow)
LOOK = table(LookRow)
ERASED = table(ErasedRow)
RETIRED_PLACE = table(RetiredPlaceRow)
REGISTRY_IMPORT = table(RegistryImportRow)


class PairingRow(Row, table=True):
    """What a phone gets for a one-time code, as a keyed hash: pairings, sealed under the code itself.

    `phone` is the digest of what the first phone that sent the code calls itself: it may ask again, no other may.
    Nothing here says whose it is or which passes they are.
    """

    __tablename__ = "pairing"
    __table_args__ = (UNORDERED,)
    code_hash: bytes = Field(sa_column=bytes_column(primary_key=True))
    sealed: bytes = Field(sa_column=bytes_column())
    phone: bytes | None = Field(default=None, sa_column=bytes_column(nullable=True))
    expires_at: datetime = Field(sa_column=instant_column())


PASS = table(PassRow)
PAIRING = table(PairingRow)
PASS_HANDLE = table(PassHandleRow)
PIN_FAILURE = table(PinFailureRow)
