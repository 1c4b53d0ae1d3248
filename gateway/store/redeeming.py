"""Recording a redemption or a hold: one transaction in which conditional updates decide.

Locks are taken in one order everywhere (`turns`). The occasion's row is everybody's who comes for the show, so it
is taken last: between its lock and the commit there is no other statement.

Every denial about the person runs the same statements: an unknown, revoked or ineligible pass is a
redemption against an allowance of zero, which the quota's conditional upsert refuses like a used-up one.
"""

from datetime import datetime

from sqlalchemy import insert, select

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import Committed, Entry, EntryKind, NotAccepted, Outcome, Redeem, TakeHold
from gateway.domain.redemptions import Reason, Redemption
from gateway.store.counters import Counted, take_quota
from gateway.store.entries import Transaction, accept, claim, deny
from gateway.store.evidence import keep, period_end
from gateway.store.passes import pass_name
from gateway.store.pin_tries import try_pin
from gateway.store.recalling import already
from gateway.store.seats import no_seats, take_seats
from gateway.store.showings import Use, leave_unused, use_up
from gateway.store.tables import PASS, REDEMPTION
from gateway.store.turns import Lock

NO_PASS = 0
"""No row has this id; the look-up for nobody asks for it."""


async def redeem(tx: Transaction, command: Redeem) -> Outcome:
    """Take the quota and record the redemption, or record the denial, or find what already answers."""
    if not await accept(tx, command):
        return NotAccepted()
    now = await claim(
        tx,
        command,
        kind=EntryKind.REDEEMED,
        redemption_id=command.redemption_id,
        quantity=command.quantity,
    )
    if now is None:
        return await already(tx, command.partner_id, command.request_id)
    denial = await take(tx, command, now, Counted.USED)
    if denial is not None:
        return Committed(denial, replayed=False)
    entry = await record(tx, command, now)
    if command.occasion is not None:
        await take_seats(tx, command, Counted.USED)
    return Committed(entry, replayed=False)


async def take(tx: Transaction, command: Redeem | TakeHold, now: datetime, counted: Counted) -> Entry | None:
    """Take the quota for a claimed entry; return the denial that it became where it, or the occasion, refuses.

    Of the occasion this only looks whether there are seats: `take_seats` takes them when all else is done.
    """
    reason = None if command.occasion is None else await no_seats(tx, command)
    if reason is not None:
        return await deny(tx, command, now=now, reason=reason, reference=None)
    cause = await _take_quota(tx, command, now, counted)
    if cause is None:
        return None
    return await deny(tx, command, now=now, reason=Reason.NOT_ELIGIBLE, reference=command.seal(cause))


async def _take_quota(
    tx: Transaction, command: Redeem | TakeHold, now: datetime, counted: Counted
) -> Cause | None:
    """Take the units, or return what speaks against it. The same statements, whatever it is."""
    cause = command.cause
    if command.pin is not None:
        await tx.turn(Lock.PIN, command.pin.counter)
        wrong = await try_pin(tx, command.pin, now)
        cause = cause or wrong
    pass_id = command.pass_id or NO_PASS
    # No lock on the row: PostgreSQL would write this transaction's number into it, and into the entry: a thief
    # could join the two, and know whose redemption or denial it was, without any key.
    await tx.turn(Lock.PASS, pass_id)
    await tx.database.share(tx.connection, pass_name(pass_id))
    stands = await tx.connection.execute(
        select(PASS.c.id).where(PASS.c.id == pass_id, PASS.c.revoked_at.is_(None))
    )
    if stands.first() is None:
        cause = cause or Cause.REVOKED_PASS
    await tx.turn(Lock.MARK, command.mark.digest)
    use = await use_up(tx, command.mark, now, possible=cause is None)
    if use is Use.BEFORE:
        cause = Cause.USED_BEFORE
    await tx.turn(Lock.QUOTA, command.pseudonym, command.bucket)
    if await take_quota(tx, command, 0 if cause else command.allowance, counted):
        return None
    await leave_unused(tx, command.mark, was_set=use is Use.NOW)
    return cause or Cause.QUOTA_USED_UP


def made(command: Redeem, now: datetime, *, happened_at: datetime | None = None) -> Redemption:
    """Return the redemption that a command makes at an instant, as it stands then."""
    return Redemption(
        id=command.redemption_id,
        request_id=command.request_id,
        reward=command.reward,
        quantity=command.quantity,
        reversed_quantity=0,
        occasion=command.occasion,
        redeemed_at=now,
        reversible_until=now + command.reversal_window,
        tariff_fen=command.tariff_fen,
        policy_version=command.policy_version,
        happened_at=happened_at,
    )


async def record(
    tx: Transaction, command: Redeem, now: datetime, *, overdraft: int = 0, happened_at: datetime | None = None
) -> Entry:
    """Record the redemption of units that were taken. A tap's happened before, and may be overdraft."""
    redemption = made(command, now, happened_at=happened_at)
    await tx.connection.execute(
        insert(REDEMPTION).values(
            id=redemption.id,
            partner_id=command.partner_id,
            device_id=command.device_id,
            request_id=redemption.request_id,
            reward=redemption.reward,
            quantity=redemption.quantity,
            reversed_quantity=0,
            tariff_fen=redemption.tariff_fen,
            occasion=redemption.occasion,
            pseudonym=command.pseudonym,
            bucket=command.bucket,
            key_period=command.key_period,
            redeemed_at=redemption.redeemed_at,
            reversible_until=redemption.reversible_until,
            policy_version=redemption.policy_version,
            overdraft=overdraft,
            happened_at=happened_at,
        )
    )
    closes_at = period_end(command.reward, command.key_period)
    await keep(tx, command, redemption_id=redemption.id, closes_at=closes_at)
    return Entry(fingerprint=command.fingerprint, kind=EntryKind.REDEEMED, redemption=redemption)
