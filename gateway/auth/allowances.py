"""Offline allowances: signed by the gateway, kept by a gate, and shown again with the taps that it granted by it.

What was promised is what the token says, whatever the catalogue says meanwhile; so nothing of it is stored but the
number of units that were used. `exp` ends what a gate may decide, not what it may upload.
"""

from datetime import UTC, date, datetime

from gateway.auth import jws
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.errors import MalformedInput, NotAuthentic
from gateway.domain.offline import Allowance

ALLOWANCE_TYPE = "offline-allowance+jwt"
TOKEN_CHARACTERS_MAX = 2048
"""Ours have some 500; a few dozen rewards would still fit."""

_POLICY = jws.Policy(
    typ=ALLOWANCE_TYPE,
    required=frozenset({"iss", "sub", "device", "day", "units", "rewards", "iat", "exp"}),
    token_bytes_max=TOKEN_CHARACTERS_MAX,
)


class SignedAllowances:
    """Implements `domain.offline.Allowances`. `issuer` is the gateway's public address."""

    def __init__(self, keyring: Keyring, *, issuer: str) -> None:
        self._keyring = keyring
        self._issuer = issuer

    def sign(self, allowance: Allowance) -> str:
        """Return the allowance as a compact JWS; its times are whole seconds.

        Raises:
            KeysMissing: there is no active `statement` key.
        """
        claims = {
            "iss": self._issuer,
            "sub": allowance.partner_id,
            "device": allowance.device_id,
            "day": allowance.day.isoformat(),
            "units": allowance.units,
            "rewards": sorted(allowance.rewards),
            "iat": int(allowance.issued_at.timestamp()),
            "exp": int(allowance.ends_at.timestamp()),
        }
        return jws.sign(claims, self._keyring.signing(Purpose.STATEMENT), typ=ALLOWANCE_TYPE)

    def open(self, text: str, *, partner_id: str) -> Allowance:
        """Return the allowance that the gateway signed for a device of a partner.

        Raises:
            MalformedInput: it is none, or another partner's.
        """
        try:
            envelope = jws.parse(text, _POLICY)
            key = self._keyring.verifying(Purpose.STATEMENT, str(envelope.header.get("kid")))
            if key is None:
                raise NotAuthentic("allowance-key")
            claims = jws.verify(envelope, key)
            if (claims["iss"], claims["sub"]) != (self._issuer, partner_id):
                raise NotAuthentic("allowance-claims")
            return Allowance(
                partner_id=partner_id,
                device_id=claims["device"],
                day=date.fromisoformat(claims["day"]),
                units=jws.require_int_time(claims, "units"),
                rewards=frozenset(claims["rewards"]),
                issued_at=datetime.fromtimestamp(jws.require_int_time(claims, "iat"), UTC),
                ends_at=datetime.fromtimestamp(jws.require_int_time(claims, "exp"), UTC),
            )
        except (NotAuthentic, ValueError, TypeError):
            raise MalformedInput("allowance", "Give an allowance as offlineAllowance answered it.") from None
