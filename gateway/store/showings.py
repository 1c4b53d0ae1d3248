"""Using up what may be used once: a code of a slip, one showing of a live pass.

The mark is set in the effect's transaction, so that of many who show the same one has the effect. It lies
beside the passes and not on them: PostgreSQL writes the number of a transaction into the rows that it touches, and
a thief could join a pass with a redemption by it.
"""

import secrets
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import ColumnElement, Exists, delete, exists, literal, select

from gateway.domain.ledger import Mark
from gateway.store.entries import Transaction
from gateway.store.instants import Instant
from gateway.store.tables import USED_SHOWING

_DAY = timedelta(days=1)


class Use(Enum):
    """What became of a mark."""

    NOW = auto()
    BEFORE = auto()
    NONE = auto()
    """Nothing was to be marked."""


def is_used(mark: bytes | ColumnElement[bytes]) -> Exists:
    """Return the condition that what has this mark was used."""
    return exists().where(USED_SHOWING.c.mark == mark)


async def use_up(tx: Transaction, mark: Mark, now: datetime, *, possible: bool) -> Use:
    """Set a mark, unless it may be used again or nothing is `possible`: then the same statement has no row."""
    sets = possible and mark.remembered is not None
    row = select(literal(mark.digest), literal(forget_after(mark, now), Instant())).where(_true(sets))
    insert = tx.database.insert(USED_SHOWING).from_select(["mark", "forget_after"], row)
    done = await tx.connection.execute(insert.on_conflict_do_nothing().returning(USED_SHOWING.c.mark))
    if done.first() is not None:
        return Use.NOW
    return Use.BEFORE if sets else Use.NONE


async def leave_unused(tx: Transaction, mark: Mark, *, was_set: bool) -> None:
    """Take a mark back that this transaction set; where it set none, ask for one that nobody has."""
    digest = mark.digest if was_set else secrets.token_bytes(len(mark.digest))
    await tx.connection.execute(delete(USED_SHOWING).where(USED_SHOWING.c.mark == digest))


def forget_after(mark: Mark, now: datetime) -> datetime:
    """Return when a mark is forgotten: what stays for long is dated by the day, so that it tells no minute."""
    remembered = mark.remembered or timedelta()
    begin = now.replace(hour=0, minute=0, second=0, microsecond=0) if remembered >= _DAY else now
    return begin + remembered


def _true(value: bool) -> ColumnElement[bool]:
    return literal(1 if value else 0) == literal(1)
