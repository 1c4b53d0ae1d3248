"""A small city on a real database: a partner, its device, and residents with passes, for commands to meet."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import Table, select

from gateway.domain.ledger import Command, Outcome
from gateway.domain.occasions import Occasion
from gateway.domain.partners import Device, Partner, Scope
from gateway.domain.passes import NewPass, PassForm
from gateway.domain.standing import Standing
from gateway.store.admin_record import AdminRecord
from gateway.store.coalescing import Coalescer
from gateway.store.database import Database
from gateway.store.ledger import SqlLedger
from gateway.store.occasions import SqlOccasions
from gateway.store.partners import SqlPartners
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.registry import SqlRegistry
from gateway.store.residents import SqlResidents
from gateway.store.tables import (
    CANCELLATION,
    ENTRY,
    EVIDENCE,
    HELD_QUOTA,
    HELD_SEAT,
    HOLD,
    OCCASION,
    PIN_FAILURE,
    QUOTA,
    REDEMPTION,
)
from gateway.store.uploading import SqlUploads
from tests.auth.key_home import NOW
from tests.store.commands import DEVICE_ID, KEY_PERIOD, PARTNER_ID, PERIOD_CLOSES, REWARD, Holder

EFFECTS = (
    ENTRY,
    REDEMPTION,
    QUOTA,
    OCCASION,
    PIN_FAILURE,
    EVIDENCE,
    HOLD,
    HELD_QUOTA,
    HELD_SEAT,
    CANCELLATION,
)
"""Where a command leaves an effect. A used-up proof is none: it only stops itself."""

CENTURY = timedelta(days=36500)


@dataclass(frozen=True)
class City:
    """The store's classes on one database, and short ways to what tests say again and again."""

    database: Database
    ledger: SqlLedger
    uploads: SqlUploads
    registry: SqlRegistry
    residents: SqlResidents
    partners: SqlPartners
    occasions: SqlOccasions
    acts: AdminRecord

    @classmethod
    def on(cls, database: Database) -> "City":
        """Return the city that a database already holds."""
        acts, writes = AdminRecord(database, who="steward"), Coalescer(database)
        return cls(
            database,
            SqlLedger(database, writes),
            SqlUploads(database, writes),
            SqlRegistry(database, acts),
            SqlResidents(database, acts),
            SqlPartners(database, acts),
            SqlOccasions(database, acts),
            acts,
        )

    @classmethod
    async def found(cls, database: Database) -> "City":
        """Return a city with one partner and its one device, in the midst of a period."""
        city = cls.on(database)
        await city.begin_period(REWARD)
        await city.open_partner(PARTNER_ID, DEVICE_ID)
        return city

    async def begin_period(self, reward: str) -> None:
        """Put on record when the period of a reward closes, as its first redemption does."""
        keys, fresh = SqlPeriodKeys(self.database), secrets.token_bytes(32)
        await keys.wrapped_key(reward, KEY_PERIOD, fresh=fresh, closes_at=PERIOD_CLOSES)

    async def open_partner(self, partner_id: str, device_id: str, *, not_after: datetime = NOW + CENTURY) -> None:
        """Add a partner with a device that works from yesterday on."""
        partner = Partner(id=partner_id, kind="venue-counter", name="Grand Theatre")
        await self.partners.add(partner)
        await self.partners.add_device(device(device_id, partner, not_after=not_after))

    async def move_in(self) -> Holder:
        """Add a resident with a pass."""
        registry_hash = secrets.token_bytes(32)
        await self.residents.put([(registry_hash, record(1000, NOW.date()))])
        return await self.give_pass(registry_hash, pseudonym=secrets.token_bytes(32))

    async def give_pass(self, registry_hash: bytes, *, pseudonym: bytes) -> Holder:
        """Issue a pass to a resident."""
        handle = secrets.token_bytes(32)
        pass_id = await self.registry.issue(registry_hash, new_pass(handle))
        assert pass_id is not None
        return Holder(pass_id=pass_id, pseudonym=pseudonym, handle=handle, registry_hash=registry_hash)

    async def announce(self, occasion_id: str = "show-1", *, capacity: int, partner_id: str = PARTNER_ID) -> None:
        """Import an occasion that ends in a year, or change its capacity."""
        await self.occasions.put(occasion(occasion_id, capacity=capacity, partner_id=partner_id))

    async def commit(self, command: Command) -> Outcome:
        """Commit a batch of one."""
        [outcome] = await self.ledger.commit([command])
        return outcome

    async def tables(self, *tables: Table) -> list[list[dict[str, Any]]]:
        """Return the rows of some tables at one instant, each in the order of its primary key."""
        async with self.database.read() as connection:
            found = [
                await connection.execute(select(table).order_by(*table.primary_key.columns)) for table in tables
            ]
            return [[dict(row._mapping) for row in rows] for rows in found]

    async def rows(self, table: Table) -> list[dict[str, Any]]:
        """Return a table's rows in the order of its primary key."""
        [rows] = await self.tables(table)
        return rows

    async def effects(self) -> list[list[dict[str, Any]]]:
        """Return all that commands have ever done here."""
        return await self.tables(*EFFECTS)

    async def seats_used(self, occasion_id: str = "show-1") -> int:
        """Return how many seats of an occasion are taken."""
        return next(int(row["used"]) for row in await self.rows(OCCASION) if row["id"] == occasion_id)


PLACES = count()
"""Places in the status list, each given once."""


def occasion(
    occasion_id: str = "show-1",
    *,
    capacity: int = 2,
    partner_id: str = PARTNER_ID,
    reward: str = REWARD,
    ends_at: datetime = NOW + timedelta(days=365),
) -> Occasion:
    """Return an occasion as the steward announces it."""
    return Occasion(
        id=occasion_id,
        partner_id=partner_id,
        reward=reward,
        capacity=capacity,
        used=0,
        ends_at=ends_at,
        announced_end=ends_at,
    )


def device(device_id: str, partner: Partner, *, not_after: datetime = NOW + CENTURY) -> Device:
    """Return a device with a key of its own."""
    kid = secrets.token_urlsafe(32)
    return Device(
        id=device_id,
        partner=partner,
        label="till 1",
        kid=kid,
        public_jwk={"kty": "OKP", "crv": "Ed25519", "x": kid},
        scopes=frozenset({Scope.VERIFY, Scope.REDEEM, Scope.REVERSE}),
        not_before=NOW - timedelta(days=1),
        not_after=not_after,
    )


def record(centihours: int, as_of: date, honours: Sequence[Any] = ()) -> Standing:
    """Return what the registry says about somebody."""
    return Standing(centihours, as_of, tuple(honours))


def new_pass(
    *handles: bytes,
    sector: str = "venue",
    status_index: int | None = None,
    expires_at: datetime = NOW + CENTURY,
) -> NewPass:
    """Return a pass to put on record, at a place of its own unless one is given."""
    return NewPass(
        handles=handles,
        form=PassForm.CARD,
        sector=sector,
        expires_at=expires_at,
        pin_hash=None,
        status_index=next(PLACES) if status_index is None else status_index,
    )
