"""Client assertions: how a device proves which partner it belongs to (`private_key_jwt`, RFC 7523).

The audience is our issuer as one string and nothing else, so that no other server's assertion passes here and
none of ours passes elsewhere (draft-ietf-oauth-rfc7523bis; FAPI 2.0 section 5.3.2.1).

That draft also wants `typ: client-authentication+jwt`. The clients that partners take off the shelf still say
`JWT` or nothing, so these pass as well, here and nowhere else. They open no door: what else a device signs is a
proof, whose `typ` is its own, and our tokens and passes are signed by keys that no device has.
"""

from dataclasses import dataclass
from datetime import datetime

from gateway.auth.jwk import KID, PublicKey
from gateway.auth.jws import (
    CLOCK_SKEW_SECONDS,
    Envelope,
    Policy,
    blaming,
    parse,
    require_int_time,
    verify,
)
from gateway.auth.single_use import proof_id
from gateway.domain.errors import ClockSkew, NotAuthentic
from gateway.domain.partners import ProofId

LIFETIME_SECONDS_MAX = 300
"""It is made for one request; five minutes forgive a slow line."""

AGE_SECONDS_MAX = 60
"""Where an assertion is refused for its time: how long it may be on its way before its clock is called slow."""

JTI_CHARS_MAX = 64

POLICY = Policy(
    typ="client-authentication+jwt",
    typ_variants=("JWT",),
    typ_optional=True,
    required=frozenset({"iss", "sub", "aud", "exp", "iat", "jti"}),
    token_bytes_max=4096,
)


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who an assertion says it is from. Nothing of it is proved before `prove`."""

    client_id: str
    kid: str
    envelope: Envelope


def read(assertion: str) -> Claimant:
    """Return who an assertion says it is from, for the look-up of the key to prove it with.

    Raises:
        NotAuthentic: `assertion-...`: its form, `kid`, or `client`: its issuer and subject are not one client id.
    """
    with blaming("assertion"):
        envelope = parse(assertion, POLICY)
        client_id, kid = envelope.claims["iss"], envelope.header.get("kid")
        if kid is None:
            raise NotAuthentic("kid")
        if not isinstance(client_id, str) or not KID.fullmatch(client_id) or envelope.claims["sub"] != client_id:
            raise NotAuthentic("client")
        return Claimant(client_id, kid, envelope)


@dataclass(frozen=True, slots=True)
class Assertion:
    """The claimed client's key signed this for us. Whether it was now is open; times are in seconds since 1970."""

    id: ProofId
    issued: int
    begins: int
    expires: int


def prove(claimant: Claimant, key: PublicKey, *, issuer: str) -> Assertion:
    """Return what is proved by a right assertion, signed with the claimed client's registered key.

    `require_timely` has yet to be asked, and the assertion's id to be used up.

    Raises:
        NotAuthentic: `assertion-...`: `alg`, `signature`, `aud`, `lifetime`, `jti` or `exp-type` and the like.
    """
    with blaming("assertion"):
        claims = verify(claimant.envelope, key)
        if claims["aud"] != issuer:
            raise NotAuthentic("aud")
        expires, issued = (require_int_time(claims, name) for name in ("exp", "iat"))
        begins = require_int_time(claims, "nbf") if "nbf" in claims else issued
        if not issued < expires <= issued + LIFETIME_SECONDS_MAX:
            raise NotAuthentic("lifetime")
        once = proof_id(
            claims,
            kind="assertion",
            owner=claimant.client_id,
            chars_max=JTI_CHARS_MAX,
            until=expires + CLOCK_SKEW_SECONDS,
        )
        return Assertion(once, issued, begins, expires)


def require_timely(assertion: Assertion, *, now: datetime) -> None:
    """Refuse an assertion that is not of now.

    Ask last, but before anything is used up: only who has everything else right is told of a wrong clock.

    Raises:
        ClockSkew: `assertion-clock-skew` or `assertion-expired`, and it was not made just now.
        NotAuthentic: the same, or `assertion-lifetime`.
    """
    seconds, issued, expires = now.timestamp(), assertion.issued, assertion.expires
    with blaming("assertion"):
        if max(issued, assertion.begins) > seconds + CLOCK_SKEW_SECONDS:
            raise _ill_timed("clock-skew", issued, now)
        if expires <= seconds - CLOCK_SKEW_SECONDS or issued < seconds - LIFETIME_SECONDS_MAX:
            raise _ill_timed("expired", issued, now)
        if expires > seconds + LIFETIME_SECONDS_MAX:
            raise NotAuthentic("lifetime")


def _ill_timed(code: str, issued: int, now: datetime) -> NotAuthentic:
    """Return the refusal of a time: it is a clock's fault where the assertion was not made just now."""
    skew = issued - now.timestamp()
    if -AGE_SECONDS_MAX <= skew <= CLOCK_SKEW_SECONDS:
        return NotAuthentic(code)
    return ClockSkew(code, seconds=round(skew), now=now)
