"""Deciding alone: what opens a gate while its line is down. Plain rules; nothing here waits, reads or writes.

Only a card does, by its signature, its last day and its place in the status list. What a phone shows and what is
typed can't be checked without the gateway. `Closed` never says why: that would be about a person. `Undetermined`
is about the gate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from laurel_client import BadReply, StatusList
from laurel_client.signed_statements import signed_claims
from laurel_turnstile.terms import Terms

CARD_TYPE = "pass+jwt"
CARD_CHARACTERS_MAX = 1024
DAY_SECONDS = 86_400.0
CLOCK_SKEW = timedelta(seconds=60)
"""How far this clock may be off: what the gateway takes of a tap's time, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What the gateway signed, and where the gate keeps it. All of one `day` share its units."""

    id: int
    day: str
    units: int
    rewards: frozenset[str]
    issued_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a gate has for deciding alone. `newest` is the latest instant that it knows to be past."""

    keys: Mapping[str, Any] | None
    status: StatusList | None
    allowance: Allowance | None
    used: int
    newest: datetime


@dataclass(frozen=True, slots=True)
class Opens:
    """The gate opens, by this allowance."""

    allowance: Allowance


@dataclass(frozen=True, slots=True)
class Closed:
    """The gate stays closed."""


@dataclass(frozen=True, slots=True)
class Undetermined:
    """The gate can't tell: `why` is for a technician, and never about a person."""

    why: str


def decide(
    text: str, held: Held, rides: Sequence[datetime], *, terms: Terms, now: datetime
) -> Opens | Closed | Undetermined:
    """Return whether a pass opens the gate. `rides` are those that it took here lately."""
    if held.keys is None or held.status is None or held.allowance is None:
        return Undetermined("not-provisioned")
    if now < held.newest - CLOCK_SKEW:
        return Undetermined("clock")
    if now >= held.status.expires_at:
        return Undetermined("list-stale")
    allowance = held.allowance
    if now >= allowance.ends_at or now < allowance.issued_at - CLOCK_SKEW:
        return Undetermined("allowance-stale")
    if terms.reward not in allowance.rewards:
        return Undetermined("reward-not-allowed")
    if held.used >= allowance.units:
        return Undetermined("allowance-used-up")
    claims = _claims(text, held.keys)
    if claims is None:
        return Undetermined("needs-the-line")
    if not _is_good(claims, held.status, sector=terms.sector, now=now):
        return Closed()
    today = [each for each in rides if (now - each).total_seconds() < DAY_SECONDS]
    return Closed() if len(today) >= terms.rides_per_card else Opens(allowance)


def _claims(text: str, keys: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Return what a card says, if one of the gateway's keys signed it; None of anything else."""
    if len(text) > CARD_CHARACTERS_MAX or text.count(".") != 2:
        return None
    try:
        claims = signed_claims(text, keys, typ=CARD_TYPE)
    except BadReply:
        return None
    return claims if claims.keys().isdisjoint(("iat", "nbf")) else None


def _is_good(claims: Mapping[str, Any], status: StatusList, *, sector: str, now: datetime) -> bool:
    match claims:
        case {"aud": str(aud), "exp": int(exp), "status": {"status_list": {"idx": int(idx), "uri": str(uri)}}}:
            ended = exp <= now.timestamp()
            return aud == sector and not ended and uri == status.uri and status.is_valid(idx, at=now)
    return False


def instant(seconds: float) -> datetime:
    """Return a time of the queue's as one with its zone."""
    return datetime.fromtimestamp(seconds, UTC)
