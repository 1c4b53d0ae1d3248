"""Ledgers with a bug that somebody might write. Whoever judges histories has to catch each of them."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import Command, Committed, Entry, EntryKind, Outcome, Reverse, Take
from gateway.domain.redemptions import Reason
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from gateway.store.tables import PASS, QUOTA, REDEMPTION
from tests.history.clients import CLIENTS, renamed
from tests.store.commands import again, confirm
from tests.store.racer import patiently

ENOUGH = 1000


class CheckThenAct(SqlLedger):
    """Reads the quota, and decides by what it read: right, as long as nobody comes in between.

    Here somebody always does, as now and then on a busy gateway: of a process's clients, none acts for the first
    time before all have checked. Whichever process acts first, all its clients have seen an untouched quota.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._all_have_checked = asyncio.Barrier(CLIENTS)

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Look, then commit with an allowance that refuses nobody."""
        [command] = batch
        if not isinstance(command, Take):
            return await super().commit(batch)
        commit, allowance = super().commit, command.allowance
        used = await patiently(lambda: self.used(command.pseudonym, command.bucket))
        if not self._all_have_checked.broken:
            await self._meet()
        if used + command.quantity <= allowance:
            return await patiently(lambda: commit([replace(again(command), allowance=ENOUGH)]))
        denied = Entry(fingerprint=command.fingerprint, kind=EntryKind.DENIED, reason=Reason.NOT_ELIGIBLE)
        return [Committed(denied, replayed=False)]

    async def _meet(self) -> None:
        """Wait for the others, once: a barrier that has opened is broken, so that nobody waits there again."""
        with suppress(asyncio.BrokenBarrierError):
            await self._all_have_checked.wait()
            await self._all_have_checked.abort()


class LostIdempotency(SqlLedger):
    """Takes every request for a new one, as a ledger does whose memory of request ids is a cache."""

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Commit under another request id each time."""
        return await super().commit([renamed(command) for command in batch])


class DoubleRestore(SqlLedger):
    """Gives a unit back once more with each reversal, retries included."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._mine = database

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Commit, and restore the quota again."""
        [command] = batch
        try:
            [outcome] = await super().commit(batch)
        except IntegrityError:  # a constraint met the bug first
            raise Unavailable("database") from None
        if isinstance(command, Reverse) and isinstance(outcome, Committed):
            of = (
                (QUOTA.c.pseudonym == REDEMPTION.c.pseudonym)
                & (QUOTA.c.bucket == REDEMPTION.c.bucket)
                & (REDEMPTION.c.id == command.redemption_id)
            )
            async with self._mine.write() as connection:
                again = update(QUOTA).where(of, QUOTA.c.used > 0).values(used=QUOTA.c.used - 1)
                await connection.execute(again)
        return [outcome]


class ConfirmsByItself(SqlLedger):
    """Takes every hold for a sale: what nobody confirms, it confirms, for the buyer was surely only slow."""

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Commit, and confirm what was held."""
        outcomes = await super().commit(batch)
        for outcome in outcomes:
            if isinstance(outcome, Committed) and outcome.entry.kind is EntryKind.HELD and outcome.entry.hold:
                unasked, by_itself = confirm(outcome.entry.hold), super().commit
                await patiently(lambda: by_itself([again(unasked)]))  # noqa: B023
        return outcomes


class OldRevocationList(SqlLedger):
    """Goes by the list of revoked passes that it read at its start: empty, and for ever so."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._mine = database

    async def commit(self, batch: Sequence[Command]) -> Sequence[Outcome]:
        """Commit as if no pass had been revoked since."""
        [command] = batch
        if isinstance(command, Take):
            async with self._mine.write() as connection:
                unrevoked = update(PASS).where(PASS.c.id == command.pass_id).values(revoked_at=None)
                await connection.execute(unrevoked)
        return await super().commit(batch)
