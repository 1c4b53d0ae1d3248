"""The SQL ledger: effects go the one write path, and what partners may read of it."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast

from sqlalchemy import LargeBinary, Select, String, bindparam, literal, select, tuple_
from sqlalchemy.sql.expression import ColumnElement

from gateway.domain.ledger import Command, Entry, Outcome
from gateway.domain.occasions import Cancellation, Occasion, OccasionPage
from gateway.domain.redemptions import Page, Redemption, Window
from gateway.store.applying import Work
from gateway.store.cancelling import advance
from gateway.store.coalescing import Coalescer
from gateway.store.counters import is_quota, taken_now
from gateway.store.database import Database
from gateway.store.entries import Transaction, is_of
from gateway.store.instants import Instant
from gateway.store.occasion_pages import occasion_page
from gateway.store.recall import Recall
from gateway.store.recalling import read_cancellation, redemption_of
from gateway.store.reversals import in_window, reversals_of, reversed_within
from gateway.store.seats import is_occasion
from gateway.store.tables import ENTRY, OCCASION, REDEMPTION


class SqlLedger:
    """Implements `domain.ledger_port.Ledger` on SQLite and PostgreSQL."""

    def __init__(self, database: Database, writes: Coalescer | None = None) -> None:
        self._database = database
        self._writes = writes or Coalescer(database)
        self._used = database.lookup(_used)
        self._recall = Recall(database)

    async def recall(self, partner_id: str, request_id: str) -> Entry | None:
        """Return the entry that answers for a request id, if any."""
        return await self._recall.entry(partner_id, request_id)

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Hand commands to the one write path, all at once; each has its own outcome, after its durable commit."""
        return cast("Sequence[Outcome]", await self._writes.commit(cast("Sequence[Work]", batch)))

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

    async def occasions(
        self,
        partner_id: str,
        *,
        first: int,
        after: tuple[datetime, str] | None,
        ending: Window,
        rewards: Collection[str],
        over: bool,
    ) -> OccasionPage:
        """Return a page of a partner's own occasions for some rewards, by their end, after a position."""
        async with self._database.read() as connection:
            return await occasion_page(
                connection,
                self._database.now(),
                partner_id,
                first=first,
                after=after,
                ending=ending,
                rewards=rewards,
                over=over,
            )

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
        device_id: str | None,
    ) -> Page:
        """Return a page of a partner's own redemptions, newest first, after a (time, id) position."""
        statement = select(REDEMPTION).where(REDEMPTION.c.partner_id == partner_id)
        if after is not None:
            position = tuple_(literal(after[0], Instant()), literal(after[1]))
            statement = statement.where(tuple_(REDEMPTION.c.redeemed_at, REDEMPTION.c.id) < position)
        statement = statement.where(*in_window(REDEMPTION.c.redeemed_at, redeemed), *reversed_within(reversed_))
        if reward is not None:
            statement = statement.where(REDEMPTION.c.reward == reward)
        if device_id is not None:
            statement = statement.where(REDEMPTION.c.device_id == device_id)
        newest_first = (REDEMPTION.c.redeemed_at.desc(), REDEMPTION.c.id.desc())
        async with self._database.read() as connection:
            rows = (await connection.execute(statement.order_by(*newest_first).limit(first + 1))).all()
            found = tuple(redemption_of(row) for row in rows[:first])
            reversals = await reversals_of(connection, found)
        return Page(redemptions=found, has_more=len(rows) > first, reversals=reversals)


def _used(now: ColumnElement[datetime]) -> Select[Any]:
    pseudonym, bucket = bindparam("pseudonym", type_=LargeBinary), bindparam("bucket", type_=String)
    return select(taken_now(now, pseudonym, bucket).label("units")).where(is_quota(pseudonym, bucket))
