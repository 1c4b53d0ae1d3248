"""Holds: taken like a redemption, then confirmed or released; nobody has to end those that expire."""

from datetime import datetime, timedelta

from sqlalchemy import insert

from gateway.domain.holds import HoldStatus
from gateway.domain.ledger import (
    Committed,
    Confirm,
    Entry,
    EntryKind,
    NotAccepted,
    Outcome,
    Release,
    TakeHold,
)
from gateway.domain.redemptions import Reason
from gateway.store.counters import Counted
from gateway.store.ending import Ended, end_hold, pass_stands
from gateway.store.entries import Transaction, accept, claim, deny
from gateway.store.evidence import forget, keep, period_end, renew
from gateway.store.recalling import already, hold_of, redemption_of
from gateway.store.redeeming import take
from gateway.store.seats import take_seats
from gateway.store.tables import HELD_QUOTA, HELD_SEAT, HOLD, REDEMPTION


async def take_hold(tx: Transaction, command: TakeHold) -> Outcome:
    """Take the quota and record the hold, or record the denial, or find what already answers."""
    if not await accept(tx, command):
        return NotAccepted()
    now = await claim(tx, command, kind=EntryKind.HELD, hold_id=command.hold_id, quantity=command.quantity)
    if now is None:
        return await already(tx, command.partner_id, command.request_id)
    denial = await take(tx, command, now, Counted.HELD)
    return Committed(denial or await _record(tx, command, now), replayed=False)


async def confirm(tx: Transaction, command: Confirm) -> Outcome:
    """Turn a hold, or units of it, into a redemption, or record the denial, or find what already answers."""
    if not await accept(tx, command):
        return NotAccepted()
    now = await claim(
        tx,
        command,
        kind=EntryKind.CONFIRMED,
        hold_id=command.hold_id,
        redemption_id=command.redemption_id,
        quantity=command.quantity,
    )
    if now is None:
        return await already(tx, command.partner_id, command.request_id)
    stands = await pass_stands(tx, command)
    ended = await end_hold(tx, command, "CONFIRMED", command.quantity) if stands else Reason.HOLD_ENDED
    if isinstance(ended, Reason):
        return Committed(await deny(tx, command, now=now, reason=ended, reference=None), replayed=False)
    return Committed(await _redeem(tx, command, ended), replayed=False)


async def release(tx: Transaction, command: Release) -> Outcome:
    """Give a hold's units back, or record the denial, or find what already answers."""
    if not await accept(tx, command):
        return NotAccepted()
    now = await claim(tx, command, kind=EntryKind.RELEASED, hold_id=command.hold_id)
    if now is None:
        return await already(tx, command.partner_id, command.request_id)
    ended = await end_hold(tx, command, "RELEASED", 0)
    if isinstance(ended, Reason):
        return Committed(await deny(tx, command, now=now, reason=ended, reference=None), replayed=False)
    # Nothing came of it, so there is nothing to prove: neither proof is kept.
    await forget(tx, command.partner_id, [ended.hold.request_id])
    hold = hold_of(ended.hold, HoldStatus.RELEASED)
    return Committed(Entry(fingerprint=command.fingerprint, kind=EntryKind.RELEASED, hold=hold), replayed=False)


async def _record(tx: Transaction, command: TakeHold, now: datetime) -> Entry:
    """Record the hold of units that were taken, and take its seats."""
    expires_at = now + command.lifetime
    hold = await tx.connection.execute(
        insert(HOLD)
        .values(
            id=command.hold_id,
            partner_id=command.partner_id,
            device_id=command.device_id,
            request_id=command.request_id,
            reward=command.reward,
            quantity=command.quantity,
            tariff_fen=command.tariff_fen,
            occasion=command.occasion,
            held_at=now,
            expires_at=expires_at,
            reversal_seconds=int(command.reversal_window.total_seconds()),
            policy_version=command.policy_version,
        )
        .returning(HOLD)
    )
    kept = {"hold_id": command.hold_id, "quantity": command.quantity, "expires_at": expires_at}
    await tx.connection.execute(
        insert(HELD_QUOTA).values(
            pseudonym=command.pseudonym,
            bucket=command.bucket,
            key_period=command.key_period,
            sealed_pass=command.sealed_pass,
            **kept,
        )
    )
    await keep(tx, command, redemption_id=command.hold_id, closes_at=expires_at)
    if command.occasion is not None:
        await take_seats(tx, command, Counted.HELD)
        await tx.connection.execute(
            insert(HELD_SEAT).values(partner_id=command.partner_id, occasion=command.occasion, **kept)
        )
    shown = hold_of(hold.one(), HoldStatus.HELD)
    return Entry(fingerprint=command.fingerprint, kind=EntryKind.HELD, hold=shown)


async def _redeem(tx: Transaction, command: Confirm, ended: Ended) -> Entry:
    """Record the redemption that a hold became, on the hold's terms and in its period."""
    hold, quota = ended.hold, ended.quota
    redemption = await tx.connection.execute(
        insert(REDEMPTION)
        .values(
            id=command.redemption_id,
            partner_id=command.partner_id,
            device_id=command.device_id,
            request_id=command.request_id,
            reward=hold.reward,
            quantity=ended.quantity,
            reversed_quantity=0,
            tariff_fen=hold.tariff_fen,
            occasion=hold.occasion,
            pseudonym=quota.pseudonym,
            bucket=quota.bucket,
            key_period=quota.key_period,
            redeemed_at=ended.now,
            reversible_until=ended.now + timedelta(seconds=hold.reversal_seconds),
            policy_version=hold.policy_version,
            hold_id=hold.id,
        )
        .returning(REDEMPTION)
    )
    closes_at = period_end(hold.reward, quota.key_period)
    await renew(tx, command.partner_id, hold.id, redemption_id=command.redemption_id, closes_at=closes_at)
    await keep(tx, command, redemption_id=command.redemption_id, closes_at=closes_at)
    shown = redemption_of(redemption.one())
    return Entry(fingerprint=command.fingerprint, kind=EntryKind.CONFIRMED, redemption=shown)
