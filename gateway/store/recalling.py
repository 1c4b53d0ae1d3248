"""Reading what was recorded: an entry with the redemption, hold or cancellation that it is about."""

from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.holds import Hold, HoldStatus
from gateway.domain.ledger import Committed, Entry, EntryKind, InFlight, Outcome
from gateway.domain.occasions import Cancellation
from gateway.domain.redemptions import Reason, Redemption
from gateway.store.entries import Transaction, is_of
from gateway.store.tables import CANCELLATION, ENTRY, HELD_SEAT, HOLD, OCCASION, REDEMPTION


async def already(tx: Transaction, partner_id: str, request_id: str) -> Outcome:
    """Return what answers a request whose entry could not be claimed."""
    entry = await read_entry(tx.connection, partner_id, request_id)
    return InFlight() if entry is None else Committed(entry, replayed=True)


async def read_entry(connection: AsyncConnection, partner_id: str, request_id: str) -> Entry | None:
    """Return the entry that answers for a request id, with what it is about as that stood right after it."""
    row = (await connection.execute(select(ENTRY).where(is_of(partner_id, request_id)))).first()
    if row is None:
        return None
    kind = EntryKind(row.kind)
    match kind:
        case EntryKind.DENIED:
            reason = Reason(row.reason)
            return Entry(fingerprint=row.fingerprint, kind=kind, reason=reason, reference=row.reference)
        case EntryKind.HELD | EntryKind.RELEASED:
            held = (await connection.execute(select(HOLD).where(HOLD.c.id == row.hold_id))).one()
            status = HoldStatus.HELD if kind is EntryKind.HELD else HoldStatus.RELEASED
            return Entry(fingerprint=row.fingerprint, kind=kind, hold=hold_of(held, status))
        case EntryKind.CANCELLED:
            found = await read_cancellation(connection, partner_id, row.occasion, request_id=request_id)
            return Entry(fingerprint=row.fingerprint, kind=kind, cancellation=found)
    redemption = await connection.execute(select(REDEMPTION).where(REDEMPTION.c.id == row.redemption_id))
    return Entry(
        fingerprint=row.fingerprint,
        kind=kind,
        redemption=redemption_of(redemption.one(), reversed_quantity=row.reversed_quantity),
    )


async def read_cancellation(
    connection: AsyncConnection, partner_id: str, occasion: str, *, request_id: str
) -> Cancellation:
    """Return how far the cancellation of an occasion is, for the request that asks."""
    redemptions = select(func.count()).where(
        REDEMPTION.c.partner_id == partner_id,
        REDEMPTION.c.occasion == occasion,
        REDEMPTION.c.reversed_quantity < REDEMPTION.c.quantity,
    )
    holds = select(func.count()).where(HELD_SEAT.c.partner_id == partner_id, HELD_SEAT.c.occasion == occasion)
    remaining = redemptions.scalar_subquery() + holds.scalar_subquery()
    statement = (
        select(CANCELLATION, OCCASION.c.reward, OCCASION.c.cancelled_at, remaining.label("remaining"))
        .join(OCCASION, (OCCASION.c.partner_id == CANCELLATION.c.partner_id) & (OCCASION.c.id == occasion))
        .where(CANCELLATION.c.partner_id == partner_id, CANCELLATION.c.occasion == occasion)
    )
    row = (await connection.execute(statement)).one()
    return Cancellation(
        id=row.id,
        request_id=request_id,
        occasion=occasion,
        reward=row.reward,
        cancelled_at=row.cancelled_at,
        finished_at=row.finished_at,
        reversed_redemptions=row.redemptions,
        reversed_units=row.units,
        released_holds=row.holds,
        remaining=row.remaining,
    )


def redemption_of(row: Row[Any], *, reversed_quantity: int | None = None) -> Redemption:
    """Return the partner's view of a redemption row, as it stands or as it stood."""
    return Redemption(
        id=row.id,
        request_id=row.request_id,
        reward=row.reward,
        quantity=row.quantity,
        reversed_quantity=row.reversed_quantity if reversed_quantity is None else reversed_quantity,
        occasion=row.occasion,
        redeemed_at=row.redeemed_at,
        reversible_until=row.reversible_until,
        tariff_fen=row.tariff_fen,
        policy_version=row.policy_version,
        happened_at=row.happened_at,
    )


def hold_of(row: Row[Any], status: HoldStatus) -> Hold:
    """Return the partner's view of a hold row, as it stood at a request."""
    return Hold(
        id=row.id,
        request_id=row.request_id,
        reward=row.reward,
        quantity=row.quantity,
        occasion=row.occasion,
        status=status,
        held_at=row.held_at,
        expires_at=row.expires_at,
    )
