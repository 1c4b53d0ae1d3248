"""Pairing codes at rest: the first phone has it and may ask again, until it ends; then it is swept."""

import asyncio
from dataclasses import replace

import pytest

from gateway.domain.pairings import PAIRING_LIFETIME, Claim, FreshPairing
from gateway.store.database import Database
from gateway.store.pairings import SqlPairings
from gateway.store.sweep import sweep
from gateway.store.tables import PAIRING
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.test_sweep import INSTANT

pytestmark = pytest.mark.anyio

FRESH = FreshPairing("CODE", b"c" * 32, b"sealed" * 20)
CLAIM = Claim("CODE", FRESH.code_hash, b"a" * 32)
PHONES = 8


async def test_the_first_phone_has_it_and_may_ask_again(database: Database) -> None:
    rows = SqlPairings(database)
    assert await rows.take(CLAIM) is None
    assert await rows.offer(FRESH) == NOW + PAIRING_LIFETIME
    assert [await rows.take(CLAIM), await rows.take(CLAIM)] == [FRESH.sealed] * 2
    assert await rows.take(replace(CLAIM, phone=b"b" * 32)) is None
    assert await rows.take(replace(CLAIM, code_hash=b"d" * 32)) is None


async def test_it_ends_for_every_phone_and_is_swept(city: City, clock: Hands) -> None:
    rows = SqlPairings(city.database)
    await rows.offer(FRESH)
    assert await rows.take(CLAIM) is not None
    clock.now = NOW + PAIRING_LIFETIME - INSTANT
    assert await sweep(city.database) == 0
    assert await rows.take(CLAIM) is not None
    clock.now = NOW + PAIRING_LIFETIME
    assert await rows.take(CLAIM) is None
    clock.now += INSTANT
    assert await sweep(city.database) == 1
    assert await city.rows(PAIRING) == []


async def test_of_many_phones_at_once_one_has_it(live_database: Database) -> None:
    rows = SqlPairings(live_database)
    await rows.offer(FRESH)
    phones = [replace(CLAIM, phone=bytes([number]) * 32) for number in range(PHONES)]
    found = await asyncio.gather(*(rows.take(phone) for phone in phones))
    assert sorted(found, key=str) == sorted([FRESH.sealed] + [None] * (PHONES - 1), key=str)
