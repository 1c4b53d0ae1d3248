"""The SQL ledger: the one write path for effects, and what partners may read of it."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never, cast

from sqlalchemy import literal, select, tuple_

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import Command, Entry, InFlight, Occasion, Outcome, Redeem, Reverse
from gateway.domain.redemptions import Page, Redemption
from gateway.store.database import Database
from gateway.store.entries import ClaimedByAnother, Transaction, read_entry, redemption_of
from gateway.store.instants import Instant
from gateway.store.redeeming import redeem
from gateway.store.reversing import reverse
from gateway.store.tables import OCCASION, QUOTA, REDEMPTION


class SqlLedger:
    """Implements `domain.ports.Ledger` on SQLite and PostgreSQL."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, partner_id: str, request_id: str) -> Entry | None:
        """Return the entry that answers for a request id, if any."""
        async with self._database.read() as connection:
            return await read_entry(connection, partner_id, request_id)

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Decide and record a batch in one transaction; where the database fails it, each command on its own."""
        try:
            async with self._database.write() as connection:
                tx = Transaction(self._database, connection)
                return [await _apply(tx, cast(Redeem | Reverse, command)) for command in batch]
        except (ClaimedByAnother, Unavailable) as error:
            if len(batch) > 1:
                return [outcome for command in batch for outcome in await self.commit([command])]
            if isinstance(error, ClaimedByAnother):
                return [InFlight()]
            raise

    async def used(self, pseudonym: bytes, bucket: str) -> int:
        """Return how many units of a quota are used."""
        statement = select(QUOTA.c.used).where(QUOTA.c.pseudonym == pseudonym, QUOTA.c.bucket == bucket)
        async with self._database.read() as connection:
            return (await connection.execute(statement)).scalar_one_or_none() or 0

    async def occasion(self, partner_id: str, occasion_id: str) -> Occasion | None:
        """Return a partner's occasion that has not ended by the database's clock."""
        statement = select(OCCASION).where(
            OCCASION.c.partner_id == partner_id,
            OCCASION.c.id == occasion_id,
            OCCASION.c.ends_at > self._database.now(),
        )
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else Occasion(**row._mapping)

    async def redemption(
        self, partner_id: str, *, redemption_id: str | None = None, request_id: str | None = None
    ) -> Redemption | None:
        """Return one of a partner's own redemptions as it stands now."""
        own = REDEMPTION.c.partner_id == partner_id
        if redemption_id is not None:
            statement = select(REDEMPTION).where(own, REDEMPTION.c.id == redemption_id)
        else:
            statement = select(REDEMPTION).where(own, REDEMPTION.c.request_id == request_id)
        async with self._database.read() as connection:
            row = (await connection.execute(statement)).first()
        return None if row is None else redemption_of(row)

    async def redemptions(
        self,
        partner_id: str,
        *,
        first: int,
        after: tuple[datetime, str] | None,
        since: datetime | None,
        until: datetime | None,
        reward: str | None,
    ) -> Page:
        """Return a page of a partner's own redemptions, newest first, after a (time, id) position."""
        statement = select(REDEMPTION).where(REDEMPTION.c.partner_id == partner_id)
        if after is not None:
            position = tuple_(literal(after[0], Instant()), literal(after[1]))
            statement = statement.where(tuple_(REDEMPTION.c.redeemed_at, REDEMPTION.c.id) < position)
        if since is not None:
            statement = statement.where(REDEMPTION.c.redeemed_at >= since)
        if until is not None:
            statement = statement.where(REDEMPTION.c.redeemed_at < until)
        if reward is not None:
            statement = statement.where(REDEMPTION.c.reward == reward)
        newest_first = (REDEMPTION.c.redeemed_at.desc(), REDEMPTION.c.id.desc())
        async with self._database.read() as connection:
            rows = (await connection.execute(statement.order_by(*newest_first).limit(first + 1))).all()
        return Page(redemptions=tuple(redemption_of(row) for row in rows[:first]), has_more=len(rows) > first)


async def _apply(tx: Transaction, command: Redeem | Reverse) -> Outcome:
    match command:
        case Redeem():
            return await redeem(tx, command)
        case Reverse():
            return await reverse(tx, command)
        case _:
            assert_never(command)
