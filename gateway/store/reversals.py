"""What was taken back of redemptions, and when: read from the entries that did it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Column, ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.redemptions import Redemption, Reversal, ReversalReason, Window
from gateway.store.tables import ENTRY, REDEMPTION


async def reversals_of(
    connection: AsyncConnection, redemptions: Sequence[Redemption]
) -> Mapping[str, tuple[Reversal, ...]]:
    """Return the reversals of each redemption that has any, oldest first; one statement, or none."""
    ids = [one.id for one in redemptions if one.reversed_quantity]
    found: dict[str, list[Reversal]] = defaultdict(list)
    if ids:
        statement = (
            select(ENTRY)
            .where(ENTRY.c.redemption_id.in_(ids), ENTRY.c.kind == "REVERSED")
            .order_by(ENTRY.c.redemption_id, ENTRY.c.reversed_quantity)
        )
        for row in await connection.execute(statement):
            found[row.redemption_id].append(
                Reversal(
                    request_id=row.request_id,
                    quantity=row.quantity,
                    reversed_at=row.recorded_at,
                    reason=ReversalReason(row.reason),
                )
            )
    return {redemption_id: tuple(each) for redemption_id, each in found.items()}


def in_window(column: Column[datetime] | ColumnElement[datetime], window: Window) -> Sequence[ColumnElement[bool]]:
    """Return the conditions of an instant's being in a window."""
    since = [] if window.since is None else [column >= window.since]
    return since if window.until is None else [*since, column < window.until]


def reversed_within(window: Window) -> Sequence[ColumnElement[bool]]:
    """Return the condition that something of a redemption was reversed in a window; none where it has no end."""
    if window == Window():
        return ()
    ids = select(ENTRY.c.redemption_id).where(
        ENTRY.c.partner_id == REDEMPTION.c.partner_id,
        ENTRY.c.kind == "REVERSED",
        *in_window(ENTRY.c.recorded_at, window),
    )
    return (REDEMPTION.c.id.in_(ids),)
