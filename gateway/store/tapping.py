"""Recording taps: all of an upload in one transaction, each with a verdict, by conditional updates.

Locks are taken in one order by all: entries by their request ids, the allowance, then quotas by their keys.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import insert, literal, select

from gateway.domain.ledger import EntryKind, NotAccepted
from gateway.domain.offline import Judged, RecordTap, Rejection, Verdict
from gateway.domain.redemptions import Reason
from gateway.store.counters import Counted, take_quota
from gateway.store.entries import Transaction, accept, claim, deny
from gateway.store.redeeming import record
from gateway.store.tables import OFFLINE_ALLOWANCE, QUOTA, TAP


async def record_taps(tx: Transaction, taps: Sequence[RecordTap]) -> Mapping[str, Judged] | NotAccepted:
    """Record the taps of one upload, and return the verdicts of those that were not on record before."""
    if not await accept(tx, taps[0]):
        return NotAccepted()
    claimed: dict[str, datetime] = {}
    for tap in sorted(taps, key=lambda tap: tap.request_id):
        now = await claim(tx, tap, kind=EntryKind.REDEEMED, redemption_id=tap.redemption_id, quantity=tap.quantity)
        if now is not None:
            claimed[tap.request_id] = now
    mine = [tap for tap in taps if tap.request_id in claimed]
    within = [tap if tap.rejection or await _take_allowance(tx, tap) else _beyond(tap) for tap in mine]
    verdicts = {}
    for tap in sorted(within, key=lambda tap: (tap.pseudonym, tap.bucket)):
        verdicts[tap.request_id] = await _settle(tx, tap, claimed[tap.request_id])
    return verdicts


def _beyond(tap: RecordTap) -> RecordTap:
    return replace(tap, rejection=Rejection.BEYOND_ALLOWANCE)


async def _take_allowance(tx: Transaction, tap: RecordTap) -> bool:
    row = select(
        literal(tap.taken_by),
        literal(tap.day, OFFLINE_ALLOWANCE.c.day.type),
        literal(tap.units),
        literal(tap.quantity),
    ).where(literal(tap.quantity) <= literal(tap.units))
    upsert = tx.database.insert(OFFLINE_ALLOWANCE).from_select(["device_id", "day", "units", "used"], row)
    taken = await tx.connection.execute(
        upsert.on_conflict_do_update(
            index_elements=[OFFLINE_ALLOWANCE.c.device_id, OFFLINE_ALLOWANCE.c.day],
            set_={"used": OFFLINE_ALLOWANCE.c.used + upsert.excluded.used, "units": upsert.excluded.units},
            where=OFFLINE_ALLOWANCE.c.used + upsert.excluded.used <= upsert.excluded.units,
        ).returning(OFFLINE_ALLOWANCE.c.used)
    )
    return taken.first() is not None


async def _settle(tx: Transaction, tap: RecordTap, now: datetime) -> Judged:
    """Turn a claimed entry into what becomes of the tap, and keep the tap beside it."""
    verdict = Verdict.REJECTED if tap.rejection else Verdict.ACCEPTED_LATE if tap.late else Verdict.ACCEPTED
    if tap.rejection is None:
        taken = await take_quota(tx, tap, tap.allowance, Counted.USED)
        if not taken:
            await _overdraw(tx, tap)
        await record(tx, tap, now, overdraft=0 if taken else tap.quantity, happened_at=tap.happened_at)
    else:
        # To whoever asks online, the id is used up; what it was for, the tap knows.
        await deny(tx, tap, now=now, reason=Reason.REQUEST_REUSED, reference=None)
    await tx.connection.execute(
        insert(TAP).values(
            partner_id=tap.partner_id,
            request_id=tap.request_id,
            device_id=tap.taken_by,
            day=tap.day,
            reward=tap.reward,
            quantity=tap.quantity,
            happened_at=tap.happened_at,
            arrived_at=now,
            verdict=verdict.value,
            reason=tap.rejection,
        )
    )
    return Judged(
        request_id=tap.request_id,
        verdict=verdict,
        rejection=tap.rejection,
        redemption_id=None if tap.rejection else tap.redemption_id,
    )


async def _overdraw(tx: Transaction, tap: RecordTap) -> None:
    """Book a tap that its quota does not hold whole: beside what is used, so that this never exceeds the limit."""
    upsert = tx.database.insert(QUOTA).values(
        pseudonym=tap.pseudonym, bucket=tap.bucket, used=0, held=0, allowance=tap.allowance, overdraft=tap.quantity
    )
    await tx.connection.execute(
        upsert.on_conflict_do_update(
            index_elements=[QUOTA.c.pseudonym, QUOTA.c.bucket],
            set_={"overdraft": QUOTA.c.overdraft + upsert.excluded.overdraft},
        )
    )
