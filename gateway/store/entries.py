"""One entry per request: claimed first, so that the primary key decides every race, and read after a conflict."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.ledger import DENIAL_RETENTION, Command, Entry, EntryKind
from gateway.domain.redemptions import Reason, Redemption
from gateway.store.database import Database, sqlstate
from gateway.store.tables import DEVICE, ENTRY, PARTNER, REDEMPTION, USED_PROOF

LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's SQLSTATE when lock_timeout has passed."""


class ClaimedByAnother(Exception):
    """Another transaction has been deciding the same request for longer than anybody waits."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A write transaction under way, with the database that it belongs to."""

    database: Database
    connection: AsyncConnection


async def accept(tx: Transaction, command: Command) -> bool:
    """Use up the command's proof, and keep its device from being revoked until the commit.

    False where the proof was used before, or the device or its partner no longer works.
    """
    use = (
        tx.database.insert(USED_PROOF)
        .values(digest=command.proof.digest, expires_at=command.proof.expires_at)
        .on_conflict_do_nothing()
        .returning(USED_PROOF.c.digest)
    )
    if (await tx.connection.execute(use)).first() is None:
        return False
    await tx.database.share(tx.connection, command.partner_id, command.device_id)
    now = tx.database.now()
    works = (
        select(DEVICE.c.id)
        .join(PARTNER, PARTNER.c.id == DEVICE.c.partner_id)
        .where(
            DEVICE.c.id == command.device_id,
            DEVICE.c.partner_id == command.partner_id,
            DEVICE.c.revoked_at.is_(None),
            PARTNER.c.suspended_at.is_(None),
            DEVICE.c.not_after > now,
        )
    )
    return (await tx.connection.execute(works)).first() is not None


async def claim(
    tx: Transaction, command: Command, *, kind: EntryKind, redemption_id: str, quantity: int | None
) -> datetime | None:
    """Insert the entry of a request; return the database's now, or None where an entry already answers for it.

    Where another transaction is inserting the same one, this waits until that one has ended.

    Raises:
        ClaimedByAnother: it did not end in time.
    """
    insert = (
        tx.database.insert(ENTRY)
        .values(
            partner_id=command.partner_id,
            request_id=command.request_id,
            fingerprint=command.fingerprint,
            kind=kind.value,
            redemption_id=redemption_id,
            quantity=quantity,
            reversed_quantity=0,
            recorded_at=tx.database.now(),
        )
        .on_conflict_do_nothing(index_elements=[ENTRY.c.partner_id, ENTRY.c.request_id])
        .returning(ENTRY.c.recorded_at)
    )
    try:
        row = (await tx.connection.execute(insert)).first()
    except DBAPIError as error:
        if sqlstate(error) == LOCK_NOT_AVAILABLE:
            raise ClaimedByAnother from error
        raise
    return None if row is None else row.recorded_at


async def deny(
    tx: Transaction, command: Command, *, now: datetime, reason: Reason, reference: str | None
) -> Entry:
    """Turn a claimed entry into a denial: only what answers a retry stays, for 30 days."""
    forget_after = now.replace(hour=0, minute=0, second=0, microsecond=0) + DENIAL_RETENTION + timedelta(days=1)
    await tx.connection.execute(
        update(ENTRY)
        .where(_is_of(command.partner_id, command.request_id))
        .values(
            kind=EntryKind.DENIED.value,
            redemption_id=None,
            quantity=None,
            reversed_quantity=None,
            recorded_at=None,
            reason=reason.value,
            reference=reference,
            forget_after=forget_after,
        )
    )
    return Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=reason, reference=reference)


async def read_entry(connection: AsyncConnection, partner_id: str, request_id: str) -> Entry | None:
    """Return the entry that answers for a request id, with its redemption as it stood right after it."""
    statement = (
        select(
            ENTRY.c.fingerprint,
            ENTRY.c.kind,
            ENTRY.c.reason,
            ENTRY.c.reference,
            ENTRY.c.reversed_quantity.label("reversed_then"),
            *REDEMPTION.c,
        )
        .select_from(ENTRY.outerjoin(REDEMPTION, REDEMPTION.c.id == ENTRY.c.redemption_id))
        .where(_is_of(partner_id, request_id))
    )
    row = (await connection.execute(statement)).first()
    if row is None:
        return None
    kind = EntryKind(row.kind)
    if kind is EntryKind.DENIED:
        return Entry(fingerprint=row.fingerprint, kind=kind, reason=Reason(row.reason), reference=row.reference)
    return Entry(
        fingerprint=row.fingerprint,
        kind=kind,
        redemption=redemption_of(row, reversed_quantity=row.reversed_then),
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
    )


def _is_of(partner_id: str, request_id: str) -> ColumnElement[bool]:
    return and_(ENTRY.c.partner_id == partner_id, ENTRY.c.request_id == request_id)
