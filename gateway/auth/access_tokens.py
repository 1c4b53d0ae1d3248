"""Access tokens (`at+jwt`, RFC 9068): what a device shows, besides a proof, with every request.

Signed with ES256, although RFC 9068 section 2.1 wants every server to know RS256, too: FAPI 2.0 section 5.4.1
rules that out. A token is bound to its device's key by `cnf.jkt` (RFC 9449 section 6.1), so that a stolen one is
of no use; and it lives five minutes, so that a revoked key's tokens end by themselves as well.
"""

import secrets
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime

from gateway.auth.jwk import PublicKey
from gateway.auth.jws import (
    CLOCK_SKEW_SECONDS,
    Policy,
    blaming,
    parse,
    require_int_time,
    sign,
    verify,
)
from gateway.auth.keyring import Keyring, Purpose
from gateway.domain.errors import NotAuthentic
from gateway.domain.partners import Device, Scope

LIFETIME_SECONDS = 300
LIFETIME_SECONDS_MAX = 600
"""What no node accepts, whatever another one issues."""

POLICY = Policy(
    typ="at+jwt",
    required=frozenset({"iss", "sub", "aud", "exp", "iat", "jti", "client_id", "device_id", "scope", "cnf"}),
    token_bytes_max=4096,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessToken:
    """What a token grants, and to whom; `key_thumbprint` is of the key that a proof has to be made with."""

    client_id: str
    device_id: str
    key_thumbprint: str
    scopes: frozenset[Scope]


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """A token whose signature and claims are right, and what has to be right again each time it is shown."""

    granted: AccessToken
    kid: str
    begins: int
    ends: int

    def require_timely(self, now: datetime) -> None:
        """Refuse a token before its time and after it. Times are NumericDates (RFC 7519 section 2), in seconds.

        Raises:
            NotAuthentic: `clock-skew`, `expired`.
        """
        seconds = now.timestamp()
        if self.begins > seconds + CLOCK_SKEW_SECONDS:
            raise NotAuthentic("clock-skew")
        if self.ends <= seconds:
            raise NotAuthentic("expired")


def issue(device: Device, scopes: Set[Scope], *, keyring: Keyring, issuer: str, now: datetime) -> str:
    """Return a token for a device that has proved who it is.

    Raises:
        KeysMissing: no key signs access tokens now.
    """
    issued = int(now.timestamp())
    claims = {
        "iss": issuer,
        "sub": device.partner.id,
        "aud": issuer,
        "exp": issued + LIFETIME_SECONDS,
        "iat": issued,
        "jti": secrets.token_urlsafe(16),
        "client_id": device.partner.id,
        "device_id": device.id,
        "scope": " ".join(sorted(scopes)),
        "cnf": {"jkt": device.kid},
    }
    return sign(claims, keyring.signing(Purpose.ACCESS_TOKEN), typ=POLICY.typ)


def read(token: str, *, keyring: Keyring, issuer: str, now: datetime) -> Verified:
    """Return what a token of ours grants. Whether its device still works is for the caller to ask.

    Raises:
        NotAuthentic: `token-...`: its form, `unknown-key`, `signature`, `iss`, `aud`, `jti`, `sub`,
            `clock-skew`, `expired`, `lifetime`, `scope`, `cnf` and the like.
    """
    with blaming("token"):
        envelope = parse(token, POLICY)
        kid = envelope.header.get("kid", "")
        claims = verify(envelope, live_key(keyring, kid))
        for name in ("iss", "aud"):
            if claims[name] != issuer:
                raise NotAuthentic(name)
        if not isinstance(claims["jti"], str):
            raise NotAuthentic("jti")
        begins, ends = _times(claims)
        client_id, device_id, scope, cnf = (claims[name] for name in ("client_id", "device_id", "scope", "cnf"))
        if not isinstance(client_id, str) or claims["sub"] != client_id or not isinstance(device_id, str):
            raise NotAuthentic("sub")
        if not isinstance(cnf, dict) or not isinstance(cnf.get("jkt"), str):
            raise NotAuthentic("cnf")
        granted = AccessToken(
            client_id=client_id, device_id=device_id, key_thumbprint=cnf["jkt"], scopes=parse_scopes(scope)
        )
        verified = Verified(granted=granted, kid=kid, begins=begins, ends=ends)
        verified.require_timely(now)
        return verified


def live_key(keyring: Keyring, kid: str) -> PublicKey:
    """Return the key that a token says it was signed with.

    Raises:
        NotAuthentic: `unknown-key`: none of ours, for something else, or withdrawn.
    """
    key = keyring.verifying(Purpose.ACCESS_TOKEN, kid)
    if key is None:
        raise NotAuthentic("unknown-key")
    return key


def parse_scopes(text: object) -> frozenset[Scope]:
    """Return the scopes that a space-separated list names (RFC 6749 section 3.3).

    Raises:
        NotAuthentic: `scope`: not text, or none or an unknown one in it.
    """
    try:
        return frozenset(map(Scope, text.split(" ") if isinstance(text, str) else ("",)))
    except ValueError:
        raise NotAuthentic("scope") from None


def _times(claims: Mapping[str, object]) -> tuple[int, int]:
    """Return from when to when a token says it is good."""
    issued, expires = require_int_time(claims, "iat"), require_int_time(claims, "exp")
    begins = require_int_time(claims, "nbf") if "nbf" in claims else issued
    if expires - issued > LIFETIME_SECONDS_MAX:
        raise NotAuthentic("lifetime")
    return max(issued, begins), expires
