"""Recording a redemption: one transaction in which conditional updates decide.

Every denial about the person runs the same statements: an unknown, revoked or ineligible pass is a
redemption against an allowance of zero, which the quota's conditional upsert refuses like a used-up one.
"""

from datetime import datetime

from sqlalchemy import case, delete, insert, literal, or_, select, update

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import (
    PIN_LOCK,
    PIN_TRIES_MAX,
    Committed,
    Entry,
    EntryKind,
    InFlight,
    NotAccepted,
    Outcome,
    PinTry,
    Redeem,
)
from gateway.domain.redemptions import Reason, Redemption
from gateway.store.entries import Transaction, accept, claim, deny, read_entry
from gateway.store.evidence import keep
from gateway.store.passes import pass_name
from gateway.store.tables import OCCASION, PASS, PIN_FAILURE, QUOTA, REDEMPTION

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
        entry = await read_entry(tx.connection, command.partner_id, command.request_id)
        return InFlight() if entry is None else Committed(entry, replayed=True)
    if command.occasion is not None and not await _take_seats(tx, command):
        entry = await deny(tx, command, now=now, reason=Reason.SOLD_OUT, reference=None)
        return Committed(entry, replayed=False)
    cause = await _take_quota(tx, command, now)
    if cause is None:
        return Committed(await _record(tx, command, now), replayed=False)
    if command.occasion is not None:
        await _give_seats_back(tx, command)
    entry = await deny(tx, command, now=now, reason=Reason.NOT_ELIGIBLE, reference=command.seal(cause))
    return Committed(entry, replayed=False)


async def _take_seats(tx: Transaction, command: Redeem) -> bool:
    taken = await tx.connection.execute(
        update(OCCASION)
        .where(
            OCCASION.c.partner_id == command.partner_id,
            OCCASION.c.id == command.occasion,
            OCCASION.c.used + command.quantity <= OCCASION.c.capacity,
        )
        .values(used=OCCASION.c.used + command.quantity)
        .returning(OCCASION.c.used)
    )
    return taken.first() is not None


async def _give_seats_back(tx: Transaction, command: Redeem) -> None:
    await tx.connection.execute(
        update(OCCASION)
        .where(OCCASION.c.partner_id == command.partner_id, OCCASION.c.id == command.occasion)
        .values(used=OCCASION.c.used - command.quantity)
    )


async def _take_quota(tx: Transaction, command: Redeem, now: datetime) -> Cause | None:
    """Take the units, or return what speaks against it. The same statements, whatever it is."""
    cause = command.cause
    if command.pin is not None:
        wrong = await _try_pin(tx, command.pin, now)
        cause = cause or wrong
    pass_id = command.pass_id or NO_PASS
    # No lock on the row: PostgreSQL would write this transaction's number into it, and into the entry: a thief
    # could join the two, and know whose redemption or denial it was, without any key.
    await tx.database.share(tx.connection, pass_name(pass_id))
    stands = await tx.connection.execute(
        select(PASS.c.id).where(PASS.c.id == pass_id, PASS.c.revoked_at.is_(None))
    )
    if stands.first() is None:
        cause = cause or Cause.REVOKED_PASS
    allowance = 0 if cause else command.allowance
    row = select(
        literal(command.pseudonym), literal(command.bucket), literal(command.quantity), literal(allowance)
    ).where(literal(command.quantity) <= literal(allowance))
    upsert = tx.database.insert(QUOTA).from_select(["pseudonym", "bucket", "used", "allowance"], row)
    taken = await tx.connection.execute(
        upsert.on_conflict_do_update(
            index_elements=[QUOTA.c.pseudonym, QUOTA.c.bucket],
            set_={"used": QUOTA.c.used + upsert.excluded.used, "allowance": upsert.excluded.allowance},
            where=QUOTA.c.used + upsert.excluded.used <= upsert.excluded.allowance,
        ).returning(QUOTA.c.used)
    )
    return None if taken.first() is not None else cause or Cause.QUOTA_USED_UP


async def _try_pin(tx: Transaction, attempt: PinTry, now: datetime) -> Cause | None:
    """Count a wrong PIN; once locked, nothing counts any more until the counter has expired.

    What is no wrong PIN prolongs no counter, and leaves none that outlives the next sweep.
    """
    bump = 1 if attempt.presented and not attempt.right else 0
    expired = PIN_FAILURE.c.expires_at <= now
    locked = PIN_FAILURE.c.failures >= PIN_TRIES_MAX
    upsert = tx.database.insert(PIN_FAILURE).values(
        counter=attempt.counter, failures=bump, expires_at=now + PIN_LOCK * bump
    )
    counted = await tx.connection.execute(
        upsert.on_conflict_do_update(
            index_elements=[PIN_FAILURE.c.counter],
            set_={
                "failures": case((expired, bump), (locked, PIN_TRIES_MAX), else_=PIN_FAILURE.c.failures + bump),
                "expires_at": case(
                    (expired, upsert.excluded.expires_at),
                    (or_(locked, literal(bump) == 0), PIN_FAILURE.c.expires_at),
                    else_=upsert.excluded.expires_at,
                ),
            },
        ).returning(PIN_FAILURE.c.failures)
    )
    failures = counted.scalar_one()
    # Always run: a right PIN, at its first try, leaves nothing behind.
    await tx.connection.execute(
        delete(PIN_FAILURE).where(PIN_FAILURE.c.counter == attempt.counter, PIN_FAILURE.c.failures == 0)
    )
    if failures >= PIN_TRIES_MAX:
        return Cause.PIN_LOCKED
    return None if attempt.right else Cause.WRONG_PIN


async def _record(tx: Transaction, command: Redeem, now: datetime) -> Entry:
    redemption = Redemption(
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
    )
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
        )
    )
    await keep(tx, command, redemption_id=redemption.id, reward=command.reward, key_period=command.key_period)
    return Entry(fingerprint=command.fingerprint, kind=EntryKind.REDEEMED, redemption=redemption)
