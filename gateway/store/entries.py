"""One entry per request: claimed first, so that the primary key decides every race, and read after a conflict."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, select, type_coerce, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.domain.ledger import DENIAL_RETENTION, Command, Entry, EntryKind
from gateway.domain.redemptions import Reason
from gateway.store.addresses import sqlstate
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.tables import DEVICE, ENTRY, PARTNER, USED_PROOF
from gateway.store.turns import Lock, turn

LOCK_NOT_AVAILABLE = "55P03"
"""PostgreSQL's SQLSTATE when lock_timeout has passed."""


class ClaimedByAnother(Exception):
    """Another transaction has been deciding the same request for longer than anybody waits."""


@dataclass(frozen=True, slots=True)
class Transaction:
    """A write transaction under way, with the database that it belongs to. Several may have it `together`."""

    database: Database
    connection: AsyncConnection
    together: bool = False

    async def turn(self, lock: Lock, *key: Any) -> None:
        """Wait until this lock may be taken: to be said before each, in the order of `turns.Lock`."""
        if self.together:
            await turn(lock, *key)


async def clock(tx: Transaction) -> datetime:
    """Return the database's now. What is decided by it has to be locked first: a wait for a lock takes time."""
    now: datetime = (await tx.connection.execute(select(type_coerce(tx.database.now(), Instant())))).scalar_one()
    return now


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
    await tx.turn(Lock.PROOF, command.proof.digest)
    if (await tx.connection.execute(use)).first() is None:
        return False
    await tx.turn(Lock.DEVICE, command.partner_id, command.device_id)
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
    tx: Transaction,
    command: Command,
    *,
    kind: EntryKind,
    quantity: int | None = None,
    redemption_id: str | None = None,
    hold_id: str | None = None,
    occasion: str | None = None,
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
            hold_id=hold_id,
            occasion=occasion,
            quantity=quantity,
            reversed_quantity=0,
            recorded_at=tx.database.now(),
        )
        .on_conflict_do_nothing(index_elements=[ENTRY.c.partner_id, ENTRY.c.request_id])
        .returning(ENTRY.c.recorded_at)
    )
    await tx.turn(Lock.ENTRY, command.partner_id, command.request_id)
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
        .where(is_of(command.partner_id, command.request_id))
        .values(
            kind=EntryKind.DENIED.value,
            redemption_id=None,
            hold_id=None,
            occasion=None,
            quantity=None,
            reversed_quantity=None,
            recorded_at=None,
            reason=reason.value,
            reference=reference,
            forget_after=forget_after,
        )
    )
    return Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=reason, reference=reference)


def is_of(partner_id: str, request_id: str) -> ColumnElement[bool]:
    """Return the condition of being the entry of a request."""
    return and_(ENTRY.c.partner_id == partner_id, ENTRY.c.request_id == request_id)
