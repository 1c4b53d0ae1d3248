"""A partner's own occasions, a page at a time, as a counter chooses from them."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.occasions import ListedOccasion, OccasionPage, OccasionStatus
from gateway.domain.redemptions import Window
from gateway.store.instants import Instant
from gateway.store.reversals import in_window
from gateway.store.tables import HELD_SEAT, OCCASION


async def occasion_page(
    connection: AsyncConnection,
    now: ColumnElement[datetime],
    partner_id: str,
    *,
    first: int,
    after: tuple[datetime, str] | None,
    ending: Window,
    rewards: Collection[str],
    over: bool,
) -> OccasionPage:
    """Return the occasions of a partner that lie after a position, soonest end first; one statement."""
    statement = _listed(now).where(OCCASION.c.partner_id == partner_id, OCCASION.c.reward.in_(sorted(rewards)))
    if after is not None:
        position = tuple_(literal(after[0], Instant()), literal(after[1]))
        statement = statement.where(tuple_(OCCASION.c.ends_at, OCCASION.c.id) > position)
    if not over:
        statement = statement.where(OCCASION.c.ends_at > now, OCCASION.c.cancelled_at.is_(None))
    statement = statement.where(*in_window(OCCASION.c.ends_at, ending))
    soonest_first = OCCASION.c.ends_at, OCCASION.c.id
    rows = (await connection.execute(statement.order_by(*soonest_first).limit(first + 1))).all()
    found = tuple(
        ListedOccasion(
            id=row.id,
            reward=row.reward,
            capacity=row.capacity,
            available=row.available,
            ends_at=row.ends_at,
            status=OccasionStatus(row.status),
        )
        for row in rows[:first]
    )
    return OccasionPage(occasions=found, has_more=len(rows) > first)


def _listed(now: ColumnElement[datetime]) -> Select[Any]:
    """Select occasions as they stand. Seats of expired holds are free: whoever comes next collects them."""
    held = select(func.coalesce(func.sum(HELD_SEAT.c.quantity), 0)).where(
        HELD_SEAT.c.partner_id == OCCASION.c.partner_id,
        HELD_SEAT.c.occasion == OCCASION.c.id,
        HELD_SEAT.c.expires_at > now,
    )
    held_now = case((OCCASION.c.held == 0, 0), else_=held.scalar_subquery())
    status = case(
        (OCCASION.c.cancelled_at.is_not(None), OccasionStatus.CANCELLED.value),
        (OCCASION.c.ends_at > now, OccasionStatus.ON.value),
        else_=OccasionStatus.OVER.value,
    )
    return select(
        OCCASION.c.id,
        OCCASION.c.reward,
        OCCASION.c.capacity,
        OCCASION.c.ends_at,
        (OCCASION.c.capacity - OCCASION.c.used - held_now).label("available"),
        status.label("status"),
    )
