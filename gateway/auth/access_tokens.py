"""Access tokens (`at+jwt`, RFC 9068): what a device shows, besides a proof, with every request.

Signed with ES256, although RFC 9068 section 2.1 wants every server to know RS256, too: FAPI 2.0 section 5.4.1
rules that out. A token is bound to its device's key by `cnf.jkt` (RFC 9449 section 6.1), so that a stolen one is
of no use; and it lives five minutes, so that a revoked key's tokens end by themselves as well.
"""

import secrets
from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import datetime

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


def read(token: str, *, keyring: Keyring, issuer: str, now: datetime) -> AccessToken:
    """Return what a token of ours grants. Whether its device still works is for the caller to ask.

    Raises:
        NotAuthentic: `token-...`: its form, `unknown-key`, `signature`, `iss`, `aud`, `jti`, `sub`,
            `clock-skew`, `expired`, `lifetime`, `scope`, `cnf` and the like.
    """
    with blaming("token"):
        envelope = parse(token, POLICY)
        key = keyring.verifying(Purpose.ACCESS_TOKEN, envelope.header.get("kid", ""))
        if key is None:
            raise NotAuthentic("unknown-key")
        claims = verify(envelope, key)
        for name in ("iss", "aud"):
            if claims[name] != issuer:
                raise NotAuthentic(name)
        if not isinstance(claims["jti"], str):
            raise NotAuthentic("jti")
        _check_times(claims, now)
        client_id, device_id, scope, cnf = (claims[name] for name in ("client_id", "device_id", "scope", "cnf"))
        if not isinstance(client_id, str) or claims["sub"] != client_id or not isinstance(device_id, str):
            raise NotAuthentic("sub")
        if not isinstance(cnf, dict) or not isinstance(cnf.get("jkt"), str):
            raise NotAuthentic("cnf")
        return AccessToken(
            client_id=client_id, device_id=device_id, key_thumbprint=cnf["jkt"], scopes=parse_scopes(scope)
        )


def parse_scopes(text: object) -> frozenset[Scope]:
    """Return the scopes that a space-separated list names (RFC 6749 section 3.3).

    Raises:
        NotAuthentic: `scope`: not text, or none or an unknown one in it.
    """
    try:
        return frozenset(map(Scope, text.split(" ") if isinstance(text, str) else ("",)))
    except ValueError:
        raise NotAuthentic("scope") from None


def _check_times(claims: Mapping[str, object], now: datetime) -> None:
    issued, expires = require_int_time(claims, "iat"), require_int_time(claims, "exp")
    begins, seconds = require_int_time(claims, "nbf") if "nbf" in claims else issued, now.timestamp()
    if max(issued, begins) > seconds + CLOCK_SKEW_SECONDS:
        raise NotAuthentic("clock-skew")
    if expires <= seconds:
        raise NotAuthentic("expired")
    if expires - issued > LIFETIME_SECONDS_MAX:
        raise NotAuthentic("lifetime")
