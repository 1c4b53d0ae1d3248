"""What many redemptions take in one transaction: the statements of `showings`, `counters` and `seats`, for all.

What each of them means is said there. Rows that others may wait for are locked in the order of their keys; and of
a quota that has too little left, not even the row is locked.
"""

from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Executable,
    Integer,
    LargeBinary,
    String,
    and_,
    delete,
    exists,
    func,
    literal,
    select,
    tuple_,
    update,
)

from gateway.store.counters import is_quota
from gateway.store.instants import Instant
from gateway.store.steps import Columns, Step
from gateway.store.tables import HELD_QUOTA, HELD_SEAT, OCCASION, QUOTA, USED_SHOWING

_TEXT, _OCTETS, _NUMBER, _INSTANT = String(), LargeBinary(), Integer(), Instant()
_QUOTA: Columns = {"pseudonym": _OCTETS, "bucket": _TEXT}
_TAKEN: Columns = {**_QUOTA, "quantity": _NUMBER, "allowance": _NUMBER}
_OCCASION: Columns = {"partner_id": _TEXT, "occasion": _TEXT}


def _is_show(given: Any) -> ColumnElement[bool]:
    return and_(OCCASION.c.partner_id == given.c.partner_id, OCCASION.c.id == given.c.occasion)


SEATS = Step(
    _OCCASION,
    lambda given, now, insert: select(
        OCCASION.c.partner_id,
        OCCASION.c.id,
        OCCASION.c.cancelled_at.is_not(None).label("off"),
        (
            OCCASION.c.capacity
            - OCCASION.c.used
            - OCCASION.c.held
            + select(func.coalesce(func.sum(HELD_SEAT.c.quantity), 0))
            .where(
                HELD_SEAT.c.partner_id == OCCASION.c.partner_id,
                HELD_SEAT.c.occasion == OCCASION.c.id,
                HELD_SEAT.c.expires_at <= now,
            )
            .scalar_subquery()
        ).label("free"),
    ).join(given, _is_show(given)),
)
"""How many seats there are, looked at without a lock."""

MARKS = Step(
    {"mark": _OCTETS, "forget_after": _INSTANT, "sets": Boolean()},
    lambda given, now, insert: (
        insert(USED_SHOWING)
        .from_select(
            ["mark", "forget_after"],
            select(given.c.mark, given.c.forget_after).where(given.c.sets).order_by(given.c.mark),
        )
        .on_conflict_do_nothing()
        .returning(USED_SHOWING.c.mark)
    ),
)

UNMARKED = Step(
    {"mark": _OCTETS},
    lambda given, now, insert: (
        delete(USED_SHOWING).where(USED_SHOWING.c.mark.in_(select(given.c.mark))).returning(USED_SHOWING.c.mark)
    ),
)


def _add(given: Any, now: Any, insert: Any) -> Executable:
    """Take units of quotas that have begun. Where there are not so many, not even the row is locked."""
    fits = QUOTA.c.used + QUOTA.c.held + given.c.quantity <= given.c.allowance
    mine = (
        select(QUOTA.c.pseudonym, QUOTA.c.bucket, given.c.quantity, given.c.allowance)
        .join(given, is_quota(given.c.pseudonym, given.c.bucket))
        .where(fits)
        .order_by(QUOTA.c.pseudonym, QUOTA.c.bucket)
        .with_for_update(of=QUOTA)
        .cte("mine")
    )
    return (
        update(QUOTA)
        .where(is_quota(mine.c.pseudonym, mine.c.bucket))
        .values(used=QUOTA.c.used + mine.c.quantity, allowance=mine.c.allowance)
        .returning(QUOTA.c.pseudonym, QUOTA.c.bucket)
    )


ADDED = Step(_TAKEN, _add)

BEGUN = Step(
    _TAKEN,
    lambda given, now, insert: (
        insert(QUOTA)
        .from_select(
            ["pseudonym", "bucket", "used", "allowance", "held"],
            select(given.c.pseudonym, given.c.bucket, given.c.quantity, given.c.allowance, literal(0))
            .where(given.c.quantity <= given.c.allowance)
            .order_by(given.c.pseudonym, given.c.bucket),
        )
        .on_conflict_do_nothing()
        .returning(QUOTA.c.pseudonym, QUOTA.c.bucket)
    ),
)

EXPIRED = Step(
    _TAKEN,
    lambda given, now, insert: (
        select(QUOTA.c.pseudonym, QUOTA.c.bucket)
        .join(given, is_quota(given.c.pseudonym, given.c.bucket))
        .where(
            given.c.quantity <= given.c.allowance,
            exists().where(
                HELD_QUOTA.c.pseudonym == QUOTA.c.pseudonym,
                HELD_QUOTA.c.bucket == QUOTA.c.bucket,
                HELD_QUOTA.c.expires_at <= now,
            ),
        )
        .order_by(QUOTA.c.pseudonym, QUOTA.c.bucket)
        .with_for_update(of=QUOTA)
    ),
)

COLLECTED = Step(
    {**_QUOTA, "locked": Boolean()},
    lambda given, now, insert: (
        delete(HELD_QUOTA)
        .where(
            tuple_(HELD_QUOTA.c.pseudonym, HELD_QUOTA.c.bucket).in_(
                select(given.c.pseudonym, given.c.bucket).where(given.c.locked)
            ),
            HELD_QUOTA.c.expires_at <= now,
        )
        .returning(HELD_QUOTA.c.pseudonym, HELD_QUOTA.c.bucket, HELD_QUOTA.c.quantity)
    ),
)

FREED = Step(
    {**_QUOTA, "units": _NUMBER},
    lambda given, now, insert: (
        update(QUOTA)
        .where(is_quota(given.c.pseudonym, given.c.bucket), given.c.units > 0)
        .values(held=QUOTA.c.held - given.c.units)
        .returning(QUOTA.c.held)
    ),
)


def _take_seats(given: Any, now: Any, insert: Any) -> Executable:
    """Take the seats of each occasion, or none of it: the last lock before the commit."""
    mine = (
        select(OCCASION.c.partner_id, OCCASION.c.id, given.c.quantity)
        .join(given, _is_show(given))
        .where(
            OCCASION.c.cancelled_at.is_(None),
            OCCASION.c.used + OCCASION.c.held + given.c.quantity <= OCCASION.c.capacity,
        )
        .order_by(OCCASION.c.partner_id, OCCASION.c.id)
        .with_for_update(of=OCCASION)
        .cte("mine")
    )
    return (
        update(OCCASION)
        .where(OCCASION.c.partner_id == mine.c.partner_id, OCCASION.c.id == mine.c.id)
        .values(used=OCCASION.c.used + mine.c.quantity)
        .returning(OCCASION.c.partner_id, OCCASION.c.id)
    )


TAKEN_SEATS = Step({**_OCCASION, "quantity": _NUMBER}, _take_seats)
