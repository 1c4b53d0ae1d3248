"""The SQL ledger: the one write path for effects, and what partners may read of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never, cast

from sqlalchemy import LargeBinary, Select, String, bindparam, literal, select, tuple_
from sqlalchemy.sql.expression import ColumnElement

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import (
    Cancel,
    Command,
    Confirm,
    Entry,
    InFlight,
    Outcome,
    Redeem,
    Release,
    Reverse,
    TakeHold,
)
from gateway.domain.occasions import Cancellation, Occasion
from gateway.domain.redemptions import Page, Redemption, Window
from gateway.store.cancelling import advance, cancel
from gateway.store.counters import is_quota, taken_now
from gateway.store.database import Database
from gateway.store.entries import ClaimedByAnother, Transaction, is_of
from gateway.store.holding import confirm, release, take_hold
from gateway.store.instants import Instant
from gateway.store.recall import Recall
from gateway.store.recalling import read_cancellation, redemption_of
from gateway.store.redeeming import redeem
from gateway.store.reversals import reversals_of, reversed_within, within
from gateway.store.reversing import reverse
from gateway.store.seats import SeatsLost, is_occasion
from gateway.store.tables import ENTRY, OCCASION, REDEMPTION

SEAT_RACES_MAX = 5
"""How often a request may find seats and then lose them to others before it is told to come back."""

_Known = Redeem | TakeHold | Confirm | Release | Reverse | Cancel


class SqlLedger:
    """Implements `domain.ledger_port.Ledger` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._used = database.lookup(_used)
        self._recall = Recall(database)

    async def recall(self, partner_id: str, request_id: str) -> Entry | None:
        """Return the entry that answers for a request id, if any."""
        return await self._recall.entry(partner_id, request_id)

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Decide and record a batch in one transaction; where the database fails it, each command on its own."""
        for _ in range(SEAT_RACES_MAX):
            try:
                return await self._commit(batch)
            except SeatsLost:
                continue  # undone as a whole; who looks now is told that it is sold out, and has touched no quota
        raise Unavailable("database")

    async def _commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        try:
            async with self._database.write() as connection:
                tx = Transaction(self._database, connection)
                return [await _apply(tx, cast(_Known, command)) for command in batch]
        except (ClaimedByAnother, Unavailable) as error:
            if len(batch) > 1:
                return [outcome for command in batch for outcome in await self.commit([command])]
            if isinstance(error, ClaimedByAnother):
                return [InFlight()]
            raise

    async def advance(self, partner_id: str, cancellation: Cancellation) -> Cancellation:
        """Undo a bounded part of what stands of a cancelled occasion, in one transaction; return how far it is."""
        async with self._database.write() as connection:
            await advance(Transaction(self._database, connection), partner_id, cancellation.occasion)
            state = await read_cancellation(
                connection, partner_id, cancellation.occasion, request_id=cancellation.request_id
            )
        return replace(state, replayed=cancellation.replayed)

    async def used(self, pseudonym: bytes, bucket: str) -> int:
        """Return how many units of a quota are used or held."""
        row = await self._used(pseudonym=pseudonym, bucket=bucket)
        return 0 if row is None else row.units

    async def occasion(self, partner_id: str, occasion_id: str, *, over: bool = False) -> Occasion | None:
        """Return a partner's occasion that is on by the database's clock; with `over`, also one that is not."""
        statement = select(OCCASION).where(is_occasion(partner_id, occasion_id))
        if not over:
            statement = statement.where(
                OCCASION.c.ends_at > self._database.now(), OCCASION.c.cancelled_at.is_(None)
            )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else Occasion(**row._mapping)

    async def redemption(
        self, partner_id: str, *, redemption_id: str | None = None, request_id: str | None = None
    ) -> Redemption | None:
        """Return one of a partner's own redemptions as it stands now."""
        own = REDEMPTION.c.partner_id == partner_id
        if request_id is None:
            statement = select(REDEMPTION).where(own, REDEMPTION.c.id == redemption_id)
        else:
            # By way of the entry: PostgreSQL knows then which partition has it.
            made = select(ENTRY.c.redemption_id).where(is_of(partner_id, request_id)).scalar_subquery()
            statement = select(REDEMPTION).where(
                own, REDEMPTION.c.id == made, REDEMPTION.c.request_id == request_id
            )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else redemption_of(row)

    async def redemptions(
        self,
        partner_id: str,
        *,
        first: int,
        after: tuple[datetime, str] | None,
        redeemed: Window,
        reversed_: Window,
        reward: str | None,
    ) -> Page:
        """Return a page of a partner's own redemptions, newest first, after a (time, id) position."""
        statement = select(REDEMPTION).where(REDEMPTION.c.partner_id == partner_id)
        if after is not None:
            position = tuple_(literal(after[0], Instant()), literal(after[1]))
            statement = statement.where(tuple_(REDEMPTION.c.redeemed_at, REDEMPTION.c.id) < position)
        statement = statement.where(*within(REDEMPTION.c.redeemed_at, redeemed), *reversed_within(reversed_))
        if reward is not None:
            statement = statement.where(REDEMPTION.c.reward == reward)
        newest_first = (REDEMPTION.c.redeemed_at.desc(), REDEMPTION.c.id.desc())
        async with self._database.read() as connection:
            rows = (await connection.execute(statement.order_by(*newest_first).limit(first + 1))).all()
            found = tuple(redemption_of(row) for row in rows[:first])
            reversals = await reversals_of(connection, found)
        return Page(redemptions=found, has_more=len(rows) > first, reversals=reversals)


async def _apply(tx: Transaction, command: _Known) -> Outcome:
    match command:
        case Redeem():
            return await redeem(tx, command)
        case TakeHold():
            return await take_hold(tx, command)
        case Confirm():
            return await confirm(tx, command)
        case Release():
            return await release(tx, command)
        case Reverse():
            return await reverse(tx, command)
        case Cancel():
            return await cancel(tx, command)
        case _:
            assert_never(command)


def _used(now: ColumnElement[datetime]) -> Select[Any]:
    pseudonym, bucket = bindparam("pseudonym", type_=LargeBinary), bindparam("bucket", type_=String)
    return select(taken_now(now, pseudonym, bucket).label("units")).where(is_quota(pseudonym, bucket))
