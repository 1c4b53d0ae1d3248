"""Who may ask: partners, their devices, and the caller that a request was proved to come from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from gateway.domain.documents import Document


class Scope(StrEnum):
    """What a device may do. No scope lets anybody search for people."""

    VERIFY = "verify"
    REDEEM = "redeem"
    REVERSE = "reverse"
    REPORT = "report"
    OFFICE = "office"


PARTNER_SCOPES = (Scope.VERIFY, Scope.REDEEM, Scope.REVERSE, Scope.REPORT)
"""What a kind of partner may have. Passes are issued by the city's own machines, and by nobody who takes them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The template of a kind of partner: what all partners of that kind may give and do.

    `documents` are the GraphQL documents that such a device sends, by name; `earlier_documents` are versions of
    before, which devices that were not renewed yet send still.
    """

    kind: str
    sector: str
    title_zh: str
    title_en: str
    scopes: frozenset[Scope]
    rewards: frozenset[str]
    documents: Mapping[str, Document]
    earlier_documents: tuple[Document, ...] = ()


CARD_OFFICE = Profile(
    kind="card-office",
    sector="card-office",
    title_zh="凭证服务窗口",
    title_en="Card office",
    scopes=frozenset({Scope.OFFICE}),
    rewards=frozenset(),
    documents={},
)
"""The city's own desks, which issue passes. They are kept, enrolled, suspended and revoked as partners are, and
give nothing: their kind is no folder of `partners/`, and they speak to `/office` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """An organisation that gives rewards. Its id is also its OAuth client id."""

    id: str
    kind: str
    name: str
    suspended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One of a partner's machines. `kid` is the RFC 7638 thumbprint of its one registered public key."""

    id: str
    partner: Partner
    label: str
    kid: str
    public_jwk: Mapping[str, str]
    scopes: frozenset[Scope]
    not_before: datetime
    not_after: datetime
    revoked: bool = False

    def works_at(self, now: datetime) -> bool:
        """Whether the device may be heard at an instant."""
        return not self.revoked and not self.partner.suspended and self.not_before <= now < self.not_after


@dataclass(frozen=True, slots=True)
class ProofId:
    """The single-use identifier of a signed proof: a hash, scoped by key, and when it may be forgotten."""

    digest: bytes = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """The authenticated sender of one request. Only `auth` makes one, after every check has passed.

    `bound` says that the proof was made for this very body, which an effect demands; `evidence` is the proof as it
    was sent.
    """

    partner_id: str
    device_id: str
    kind: str
    sector: str
    scopes: frozenset[Scope]
    rewards: frozenset[str]
    proof: ProofId = field(repr=False)
    bound: bool
    evidence: str = field(repr=False)
