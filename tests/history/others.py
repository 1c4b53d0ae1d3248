"""What comes between the clients' requests: a steward revokes a pass, a box office cancels, a gate uploads."""

import random
import secrets
from collections.abc import Sequence

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import Cancel, Committed, NotAccepted
from gateway.domain.occasions import CancellationStatus
from gateway.domain.offline import RecordTap
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from gateway.store.registry import SqlRegistry
from gateway.store.uploading import SqlUploads
from tests.history.journal import FAIL, OK, Event, Journal, NobodyKnows
from tests.store.commands import PARTNER_ID, Holder, again, cancel, retry
from tests.store.racer import patiently
from tests.store.taps import ALLOWANCE, tap

RUNNING = CancellationStatus.RUNNING
LOST = 0.3
BATCHES = 6
TAPS = 2
UNITS = 8
"""Of the allowance that both processes' gates upload against: fewer than their taps."""


class Others:
    """One process's steward, box office and gate, who keep the same journal as its clients."""

    def __init__(self, database: Database, journal: Journal, chance: random.Random, *, limit: int) -> None:
        self._ledger = SqlLedger(database)
        self._uploads = SqlUploads(database)
        self._registry = SqlRegistry(database, AdminRecord(database, who="steward"))
        self._journal = journal
        self._chance = chance
        self._limit = limit

    async def revoke(self, holder: Holder) -> None:
        """Revoke a pass; its resident goes on showing it."""

        async def send() -> Event:
            await patiently(lambda: self._registry.revoke(holder.handle))
            return {"event": OK}

        asked = {"op": "revoke", "partner": "steward", "request": secrets.token_hex(8), "pass": holder.pass_id}
        await self._journal.call(asked, send)

    async def cancel(self, occasion: str) -> None:
        """Cancel an occasion, and ask again until all is undone."""
        command = cancel(occasion)
        asked = {"op": "cancel", "partner": PARTNER_ID, "request": command.request_id, "occasion": occasion}

        async def send() -> Event:
            outcome = await patiently(lambda: self._commit(command))
            begun = outcome.entry.cancellation
            assert begun is not None
            while (await patiently(lambda: self._ledger.advance(PARTNER_ID, begun))).status is RUNNING:
                pass
            return {"event": OK, "id": begun.id, "replayed": outcome.replayed}

        await self._journal.call(asked, send)

    async def _commit(self, command: Cancel) -> Committed:
        [outcome] = await self._ledger.commit([retry(command)])
        assert isinstance(outcome, Committed)
        return outcome

    async def upload(self, holders: Sequence[Holder]) -> None:
        """Upload taps in small batches, each again until its verdicts are known."""
        for _ in range(BATCHES):
            taps = [tap(self._chance.choice(holders), units=UNITS, allowance=self._limit) for _ in range(TAPS)]
            while not all([await self._told(one, taps) for one in taps]):
                pass

    async def _told(self, one: RecordTap, batch: Sequence[RecordTap]) -> bool:
        """Send a batch for the sake of one of its taps; return whether its verdict came."""
        asked = {"op": "upload", "partner": PARTNER_ID, "request": one.request_id, "quantity": one.quantity}
        answer = await self._journal.call(asked, lambda: self._send(one, batch))
        return bool(answer["event"] in (OK, FAIL))

    async def _send(self, one: RecordTap, batch: Sequence[RecordTap]) -> Event:
        proof = again(one).proof
        try:
            new = await self._uploads.record([again(each, proof=proof) for each in batch])
            known = (await self._uploads.state(PARTNER_ID, ALLOWANCE, [one.request_id])).known[one.request_id]
        except Unavailable:
            raise NobodyKnows from None
        assert not isinstance(new, NotAccepted)
        if self._chance.random() < LOST:
            raise NobodyKnows
        replayed = True  # a batch goes once for each of its taps: which of them was new, nobody needs to say
        if known.rejection is not None:
            return {"event": FAIL, "reason": str(known.rejection), "replayed": replayed}
        return {"event": OK, "id": known.redemption_id, "quantity": one.quantity, "replayed": replayed}
