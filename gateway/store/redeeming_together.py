"""Recording many redemptions in one transaction, with as many statements as for one.

The steps are those of `redeeming`, in the same order, and so are the locks; each step is one statement for all.
What is not plain (a PIN) does not come here. Commands that touch the same don't come together, but for an
occasion: who finds seats, and not also for those before it, comes again with the next transaction.
"""

from collections.abc import Sequence
from datetime import timedelta

from gateway.domain.eligibility import Cause
from gateway.domain.errors import Unavailable
from gateway.domain.ledger import (
    DENIAL_RETENTION,
    Committed,
    Entry,
    EntryKind,
    InFlight,
    NotAccepted,
    Outcome,
    Redeem,
)
from gateway.domain.redemptions import Reason
from gateway.store import entry_steps as on_record
from gateway.store.database import Database
from gateway.store.passes import pass_name
from gateway.store.recalling import read_entry
from gateway.store.redeeming import NO_PASS, made
from gateway.store.steps import Asked
from gateway.store.taking_together import Going, leave_unused, set_marks, take_quotas, take_seats, with_seats


async def redeem_together(database: Database, commands: Sequence[Redeem]) -> list[Outcome | Unavailable | None]:
    """Decide and record redemptions in one transaction; return their outcomes, or None for who has to come again.

    Raises:
        SeatsLost: others took seats that were there when it was looked; nothing has stayed.
        Unavailable: the commit's answer got lost, and nobody knows whether it counts.
        Exception: whatever the driver says; nothing has stayed.
    """
    going = [Going(command) for command in commands]
    async with database.write_plainly() as asked:
        here = await with_seats(asked, going)
        await _redeem(asked, here)
    found: list[Outcome | Unavailable | None] = [one.outcome for one in going]
    for number, one in enumerate(going):
        if one in here and one.outcome is None:
            found[number] = await _already(database, one.command)
    return found


async def _already(database: Database, command: Redeem) -> Outcome | Unavailable:
    """Return what answers a request whose entry could not be claimed. The others have been committed."""
    try:
        async with database.read() as connection:
            entry = await read_entry(connection, command.partner_id, command.request_id)
    except Unavailable as error:
        return error
    return InFlight() if entry is None else Committed(entry, replayed=True)


async def _redeem(asked: Asked, here: Sequence[Going]) -> None:
    """Do what `redeeming.redeem` does, for all. Who finds an entry that answers for it is left without outcome."""
    claimed = await _claim(asked, await _accept(asked, here))
    wanting = [one for one in claimed if one.refusal is None]
    if wanting:
        await _judge(asked, wanting)
        left = await take_quotas(asked, wanting)
        if left:
            await leave_unused(asked, left)
        for one in left:
            one.refusal, one.cause = Reason.NOT_ELIGIBLE, one.cause or Cause.QUOTA_USED_UP
    denied = [one for one in claimed if one.refusal is not None]
    if denied:
        await _deny(asked, denied)
    granted = [one for one in claimed if one.refusal is None]
    if granted:
        await _record(asked, granted)
        await take_seats(asked, granted)


async def _accept(asked: Asked, going: Sequence[Going]) -> list[Going]:
    """Use up proofs and keep devices from being revoked; return those that are accepted (`entries.accept`)."""
    proofs = [one.command.proof for one in going]
    fresh = {row[0] for row in await asked.all(on_record.PROOFS, [(one.digest, one.expires_at) for one in proofs])}
    devices = sorted({(one.command.partner_id, one.command.device_id) for one in going})
    await asked.share(name for pair in devices for name in pair)
    working = {row[0] for row in await asked.all(on_record.WORKING, devices)}
    accepted = []
    for one in going:
        if one.command.proof.digest in fresh and one.command.device_id in working:
            accepted.append(one)
        else:
            one.outcome = NotAccepted()
    return accepted


async def _claim(asked: Asked, going: Sequence[Going]) -> list[Going]:
    """Insert the entries; return those whose own it is (`entries.claim`)."""
    entries = [
        (c.partner_id, c.request_id, c.fingerprint, c.redemption_id, c.quantity)
        for c in (one.command for one in going)
    ]
    mine = {(row[0], row[1]): row[2] for row in await asked.all(on_record.CLAIMS, entries)}
    for one in going:
        one.now = mine.get((one.command.partner_id, one.command.request_id))
    return [one for one in going if one.now is not None]


async def _judge(asked: Asked, going: Sequence[Going]) -> None:
    """Find what speaks against passes and what was shown of them (`redeeming.take`)."""
    ids = sorted({one.command.pass_id or NO_PASS for one in going})
    await asked.share(pass_name(pass_id) for pass_id in ids)
    standing = {row[0] for row in await asked.all(on_record.STANDING, [(pass_id,) for pass_id in ids])}
    for one in going:
        one.cause = one.command.cause
        if one.command.pass_id not in standing:
            one.cause = one.cause or Cause.REVOKED_PASS
    await set_marks(asked, going)


async def _deny(asked: Asked, going: Sequence[Going]) -> None:
    """Turn claimed entries into denials (`entries.deny`)."""
    rows = []
    for one in going:
        command, reason = one.command, one.refusal
        assert reason is not None
        reference = None if reason is not Reason.NOT_ELIGIBLE or one.cause is None else command.seal(one.cause)
        entry = Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=reason, reference=reference)
        one.outcome = Committed(entry, replayed=False)
        midnight = one.claimed_at.replace(hour=0, minute=0, second=0, microsecond=0)
        gone = midnight + DENIAL_RETENTION + timedelta(days=1)
        rows.append((command.partner_id, command.request_id, reason.value, reference, gone))
    await asked.all(on_record.DENIED, rows)


async def _record(asked: Asked, going: Sequence[Going]) -> None:
    """Record redemptions of units that were taken, and their proofs (`redeeming.record`)."""
    redemptions = [made(one.command, one.claimed_at) for one in going]
    rows = []
    for one, redemption in zip(going, redemptions, strict=True):
        entry = Entry(fingerprint=one.command.fingerprint, kind=EntryKind.REDEEMED, redemption=redemption)
        one.outcome = Committed(entry, replayed=False)
        rows.append(
            (
                redemption.id,
                one.command.partner_id,
                one.command.device_id,
                redemption.request_id,
                redemption.reward,
                redemption.quantity,
                redemption.tariff_fen,
                redemption.occasion,
                *one.quota,
                one.command.key_period,
                redemption.redeemed_at,
                redemption.reversible_until,
                redemption.policy_version,
            )
        )
    await asked.all(on_record.RECORDED, rows)
    kept = [
        (c.partner_id, c.request_id, c.redemption_id, c.device_id, c.evidence, c.reward, c.key_period)
        for c in (one.command for one in going)
    ]
    await asked.all(on_record.KEPT, kept)
