"""What an upload asks and leaves: the state of an allowance, and its taps, which go the way of all writes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import select, type_coerce

from gateway.domain.errors import Unavailable
from gateway.domain.ledger import InFlight, NotAccepted
from gateway.domain.offline import Allowance, Judged, Known, RecordTap, Rejection, State, Verdict
from gateway.store.applying import Taps
from gateway.store.coalescing import Coalescer
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.tables import ENTRY, OFFLINE_ALLOWANCE, TAP


class SqlUploads:
    """Implements `domain.offline.Uploads`."""

    def __init__(self, database: Database, writes: Coalescer | None = None) -> None:
        self._database = database
        self._writes = writes or Coalescer(database)

    async def now(self) -> datetime:
        """Return the database's clock."""
        async with self._database.read() as connection:
            clock = select(type_coerce(self._database.now(), Instant()))
            now: datetime = (await connection.execute(clock)).scalar_one()
        return now

    async def state(self, partner_id: str, allowance: Allowance, request_ids: Sequence[str]) -> State:
        """Return the clock, the units that an allowance has used, and what is known of some request ids."""
        used = select(OFFLINE_ALLOWANCE.c.used).where(
            OFFLINE_ALLOWANCE.c.device_id == allowance.device_id, OFFLINE_ALLOWANCE.c.day == allowance.day
        )
        entries = select(ENTRY).where(ENTRY.c.partner_id == partner_id, ENTRY.c.request_id.in_(request_ids))
        taps = select(TAP).where(TAP.c.partner_id == partner_id, TAP.c.request_id.in_(request_ids))
        async with self._database.read() as connection:
            clock = select(type_coerce(self._database.now(), Instant()), used.scalar_subquery())
            now, count = (await connection.execute(clock)).one()
            by_entry = {row.request_id: row for row in await connection.execute(entries)}
            by_tap = {row.request_id: row for row in await connection.execute(taps)}
        known = {}
        for request_id in by_entry.keys() | by_tap.keys():
            entry, tap = by_entry.get(request_id), by_tap.get(request_id)
            known[request_id] = Known(
                fingerprint=None if entry is None else entry.fingerprint,
                redemption_id=None if entry is None else entry.redemption_id,
                verdict=None if tap is None else Verdict(tap.verdict),
                rejection=None if tap is None or tap.reason is None else Rejection(tap.reason),
            )
        return State(now=now, used=count or 0, known=known)

    async def record(self, taps: Sequence[RecordTap]) -> Mapping[str, Judged] | NotAccepted:
        """Record taps in one transaction, and return the verdicts of those that were not on record meanwhile."""
        [judged] = await self._writes.commit([Taps(taps)])
        if isinstance(judged, InFlight):
            raise Unavailable("database")
        return cast("Mapping[str, Judged] | NotAccepted", judged)
