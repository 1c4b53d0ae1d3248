"""Pairing codes as rows: the first phone that sends a code has it, and may ask again until it ends."""

from datetime import datetime

from sqlalchemy import insert, or_, select, type_coerce, update

from gateway.domain.pairings import PAIRING_LIFETIME, Claim, FreshPairing
from gateway.store.database import Database
from gateway.store.instants import Instant
from gateway.store.tables import PAIRING


class SqlPairings:
    """Implements `services.pair_phone.PairingRows`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def offer(self, fresh: FreshPairing) -> datetime:
        """Put a code on record; return when it ends, by the database's clock.

        Raises:
            Unavailable: nobody knows whether it is on record.
        """
        clock = select(type_coerce(self._database.now(), Instant()))
        async with self._database.write() as connection:
            expires_at: datetime = (await connection.execute(clock)).scalar_one() + PAIRING_LIFETIME
            await connection.execute(
                insert(PAIRING).values(
                    code_hash=fresh.code_hash, sealed=fresh.sealed, phone=None, expires_at=expires_at
                )
            )
        return expires_at

    async def take(self, claim: Claim) -> bytes | None:
        """Return what is sealed under a code that a phone brings; None where there is nothing for this phone.

        Raises:
            Unavailable: nobody knows whether it is this phone's now; it may ask again.
        """
        theirs = (
            PAIRING.c.code_hash == claim.code_hash,
            PAIRING.c.expires_at > self._database.now(),
            or_(PAIRING.c.phone.is_(None), PAIRING.c.phone == claim.phone),
        )
        async with self._database.read() as connection:  # strangers shall not keep SQLite's one writer
            if (await connection.execute(select(PAIRING.c.code_hash).where(*theirs))).first() is None:
                return None
        statement = update(PAIRING).where(*theirs).values(phone=claim.phone).returning(PAIRING.c.sealed)
        async with self._database.write() as connection:
            sealed: bytes | None = (await connection.execute(statement)).scalar_one_or_none()
        return sealed
