"""The ledger: quotas and redemptions under pseudonyms, and the one entry per request."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, Integer, String, UniqueConstraint, text
from sqlmodel import Field

from gateway.store.instants import Instant
from gateway.store.tables.columns import UNORDERED, Row, bytes_column, instant_column, only_where, table
from gateway.store.tables.partitions import hashed_by, where_whole


def _overdraft() -> Column[int]:
    return Column(Integer, server_default=text("0"), nullable=False)


_STANDS = text("reversed_quantity < quantity AND occasion IS NOT NULL")
"""The redemptions that a cancellation looks for: the index holds nothing else."""


class PeriodKeyRow(Row, table=True):
    """The key that hides who redeemed one reward in one period: wrapped, then destroyed (`wrapped` null)."""

    __tablename__ = "period_key"
    reward: str = Field(sa_column=Column(String(48), primary_key=True))
    key_period: str = Field(sa_column=Column(String(16), primary_key=True))
    wrapped: bytes | None = Field(sa_column=bytes_column(nullable=True))
    closes_at: datetime = Field(sa_column=instant_column())


class QuotaRow(Row, table=True):
    """What one pseudonym has used of one quota bucket, and what it holds. `allowance` is the limit that last
    applied.

    `held` is the sum of the bucket's rows in `held_quota`, those that have expired included until they are
    collected.
    `overdraft` is what gates granted beyond it while their line was down; it is never part of `used`.
    """

    __tablename__ = "quota"
    __table_args__ = (
        CheckConstraint("used >= 0 AND held >= 0 AND used + held <= allowance", name="used"),
        CheckConstraint("overdraft >= 0", name="overdraft"),
        UNORDERED | hashed_by("pseudonym"),
    )
    pseudonym: bytes = Field(sa_column=bytes_column(primary_key=True))
    bucket: str = Field(sa_column=Column(String(160), primary_key=True))
    used: int
    allowance: int
    held: int = Field(default=0, sa_column=Column(Integer, server_default=text("0"), nullable=False))
    overdraft: int = Field(sa_column=_overdraft())


class EntryRow(Row, table=True):
    """The outcome of one request: the idempotency key and the ledger's journal in one.

    A denial holds partner, request id, fingerprint, public reason and reference, and the day after which it
    is forgotten; nothing else. `hold_id` is of what a hold began or ended, `occasion` of a cancellation.
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint(
            "kind IN ('REDEEMED', 'REVERSED', 'HELD', 'CONFIRMED', 'RELEASED', 'CANCELLED', 'DENIED')", name="kind"
        ),
        CheckConstraint(
            "(kind = 'DENIED') = (redemption_id IS NULL AND hold_id IS NULL AND occasion IS NULL)", name="effect"
        ),
        Index(None, "redemption_id", **only_where("kind = 'REVERSED'")),
        Index(None, "forget_after", **only_where("forget_after IS NOT NULL")),
        Index("ix_entry_reversals", "partner_id", "recorded_at", **only_where("kind = 'REVERSED'")),
        UNORDERED | hashed_by("request_id"),
    )
    partner_id: str = Field(sa_column=Column(String(64), primary_key=True))
    request_id: str = Field(sa_column=Column(String(64), primary_key=True))
    fingerprint: bytes = Field(sa_column=bytes_column())
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    redemption_id: str | None = Field(sa_column=Column(String(32), nullable=True))
    quantity: int | None
    reversed_quantity: int | None
    recorded_at: datetime | None = Field(sa_column=instant_column(nullable=True))
    reason: str | None = Field(sa_column=Column(String(32), nullable=True))
    reference: str | None = Field(sa_column=Column(String(128), nullable=True))
    forget_after: datetime | None = Field(sa_column=instant_column(nullable=True))
    hold_id: str | None = Field(default=None, sa_column=Column(String(32), nullable=True))
    occasion: str | None = Field(default=None, sa_column=Column(String(64), nullable=True))


class RedemptionRow(Row, table=True):
    """One redemption as it stands. It refers to a pseudonym, never to a resident or a pass.

    `happened_at` is set where a gate granted it offline; `overdraft` is how many of its live units are no quota's.
    """

    __tablename__ = "redemption"
    __table_args__ = (
        where_whole(UniqueConstraint("partner_id", "request_id")),
        where_whole(Index(None, "hold_id", unique=True)),
        Index(None, "partner_id", "redeemed_at", "id"),
        Index(None, "partner_id", "device_id", "redeemed_at", "id"),
        Index(None, "partner_id", "occasion", postgresql_where=_STANDS, sqlite_where=_STANDS),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("reversed_quantity >= 0 AND reversed_quantity <= quantity", name="reversed"),
        CheckConstraint("overdraft >= 0 AND overdraft <= quantity - reversed_quantity", name="overdraft"),
        hashed_by("id"),
    )
    id: str = Field(sa_column=Column(String(32), primary_key=True))
    partner_id: str = Field(sa_column=Column(String(64), nullable=False))
    device_id: str = Field(sa_column=Column(String(64), nullable=False))
    request_id: str = Field(sa_column=Column(String(64), nullable=False))
    reward: str = Field(sa_column=Column(String(48), nullable=False))
    quantity: int
    reversed_quantity: int
    tariff_fen: int
    occasion: str | None = Field(sa_column=Column(String(64), nullable=True))
    pseudonym: bytes = Field(sa_column=bytes_column())
    bucket: str = Field(sa_column=Column(String(160), nullable=False))
    key_period: str = Field(sa_column=Column(String(16), nullable=False))
    redeemed_at: datetime = Field(sa_column=instant_column())
    reversible_until: datetime = Field(sa_column=instant_column())
    policy_version: str = Field(sa_column=Column(String(80), nullable=False))
    hold_id: str | None = Field(default=None, sa_column=Column(String(32), nullable=True))
    overdraft: int = Field(sa_column=_overdraft())
    happened_at: datetime | None = Field(sa_column=instant_column(nullable=True))


class EvidenceRow(Row, table=True):
    """The signed proof of a request that had an effect, sealed; kept until the redemption's period closes.

    While there is a hold and no redemption yet, `redemption_id` is the hold's id, and the proof goes with the
    hold. Of a cancellation it is the cancellation's id.
    """

    __tablename__ = "evidence"
    __table_args__ = (Index(None, "closes_at"), UNORDERED | hashed_by("request_id"))
    partner_id: str = Field(sa_column=Column(String(64), primary_key=True))
    request_id: str = Field(sa_column=Column(String(64), primary_key=True))
    redemption_id: str = Field(sa_column=Column(String(32), nullable=False))
    device_id: str = Field(sa_column=Column(String(64), nullable=False))
    proof: bytes = Field(sa_column=bytes_column())
    closes_at: datetime = Field(sa_column=instant_column())


class UsedProofRow(Row, table=True):
    """What may be used once and was: client assertions, and proofs of requests with an effect."""

    __tablename__ = "used_proof"
    __table_args__ = UNORDERED | hashed_by("digest")
    digest: bytes = Field(sa_column=bytes_column(primary_key=True))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))


class UsedShowingRow(Row, table=True):
    """That a code of a slip, or one showing of a live pass, has had its effect.

    `mark` is a keyed hash of what was shown, and not of the handle on record: whoever has this table and those of
    the passes can't tell whose it was.
    """

    __tablename__ = "used_showing"
    __table_args__ = UNORDERED | hashed_by("mark")
    mark: bytes = Field(sa_column=bytes_column(primary_key=True))
    forget_after: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))


PERIOD_KEY = table(PeriodKeyRow)
QUOTA = table(QuotaRow)
ENTRY = table(EntryRow)
REDEMPTION = table(RedemptionRow)
EVIDENCE = table(EvidenceRow)
USED_PROOF = table(UsedProofRow)
USED_SHOWING = table(UsedShowingRow)
