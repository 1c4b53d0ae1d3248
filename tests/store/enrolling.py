"""Codes as a steward offers them and machines that come with them, as the store sees both."""

import secrets
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.domain.enrolments import Candidate, NotEnrolled, Offer
from gateway.domain.partners import Device, Scope
from gateway.store.database import Database
from gateway.store.enrolments import SqlEnrolments
from tests.auth.key_home import NOW
from tests.store.city import City
from tests.store.commands import PARTNER_ID, fresh_proof

KIND = "venue-counter"
HOUR = timedelta(hours=1)


def offer(code: bytes = b"code", **changes: Any) -> Offer:
    """Return what a code of the one partner is good for, unless told otherwise."""
    usual = Offer(
        code_hash=code,
        device_id=f"dev_{code.hex()}",
        partner_id=PARTNER_ID,
        label="till 2",
        scopes=frozenset({Scope.VERIFY}),
        key_days=30,
        lifetime=HOUR,
    )
    return replace(usual, **changes)


def machine(code: bytes = b"code", **changes: Any) -> Candidate:
    """Return a machine with a new key and a fresh proof that brings a code."""
    kid = secrets.token_urlsafe(32)
    usual = Candidate(
        code_hash=code,
        device_id=f"dev_{code.hex()}",
        kid=kid,
        public_jwk={"kty": "OKP", "crv": "Ed25519", "x": kid},
        proof=fresh_proof(),
    )
    return replace(usual, **changes)


def again(candidate: Candidate) -> Candidate:
    """Return the same machine as it asks again, with a fresh proof."""
    return replace(candidate, proof=fresh_proof())


def enrolments(city: City, database: Database | None = None) -> SqlEnrolments:
    """Return a city's codes, as another node sees them where its database is given."""
    return SqlEnrolments(database or city.database, city.acts)


async def redeem(rows: SqlEnrolments, candidate: Candidate, **changes: Any) -> Device | NotEnrolled:
    """Let a machine redeem its code."""
    return await rows.redeem(candidate, **{"kinds": {KIND}, "now": NOW, **changes})
