"""The statements that find rows without their counterpart: redemptions, holds, their entries, reversals and taps
(I7, I9).
"""

from typing import Any

from sqlalchemy import Select, and_, case, func, literal, or_, select

from gateway.store.conservation_counters import ACCEPTED, compared, found, side, total
from gateway.store.tables import ENTRY, HOLD, REDEMPTION, TAP

MADE_IT = ("REDEEMED", "CONFIRMED")
"""The kinds of entries that make a redemption."""


def reversals() -> Select[Any]:
    """A redemption's reversed units beside the sum of its reversals."""
    given_back = (
        select(ENTRY.c.redemption_id, total(ENTRY.c.quantity).label("units"))
        .where(ENTRY.c.kind == "REVERSED")
        .group_by(ENTRY.c.redemption_id)
        .subquery("given_back")
    )
    return found(
        REDEMPTION.outerjoin(given_back, given_back.c.redemption_id == REDEMPTION.c.id),
        literal("redemption"),
        redemption=REDEMPTION.c.id,
        recorded=REDEMPTION.c.reversed_quantity,
        recomputed=func.coalesce(given_back.c.units, 0),
    )


def redeemed_entry() -> Select[Any]:
    """Redemptions without the entry that made them."""
    own = and_(
        ENTRY.c.partner_id == REDEMPTION.c.partner_id,
        ENTRY.c.request_id == REDEMPTION.c.request_id,
        ENTRY.c.redemption_id == REDEMPTION.c.id,
        func.coalesce(ENTRY.c.quantity, REDEMPTION.c.quantity) == REDEMPTION.c.quantity,
        ENTRY.c.kind.in_(MADE_IT),
    )
    return found(
        REDEMPTION.outerjoin(ENTRY, own),
        literal("redemption"),
        redemption=REDEMPTION.c.id,
        recorded=literal(1),
        recomputed=case((ENTRY.c.request_id.is_(None), 0), else_=1),
    )


def entry_redemption() -> Select[Any]:
    """Entries with an effect that have no redemption, or another partner's."""
    own = and_(ENTRY.c.redemption_id == REDEMPTION.c.id, ENTRY.c.partner_id == REDEMPTION.c.partner_id)
    made_it = or_(ENTRY.c.kind == "REVERSED", ENTRY.c.request_id == REDEMPTION.c.request_id)
    statement = found(
        ENTRY.outerjoin(REDEMPTION, and_(own, made_it)),
        literal("request ") + ENTRY.c.partner_id + "/" + ENTRY.c.request_id,
        redemption=ENTRY.c.redemption_id,
        recorded=literal(1),
        recomputed=case((REDEMPTION.c.id.is_(None), 0), else_=1),
    )
    return statement.where(ENTRY.c.kind.in_((*MADE_IT, "REVERSED")))


def tap() -> Select[Any]:
    """Accepted taps without their redemption, and the other way round."""
    same = "partner_id", "request_id", "quantity", "happened_at"
    return compared(
        side(TAP, *(TAP.c[name] for name in same), recorded=1).where(ACCEPTED),
        side(REDEMPTION, *(REDEMPTION.c[name] for name in same), redemption=REDEMPTION.c.id, recomputed=1).where(
            REDEMPTION.c.happened_at.is_not(None)
        ),
        by=same,
        subject=lambda row: literal("request ") + row["partner_id"] + "/" + row["request_id"],
    )


def held_entry() -> Select[Any]:
    """Holds without the entry that made them, or entries without it: with partitions, no key says so."""
    return compared(
        side(HOLD, HOLD.c.partner_id, HOLD.c.request_id, HOLD.c.id.label("hold_id"), recorded=1),
        side(ENTRY, ENTRY.c.partner_id, ENTRY.c.request_id, ENTRY.c.hold_id, recomputed=1).where(
            ENTRY.c.kind == "HELD"
        ),
        by=("partner_id", "request_id", "hold_id"),
        subject=lambda row: literal("request ") + row["partner_id"] + "/" + row["request_id"],
    )


def confirmed() -> Select[Any]:
    """Confirmed holds beside the redemptions that they became: a hold has one end (I7)."""
    return compared(
        side(HOLD, HOLD.c.id.label("hold_id"), recorded=1).where(HOLD.c.ended == "CONFIRMED"),
        side(REDEMPTION, REDEMPTION.c.hold_id, redemption=REDEMPTION.c.id, recomputed=1).where(
            REDEMPTION.c.hold_id.is_not(None)
        ),
        by=("hold_id",),
        subject=lambda row: literal("hold ") + row["hold_id"],
    )
