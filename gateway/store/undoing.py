"""What a cancellation does to the redemptions and holds of its occasion: many at once, each with its own entry."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, insert, select, tuple_, update

from gateway.domain.ledger import EntryKind
from gateway.domain.redemptions import ReversalReason
from gateway.store.entries import Transaction
from gateway.store.evidence import forget
from gateway.store.tables import (
    ENTRY,
    HELD_QUOTA,
    HELD_SEAT,
    HOLD,
    QUOTA,
    REDEMPTION,
)


async def standing(tx: Transaction, partner_id: str, occasion: str, *, most: int) -> Sequence[Row[Any]]:
    """Return up to `most` redemptions of an occasion that are not wholly reversed, and lock them."""
    found = await tx.connection.execute(
        select(REDEMPTION)
        .where(
            REDEMPTION.c.partner_id == partner_id,
            REDEMPTION.c.occasion == occasion,
            REDEMPTION.c.reversed_quantity < REDEMPTION.c.quantity,
        )
        .order_by(REDEMPTION.c.id)
        .limit(most)
        .with_for_update()
    )
    return found.all()


async def held(tx: Transaction, partner_id: str, occasion: str, *, most: int) -> Sequence[Row[Any]]:
    """Return up to `most` holds that keep seats of an occasion and were not ended, and lock them."""
    seats = (
        select(HELD_SEAT.c.hold_id)
        .where(HELD_SEAT.c.partner_id == partner_id, HELD_SEAT.c.occasion == occasion)
        .order_by(HELD_SEAT.c.hold_id)
        .limit(most)
    )
    found = await tx.connection.execute(
        select(HOLD).where(HOLD.c.id.in_(seats), HOLD.c.ended.is_(None)).order_by(HOLD.c.id).with_for_update()
    )
    return found.all()


async def lock_quotas(tx: Transaction, redemptions: Sequence[Row[Any]], hold_ids: Sequence[str]) -> None:
    """Let nobody else take or give units of the quotas that some redemptions and holds are of."""
    held = await tx.connection.execute(
        select(HELD_QUOTA.c.pseudonym, HELD_QUOTA.c.bucket).where(HELD_QUOTA.c.hold_id.in_(hold_ids))
    )
    keys = {(row.pseudonym, row.bucket) for row in (*redemptions, *held)}
    columns = QUOTA.c.pseudonym, QUOTA.c.bucket
    if keys:
        await tx.connection.execute(
            select(*columns).where(tuple_(*columns).in_(sorted(keys))).order_by(*columns).with_for_update()
        )


async def give_quotas(tx: Transaction, redemptions: Sequence[Row[Any]], held: Iterable[Any]) -> None:
    """Give each resident's units back to the bucket that they came from, whichever year that was."""
    used_of = Counter[tuple[bytes, str]]()
    held_of = Counter[tuple[bytes, str]]()
    for row in redemptions:
        used_of[row.pseudonym, row.bucket] += row.quantity - row.reversed_quantity
    for row in held:
        held_of[row.pseudonym, row.bucket] += row.quantity
    rows = [
        {
            "of": pseudonym,
            "in": bucket,
            "used_back": used_of[pseudonym, bucket],
            "held_back": held_of[pseudonym, bucket],
        }
        for pseudonym, bucket in sorted({*used_of, *held_of})
    ]
    if rows:
        await tx.connection.execute(
            update(QUOTA)
            .where(and_(QUOTA.c.pseudonym == bindparam("of"), QUOTA.c.bucket == bindparam("in")))
            .values(used=QUOTA.c.used - bindparam("used_back"), held=QUOTA.c.held - bindparam("held_back")),
            rows,
        )


async def reverse(tx: Transaction, partner_id: str, redemptions: Sequence[Row[Any]], now: datetime) -> None:
    """Reverse all that remains of some redemptions, each with an entry."""
    ids = [row.id for row in redemptions]
    await tx.connection.execute(
        update(REDEMPTION).where(REDEMPTION.c.id.in_(ids)).values(reversed_quantity=REDEMPTION.c.quantity)
    )
    rows = [
        {
            "kind": EntryKind.REVERSED.value,
            "redemption_id": row.id,
            "quantity": row.quantity - row.reversed_quantity,
            "reversed_quantity": row.quantity,
            "reason": ReversalReason.OCCASION_CANCELLED.value,
            **_entry(partner_id, row.id, now),
        }
        for row in redemptions
    ]
    if rows:
        await tx.connection.execute(insert(ENTRY), rows)


async def release(tx: Transaction, partner_id: str, holds: Sequence[Row[Any]], now: datetime) -> None:
    """Release some holds, each with an entry."""
    if not holds:
        return
    hold_ids = [hold.id for hold in holds]
    await tx.connection.execute(update(HOLD).where(HOLD.c.id.in_(hold_ids)).values(ended="RELEASED"))
    await forget(tx, partner_id, [hold.request_id for hold in holds])
    rows = [{"kind": EntryKind.RELEASED.value, "hold_id": one, **_entry(partner_id, one, now)} for one in hold_ids]
    await tx.connection.execute(insert(ENTRY), rows)


def _entry(partner_id: str, undone: str, now: datetime) -> dict[str, object]:
    """Return what the entry of one undone effect has of its own.

    Its request id has a colon, which no partner's has: its primary key is one more reason why nothing is undone
    twice.
    """
    return {
        "partner_id": partner_id,
        "request_id": f"cancelled:{undone}",
        "fingerprint": b"",
        "recorded_at": now,
    }
