"""A month's settlement, as the gateway says it and as it signs it."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from laurel_client.errors import BadReply

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
    try:
        protected, payload, signature = signed.split(".")
        header = json.loads(_decoded(protected))
        [key] = [each for each in jwks["keys"] if each["kid"] == header["kid"] and each.get("crv") == "Ed25519"]
        if (header["typ"], header["alg"]) != (SETTLEMENT_TYPE, "EdDSA"):
            raise ValueError("another kind of token")
        public = Ed25519PublicKey.from_public_bytes(_decoded(key["x"]))
        public.verify(_decoded(signature), f"{protected}.{payload}".encode())
        claims: dict[str, Any] = json.loads(_decoded(payload))
    except (KeyError, TypeError, ValueError, InvalidSignature):
        raise BadReply("This is no settlement that one of these keys signed.") from None
    return claims


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
