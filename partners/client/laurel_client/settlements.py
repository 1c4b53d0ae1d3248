"""A month's settlement, as the gateway says it and as it signs it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from laurel_client.signed_statements import signed_claims

SETTLEMENT_TYPE = "settlement+jwt"


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementLine:
    """What came of one reward at one tariff in the month; `units` are redeemed less reversed."""

    reward: str
    tariff_fen: int
    redeemed: int
    reversed: int
    units: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SettlementTaps:
    """Uploaded taps of one reward with one verdict."""

    reward: str
    verdict: str
    reason: str | None
    taps: int
    units: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settlement:
    """What the city owes for a month. `signed` is the same, to be kept and shown."""

    month: str
    begins: datetime
    ends: datetime
    final: bool
    amount_fen: int
    lines: tuple[SettlementLine, ...]
    offline: tuple[SettlementTaps, ...]
    signed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Units of a redemption that were taken back at once."""

    request_id: str
    quantity: int
    reversed_at: datetime
    reason: str


def verify_settlement(signed: str, jwks: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a signed settlement states. `jwks` is the content of the gateway's `/.well-known/jwks.json`.

    Raises:
        BadReply: it is no settlement, or none of these keys signed it.
    """
    return signed_claims(signed, jwks, typ=SETTLEMENT_TYPE)
