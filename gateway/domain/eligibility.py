"""The pure decision: may this standing have this reward today?

A partner only ever learns the one bit. The cause of a denial is sealed into the denial's reference,
which a volunteer desk opens together with the pass.
"""

from datetime import date, timedelta
from enum import StrEnum

from gateway.domain.passes import OpenedPass, PassForm, Sighting
from gateway.domain.rewards import Rule
from gateway.domain.standing import Standing


class Cause(StrEnum):
    """Why somebody was denied; for the resident alone. The order is that of the checks."""

    UNKNOWN_PASS = "unknown-pass"
    FORGED_PASS = "forged-pass"
    EXPIRED_PASS = "expired-pass"
    REVOKED_PASS = "revoked-pass"
    OTHER_SECTOR = "other-sector"
    OUT_OF_TIME = "out-of-time"
    USED_BEFORE = "used-before"
    STALE_CREDIT = "stale-credit"
    NOT_ENTITLED = "not-entitled"
    PIN_LOCKED = "pin-locked"
    WRONG_PIN = "wrong-pin"
    QUOTA_USED_UP = "quota-used-up"


def judge_pass(opened: OpenedPass, sighting: Sighting, *, sector: str, rule: Rule, today: date) -> Cause | None:
    """Return the first cause that speaks against a pass, or None where nothing but the quota could.

    `sector` is the caller's; `today` is the civil day of the database's clock in the programme's zone.
    """
    now, record = sighting.now, sighting.record
    if opened.forged:
        return Cause.FORGED_PASS
    if record is None:
        return Cause.UNKNOWN_PASS
    if record.expires_at <= now or (opened.expires_at is not None and opened.expires_at <= now):
        return Cause.EXPIRED_PASS
    if record.revoked:
        return Cause.REVOKED_PASS
    if record.sector != sector or opened.sector not in (None, sector):
        return Cause.OTHER_SECTOR
    if opened.showable is not None and not opened.showable[0] <= now < opened.showable[1]:
        return Cause.OUT_OF_TIME
    if sighting.used and record.form is not PassForm.CARD:
        return Cause.USED_BEFORE
    return judge_standing(record.standing, rule, today)


def judge_standing(standing: Standing, rule: Rule, today: date) -> Cause | None:
    """Return why the rule is not met on a civil day, or None where it is.

    An honour that holds is enough. Otherwise hours must reach the threshold and be recent enough: credit
    is updated at least once a year, so older hours say nothing about now.
    """
    if any(honour.code in rule.honours and honour.holds_on(today) for honour in standing.honours):
        return None
    if rule.min_centihours is None or standing.centihours < rule.min_centihours:
        return Cause.NOT_ENTITLED
    if is_stale(standing.as_of, rule, today):
        return Cause.STALE_CREDIT
    return None


def is_stale(as_of: date, rule: Rule, today: date) -> bool:
    """Whether credit as of a day is too old for the rule. Exactly `max_age_days` old still counts."""
    return today - as_of > timedelta(days=rule.max_age_days)


class Basis(StrEnum):
    """What eligibility rests on; disclosed only where a reward's policy says so."""

    CREDIT = "credit"
    HONOUR = "honour"


def basis_of(standing: Standing, rule: Rule, today: date) -> Basis:
    """Return what an eligible standing rests on: credit where it is enough, for it is the larger crowd."""
    enough = rule.min_centihours is not None and standing.centihours >= rule.min_centihours
    return Basis.CREDIT if enough and not is_stale(standing.as_of, rule, today) else Basis.HONOUR
