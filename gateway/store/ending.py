"""The one end of a hold that somebody asks for: its units become a redemption's, or are free again.

Locks are taken in one order everywhere: the hold, its quota, its occasion. What is alive is decided once all three
are held, by one reading of the database's clock; whoever collected expired ones had the same locks, and an earlier
clock.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, select, update

from gateway.domain.ledger import Confirm, Release
from gateway.domain.redemptions import Reason
from gateway.store.counters import give_quota, is_quota
from gateway.store.entries import Transaction, clock
from gateway.store.passes import pass_name
from gateway.store.seats import give_seats, lock_occasion
from gateway.store.tables import HELD_QUOTA, HELD_SEAT, HOLD, PASS, QUOTA
from gateway.store.turns import Lock


@dataclass(frozen=True, slots=True)
class Ended:
    """A hold that was alive at `now`, the quota that it was of, and how many units are redeemed."""

    now: datetime
    hold: Row[Any]
    quota: Row[Any]
    quantity: int


async def pass_stands(tx: Transaction, command: Confirm) -> bool:
    """Whether the pass of a hold is not revoked, and won't be before the commit (I11).

    It is asked before any lock is taken: who redeems with the same pass waits for its quota with the pass in hand.
    Where the hold keeps nothing any more there is no pass to ask, and `end_hold` says why. Units that were held
    before their pass was kept, for minutes at an upgrade, nobody can confirm.
    """
    kept = await tx.connection.execute(
        select(HELD_QUOTA.c.sealed_pass)
        .join(HOLD, HOLD.c.id == HELD_QUOTA.c.hold_id)
        .where(HOLD.c.id == command.hold_id, HOLD.c.partner_id == command.partner_id)
    )
    units = kept.first()
    if units is None or units.sealed_pass is None:
        return units is None
    pass_id = command.unseal(units.sealed_pass)
    await tx.turn(Lock.PASS, pass_id)
    await tx.database.share(tx.connection, pass_name(pass_id))
    stands = await tx.connection.execute(
        select(PASS.c.id).where(PASS.c.id == pass_id, PASS.c.revoked_at.is_(None))
    )
    return stands.first() is not None


async def end_hold(tx: Transaction, command: Confirm | Release, how: str, quantity: int | None) -> Ended | Reason:
    """End a hold that is alive and move its units: some are used from now on, the others are free."""
    await tx.turn(Lock.EFFECT, command.hold_id)
    found = await tx.connection.execute(
        select(HOLD).where(HOLD.c.id == command.hold_id, HOLD.c.partner_id == command.partner_id).with_for_update()
    )
    hold = found.first()
    if hold is None:
        return Reason.NOT_FOUND
    if hold.ended is not None:
        return Reason.HOLD_ENDED
    await _lock_quota(tx, hold.id)
    if hold.occasion is not None:
        await tx.turn(Lock.OCCASION, command.partner_id, hold.occasion)
    on = hold.occasion is None or await lock_occasion(tx, command.partner_id, hold.occasion)
    now = await clock(tx)
    if not on or hold.expires_at <= now:
        return Reason.HOLD_ENDED
    redeemed = hold.quantity if quantity is None else quantity
    if redeemed > hold.quantity:
        return Reason.QUANTITY_EXCEEDED
    seats = await tx.connection.execute(
        delete(HELD_SEAT).where(HELD_SEAT.c.hold_id == hold.id).returning(HELD_SEAT)
    )
    units = await tx.connection.execute(
        delete(HELD_QUOTA).where(HELD_QUOTA.c.hold_id == hold.id).returning(HELD_QUOTA)
    )
    quota, seat = units.first(), seats.first()
    whole = quota is not None and (seat is not None or hold.occasion is None)
    used = redeemed if whole else 0
    if quota is not None:
        await give_quota(tx, quota.pseudonym, quota.bucket, held=quota.quantity, used=-used)
    if seat is not None:
        await give_seats(tx, command.partner_id, hold.occasion, held=seat.quantity, used=-used)
    if quota is None or not whole:
        return Reason.HOLD_ENDED  # the clock was set back: it had expired, and was collected, at least in part
    await tx.connection.execute(update(HOLD).where(HOLD.c.id == hold.id).values(ended=how))
    return Ended(now, hold, quota, redeemed)


async def _lock_quota(tx: Transaction, hold_id: str) -> None:
    """Lock the quota that a hold keeps units of, unless they have been collected."""
    kept = await tx.connection.execute(
        select(HELD_QUOTA.c.pseudonym, HELD_QUOTA.c.bucket).where(HELD_QUOTA.c.hold_id == hold_id)
    )
    units = kept.first()
    if units is None:
        return
    await tx.turn(Lock.QUOTA, units.pseudonym, units.bucket)
    await tx.connection.execute(
        select(QUOTA.c.bucket).where(is_quota(units.pseudonym, units.bucket)).with_for_update()
    )
