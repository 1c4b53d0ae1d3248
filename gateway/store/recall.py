"""What answers for a request id, asked before anything else of an effect: by look-ups, whatever there is."""

from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, bindparam, select
from sqlalchemy.sql.expression import ColumnElement

from gateway.domain.ledger import Entry, EntryKind
from gateway.domain.redemptions import Reason
from gateway.store.database import Database
from gateway.store.recalling import read_entry, redemption_of
from gateway.store.tables import ENTRY, REDEMPTION


class Recall:
    """Finds a new request's nothing, or a repeated one's denial, by one look-up, and its redemption by another.

    Not by one of both: PostgreSQL would look for the redemption in every partition. What else there may be, a hold
    or a cancellation, is read as it was recorded.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._look = database.lookup(_entry)
        self._redemption = database.lookup(_redemption)

    async def entry(self, partner_id: str, request_id: str) -> Entry | None:
        """Return the entry that answers for a request id, if any, with what it is about.

        Raises:
            Unavailable: the database can't answer.
        """
        row = await self._look(partner_id=partner_id, request_id=request_id)
        if row is None:
            return None
        kind = EntryKind(row.kind)
        if kind is EntryKind.DENIED:
            reason = Reason(row.reason)
            return Entry(fingerprint=row.fingerprint, kind=kind, reason=reason, reference=row.reference)
        if row.redemption_id is None:
            async with self._database.read() as connection:
                return await read_entry(connection, partner_id, request_id)
        found = await self._redemption(redemption_id=row.redemption_id)
        redemption = redemption_of(found, reversed_quantity=row.reversed_quantity)
        return Entry(fingerprint=row.fingerprint, kind=kind, redemption=redemption)


def _entry(_: ColumnElement[datetime]) -> Select[Any]:
    partner, request = bindparam("partner_id", type_=String), bindparam("request_id", type_=String)
    return select(
        ENTRY.c.kind,
        ENTRY.c.fingerprint,
        ENTRY.c.reason,
        ENTRY.c.reference,
        ENTRY.c.redemption_id,
        ENTRY.c.reversed_quantity,
    ).where(ENTRY.c.partner_id == partner, ENTRY.c.request_id == request)


def _redemption(_: ColumnElement[datetime]) -> Select[Any]:
    return select(REDEMPTION).where(REDEMPTION.c.id == bindparam("redemption_id", type_=String))
