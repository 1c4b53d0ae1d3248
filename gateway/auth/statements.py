"""What the gateway states in writing: signed, so that it can be shown to a third party years later.

A statement is a compact JWS (RFC 7515) with Ed25519 (RFC 8037) by the `statement` key, of a type of its own
(RFC 8725 section 3.11). Its claims are in canonical form (RFC 8785: sorted, without spaces, whole numbers), and
Ed25519 is deterministic: the same statement under the same key is the same string, byte for byte.
"""

import json
from collections.abc import Mapping

from gateway.auth import jws
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.settlement import Settlement

SETTLEMENT_TYPE = "settlement+jwt"


def canonical(claims: Mapping[str, object]) -> str:
    """Return JSON with one spelling. Keys are ASCII and numbers are whole, so that it is RFC 8785's."""
    return json.dumps(claims, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def settlement_claims(settlement: Settlement, *, issuer: str) -> Mapping[str, object]:
    """Return what a settlement states. No time of its making is in it."""
    month = settlement.month
    return {
        "iss": issuer,
        "sub": settlement.partner_id,
        "month": month.name,
        "time_zone": month.zone.key,
        "begins": month.begins.isoformat(),
        "ends": month.ends.isoformat(),
        "final": settlement.final,
        "amount_fen": settlement.amount_fen,
        "lines": [
            {
                "reward": line.reward,
                "tariff_fen": line.tariff_fen,
                "redeemed": line.redeemed,
                "reversed": line.reversed,
                "units": line.units,
                "amount_fen": line.amount_fen,
            }
            for line in settlement.lines
        ],
        "offline": [
            {
                "reward": line.reward,
                "verdict": line.verdict,
                "reason": line.reason,
                "taps": line.taps,
                "units": line.units,
            }
            for line in settlement.taps
        ],
    }


class Statements:
    """Signs as the gateway. Implements `domain.settlement.SettlementSigner`. `issuer` is its public address."""

    def __init__(self, keyring: Keyring, *, issuer: str) -> None:
        self._keyring = keyring
        self._issuer = issuer

    def claims(self, settlement: Settlement) -> Mapping[str, object]:
        """Return what `sign_settlement` signs."""
        return settlement_claims(settlement, issuer=self._issuer)

    def sign_settlement(self, settlement: Settlement) -> str:
        """Return a settlement as a compact JWS.

        Raises:
            KeysMissing: there is no active `statement` key.
        """
        key = self._keyring.signing(Purpose.STATEMENT)
        return jws.sign(json.loads(canonical(self.claims(settlement))), key, typ=SETTLEMENT_TYPE)
