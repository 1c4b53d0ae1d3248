"""Races of machines on several nodes: one code makes one device, and none after its partner was suspended."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime

import pytest

from gateway.domain.enrolments import NotEnrolled
from gateway.domain.partners import Device
from gateway.store.database import Database
from gateway.store.enrolments import SqlEnrolments
from gateway.store.tables import DEVICE, ENROLMENT
from tests.store.city import City
from tests.store.commands import PARTNER_ID
from tests.store.enrolling import again, enrolments, machine, offer, redeem

pytestmark = pytest.mark.anyio

MACHINES = 12
ROUNDS = 8


@pytest.fixture
async def live(live_database: Database) -> City:
    """A city that lives by the database's own clock."""
    return await City.found(live_database)


@pytest.fixture
async def nodes(live: City, database_url: str) -> AsyncIterator[list[SqlEnrolments]]:
    """Two nodes, each with connections of its own."""
    other = Database(database_url)
    yield [enrolments(live), enrolments(live, other)]
    await other.close()


async def test_one_code_makes_one_device(live: City, nodes: list[SqlEnrolments]) -> None:
    await nodes[0].offer(offer())
    outcomes = await asyncio.gather(
        *(redeem(nodes[number % 2], machine(), now=datetime.now(UTC)) for number in range(MACHINES))
    )
    [made] = [one for one in outcomes if isinstance(one, Device)]
    assert [one for one in outcomes if one is not made] == [NotEnrolled.CODE] * (MACHINES - 1)
    assert made.kid in [row["kid"] for row in await live.rows(DEVICE)]
    assert len(await live.rows(DEVICE)) == 2


async def test_one_machine_that_asks_twice_at_once_gets_one_answer(live: City, nodes: list[SqlEnrolments]) -> None:
    await nodes[0].offer(offer())
    candidate, now = machine(), datetime.now(UTC)
    first, *others = await asyncio.gather(
        *(redeem(nodes[number % 2], again(candidate), now=now) for number in range(MACHINES))
    )
    assert isinstance(first, Device)
    assert all(one == first for one in others)
    assert len(await live.rows(DEVICE)) == 2


async def test_no_machine_enrols_once_a_suspension_is_acknowledged(live: City, nodes: list[SqlEnrolments]) -> None:
    for number in range(ROUNDS):
        code = bytes([number])
        await nodes[0].offer(offer(code))
        enrolling = asyncio.create_task(redeem(nodes[1], machine(code), now=datetime.now(UTC)))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.shield(enrolling), number / 2000)
        assert await live.partners.suspend(PARTNER_ID) is not None
        devices = await live.rows(DEVICE)
        outcome = await enrolling
        assert isinstance(outcome, Device) == (f"dev_{code.hex()}" in [row["id"] for row in devices])
        assert await live.rows(DEVICE) == devices
        assert await live.rows(ENROLMENT) == []
        await live.partners.resume(PARTNER_ID)
