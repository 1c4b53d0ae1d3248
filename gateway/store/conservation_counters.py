"""The statements that find where the ledger's books don't balance: each counter beside what it stands for.

Each gives `subject`, `redemption`, `recorded` and `recomputed` of what differs. Pseudonyms are grouped by and
never read out.
"""

from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Select,
    String,
    Subquery,
    and_,
    cast,
    func,
    literal,
    null,
    select,
)

from gateway.store.tables import HELD_QUOTA, HELD_SEAT, OCCASION, OFFLINE_ALLOWANCE, QUOTA, REDEMPTION, TAP

_LIVE = REDEMPTION.c.quantity - REDEMPTION.c.reversed_quantity
ACCEPTED = TAP.c.verdict != "REJECTED"


def total(value: ColumnElement[int]) -> ColumnElement[int]:
    """Return a sum that is 0 of nothing."""
    return func.coalesce(func.sum(value), 0)


def found(
    origin: FromClause,
    subject: ColumnElement[str],
    *,
    redemption: ColumnElement[Any],
    recorded: ColumnElement[int],
    recomputed: ColumnElement[int],
) -> Select[Any]:
    """Return the statement that gives the rows of which the two differ."""
    return (
        select(
            subject.label("subject"),
            redemption.label("redemption"),
            recorded.label("recorded"),
            recomputed.label("recomputed"),
        )
        .select_from(origin)
        .where(recorded != recomputed)
    )


def _by_quota() -> Subquery:
    return (
        select(
            REDEMPTION.c.pseudonym,
            REDEMPTION.c.bucket,
            total(_LIVE).label("live"),
            total(REDEMPTION.c.overdraft).label("overdraft"),
            func.min(REDEMPTION.c.id).label("redemption"),
        )
        .group_by(REDEMPTION.c.pseudonym, REDEMPTION.c.bucket)
        .subquery("by_quota")
    )


def quota(recorded: ColumnElement[int], recomputed: str) -> Select[Any]:
    """Compare a counter of the quotas; a redemption whose quota has no row has one of 0."""
    sums = _by_quota()
    same = and_(sums.c.pseudonym == QUOTA.c.pseudonym, sums.c.bucket == QUOTA.c.bucket)
    return found(
        QUOTA.join(sums, same, full=True),
        literal("bucket ") + func.coalesce(QUOTA.c.bucket, sums.c.bucket),
        redemption=sums.c.redemption,
        recorded=func.coalesce(recorded, 0),
        recomputed=func.coalesce(sums.c[recomputed], 0),
    )


def occasion() -> Select[Any]:
    """An occasion's used places beside its live redemptions."""
    sums = (
        select(REDEMPTION.c.partner_id, REDEMPTION.c.occasion, total(_LIVE).label("live"))
        .where(REDEMPTION.c.occasion.is_not(None))
        .group_by(REDEMPTION.c.partner_id, REDEMPTION.c.occasion)
        .subquery("by_occasion")
    )
    return _occasion(sums, OCCASION.c.used, sums.c.live)


def _occasion(sums: Subquery, recorded: ColumnElement[int], recomputed: ColumnElement[int]) -> Select[Any]:
    same = and_(sums.c.partner_id == OCCASION.c.partner_id, sums.c.occasion == OCCASION.c.id)
    name = func.coalesce(OCCASION.c.partner_id, sums.c.partner_id) + "/"
    return found(
        OCCASION.join(sums, same, full=True),
        literal("occasion ") + name + func.coalesce(OCCASION.c.id, sums.c.occasion),
        redemption=null(),
        recorded=func.coalesce(recorded, 0),
        recomputed=func.coalesce(recomputed, 0),
    )


def held_quota() -> Select[Any]:
    """A quota's held units beside the holds that keep them, expired ones too until they are collected."""
    sums = (
        select(HELD_QUOTA.c.pseudonym, HELD_QUOTA.c.bucket, total(HELD_QUOTA.c.quantity).label("units"))
        .group_by(HELD_QUOTA.c.pseudonym, HELD_QUOTA.c.bucket)
        .subquery("by_quota")
    )
    same = and_(sums.c.pseudonym == QUOTA.c.pseudonym, sums.c.bucket == QUOTA.c.bucket)
    return found(
        QUOTA.join(sums, same, full=True),
        literal("bucket ") + func.coalesce(QUOTA.c.bucket, sums.c.bucket),
        redemption=null(),
        recorded=func.coalesce(QUOTA.c.held, 0),
        recomputed=func.coalesce(sums.c.units, 0),
    )


def held_seat() -> Select[Any]:
    """An occasion's held places beside the holds that keep them."""
    sums = (
        select(HELD_SEAT.c.partner_id, HELD_SEAT.c.occasion, total(HELD_SEAT.c.quantity).label("units"))
        .group_by(HELD_SEAT.c.partner_id, HELD_SEAT.c.occasion)
        .subquery("by_occasion")
    )
    return _occasion(sums, OCCASION.c.held, sums.c.units)


def allowance() -> Select[Any]:
    """What a device used of a day's allowance beside its accepted taps."""
    sums = (
        select(TAP.c.device_id, TAP.c.day, total(TAP.c.quantity).label("units"))
        .where(ACCEPTED)
        .group_by(TAP.c.device_id, TAP.c.day)
        .subquery("by_allowance")
    )
    same = and_(sums.c.device_id == OFFLINE_ALLOWANCE.c.device_id, sums.c.day == OFFLINE_ALLOWANCE.c.day)
    device = func.coalesce(OFFLINE_ALLOWANCE.c.device_id, sums.c.device_id)
    return found(
        OFFLINE_ALLOWANCE.join(sums, same, full=True),
        literal("allowance ") + device + " " + cast(func.coalesce(OFFLINE_ALLOWANCE.c.day, sums.c.day), String),
        redemption=null(),
        recorded=func.coalesce(OFFLINE_ALLOWANCE.c.used, 0),
        recomputed=func.coalesce(sums.c.units, 0),
    )
