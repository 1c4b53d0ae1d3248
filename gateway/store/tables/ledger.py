"""The ledger: quotas and redemptions under pseudonyms, and the one entry per request."""

from datetime import datetime

from sqlalchemy import CheckConstraint, Column, Index, String, UniqueConstraint
from sqlmodel import Field

from gateway.store.instants import Instant
from gateway.store.tables.columns import UNORDERED, Row, bytes_column, instant_column, table


class PeriodKeyRow(Row, table=True):
    """The key that hides who redeemed one reward in one period: wrapped, then destroyed (`wrapped` null)."""

    __tablename__ = "period_key"
    reward: str = Field(sa_column=Column(String(48), primary_key=True))
    key_period: str = Field(sa_column=Column(String(16), primary_key=True))
    wrapped: bytes | None = Field(sa_column=bytes_column(nullable=True))
    closes_at: datetime = Field(sa_column=instant_column())


class QuotaRow(Row, table=True):
    """What one pseudonym has used of one quota bucket. `allowance` is the limit that last applied."""

    __tablename__ = "quota"
    __table_args__ = (CheckConstraint("used >= 0 AND used <= allowance", name="used"), UNORDERED)
    pseudonym: bytes = Field(sa_column=bytes_column(primary_key=True))
    bucket: str = Field(sa_column=Column(String(160), primary_key=True))
    used: int
    allowance: int


class EntryRow(Row, table=True):
    """The outcome of one request: the idempotency key and the ledger's journal in one.

    A denial holds partner, request id, fingerprint, public reason and reference, and the day after which it
    is forgotten; nothing else.
    """

    __tablename__ = "entry"
    __table_args__ = (
        CheckConstraint("kind IN ('REDEEMED', 'REVERSED', 'DENIED')", name="kind"),
        CheckConstraint("(kind = 'DENIED') = (redemption_id IS NULL)", name="effect"),
        Index(None, "redemption_id"),
        Index(None, "forget_after"),
        UNORDERED,
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


class RedemptionRow(Row, table=True):
    """One redemption as it stands. It refers to a pseudonym, never to a resident or a pass."""

    __tablename__ = "redemption"
    __table_args__ = (
        UniqueConstraint("partner_id", "request_id"),
        Index(None, "partner_id", "redeemed_at", "id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("reversed_quantity >= 0 AND reversed_quantity <= quantity", name="reversed"),
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


class EvidenceRow(Row, table=True):
    """The signed proof of a request that had an effect, sealed; kept until the redemption's period closes."""

    __tablename__ = "evidence"
    __table_args__ = (Index(None, "closes_at"), UNORDERED)
    partner_id: str = Field(sa_column=Column(String(64), primary_key=True))
    request_id: str = Field(sa_column=Column(String(64), primary_key=True))
    redemption_id: str = Field(sa_column=Column(String(32), nullable=False))
    device_id: str = Field(sa_column=Column(String(64), nullable=False))
    proof: bytes = Field(sa_column=bytes_column())
    closes_at: datetime = Field(sa_column=instant_column())


class UsedProofRow(Row, table=True):
    """What may be used once and was: client assertions, and proofs of requests with an effect."""

    __tablename__ = "used_proof"
    __table_args__ = UNORDERED
    digest: bytes = Field(sa_column=bytes_column(primary_key=True))
    expires_at: datetime = Field(sa_column=Column(Instant, nullable=False, index=True))


PERIOD_KEY = table(PeriodKeyRow)
QUOTA = table(QuotaRow)
ENTRY = table(EntryRow)
REDEMPTION = table(RedemptionRow)
EVIDENCE = table(EvidenceRow)
USED_PROOF = table(UsedProofRow)
