"""Counting wrong PINs: three in an hour lock a reward for a pass, then the counter deletes itself."""

from datetime import datetime

from sqlalchemy import case, delete, literal, or_

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import PIN_LOCK, PIN_TRIES_MAX, PinTry
from gateway.store.entries import Transaction
from gateway.store.tables import PIN_FAILURE


async def try_pin(tx: Transaction, attempt: PinTry, now: datetime) -> Cause | None:
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
