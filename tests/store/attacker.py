"""An operator who wants to know who redeemed: with the registry, the database and the whole key home."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select

from gateway.auth.keyring import Keyring
from gateway.auth.pseudonyms import PeriodPseudonyms
from gateway.domain.errors import KeysMissing
from gateway.store.database import Database
from gateway.store.tables import PERIOD_KEY, REDEMPTION, RESIDENT

Shelf = dict[tuple[str, str], bytes | None]
"""Wrapped keys by reward and period, as a copy of the table has them."""


@dataclass
class Copied:
    """A copy of the wrapped keys, which answers the real code as the table would."""

    keys: Shelf

    async def wrapped_key(
        self, reward: str, key_period: str, *, fresh: bytes, closes_at: datetime
    ) -> bytes | None:
        return self.keys.get((reward, key_period))

    async def closed(self) -> set[tuple[str, str]]:
        return set()


async def copy_keys(database: Database) -> Shelf:
    """Return what the database, or a backup of it from now, holds of period keys: whatever the clock says."""
    async with database.read() as connection:
        rows = (await connection.execute(select(PERIOD_KEY))).all()
    return {(row.reward, row.key_period): row.wrapped for row in rows}


async def who_redeemed(database: Database, keyring: Keyring, shelf: Shelf) -> dict[str, bytes]:
    """Return by redemption the registry hash of whoever it was, of all that can still be told.

    Every resident's secret is tried under every period key that opens.
    """
    async with database.read() as connection:
        residents = (await connection.execute(select(RESIDENT))).all()
        redemptions = (await connection.execute(select(REDEMPTION))).all()
    named: dict[bytes, bytes] = {}
    for (reward, key_period), wrapped in shelf.items():
        for resident in residents:
            guess = await _pseudonym(keyring, resident.secret, reward, key_period, wrapped)
            if guess is not None:
                named[guess] = resident.registry_hash
    return {one.id: named[one.pseudonym] for one in redemptions if one.pseudonym in named}


async def _pseudonym(keyring: Keyring, secret: Any, reward: str, key_period: str, wrapped: Any) -> bytes | None:
    lasts = datetime.max.replace(tzinfo=keyring._clock().tzinfo)
    shelf = Copied({(reward, key_period): wrapped})
    names = PeriodPseudonyms(keyring, shelf, clock=keyring._clock)
    try:
        return await names.pseudonym(secret, reward=reward, key_period=key_period, closes_at=lasts)
    except KeysMissing:
        return None
