"""Several commands in one durable commit: each gets its own outcome, whatever becomes of the others."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import Committed, InFlight, NotAccepted
from gateway.domain.redemptions import Reason
from gateway.store import engines
from gateway.store.database import Database
from gateway.store.tables import REDEMPTION
from tests.store.city import City
from tests.store.commands import BUCKET, again, denied, granted, not_eligible, redeem, reverse

pytestmark = pytest.mark.anyio


async def test_each_command_gets_its_own_outcome_in_order(city: City) -> None:
    one, other = await city.move_in(), await city.move_in()
    earlier = granted(await city.commit(redeem(other)))
    outcomes = await city.ledger.commit(
        [
            redeem(one, quantity=2),
            redeem(one),
            redeem(other, device_id="nobody's"),
            reverse(earlier, 2),
            reverse(earlier),
        ]
    )
    outcomes = [*outcomes, await city.commit(redeem(other, quantity=2))]
    assert granted(outcomes[0]).quantity == 2
    assert denied(outcomes[1]) == not_eligible(Cause.QUOTA_USED_UP)
    assert outcomes[2] == NotAccepted()
    assert denied(outcomes[3]) == (Reason.QUANTITY_EXCEEDED, None)
    assert granted(outcomes[4]).reversed_quantity == 1
    assert granted(outcomes[5]).quantity == 2
    assert await city.ledger.used(one.pseudonym, BUCKET) == 2
    assert await city.ledger.used(other.pseudonym, BUCKET) == 2


async def test_a_request_and_its_retry_in_one_batch_have_one_effect(city: City) -> None:
    command = redeem(await city.move_in())
    first, second = await city.ledger.commit([command, again(command)])
    granted(first)
    assert isinstance(first, Committed)
    assert second == Committed(first.entry, replayed=True)
    assert len(await city.rows(REDEMPTION)) == 1


async def test_an_empty_batch_is_nothing(city: City) -> None:
    assert await city.ledger.commit([]) == []


@pytest.fixture
async def other_process(postgres_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection as of another node."""
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    yield connection
    await connection.close()


async def test_one_request_in_flight_does_not_hold_up_the_others(
    postgres_url: str, other_process: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "LOCK_TIMEOUT_MS", 200)
    database = Database(postgres_url)
    city = await City.found(database)
    held, free = redeem(await city.move_in()), redeem(await city.move_in())
    deciding = other_process.transaction()
    await deciding.start()
    await other_process.execute(
        "INSERT INTO entry (partner_id, request_id, fingerprint, kind, redemption_id, recorded_at) "
        "VALUES ($1, $2, $3, 'REDEEMED', 'rdm_other', now())",
        held.partner_id,
        held.request_id,
        held.fingerprint,
    )
    outcomes = await city.ledger.commit([free, held])
    granted(outcomes[0])
    assert outcomes[1] == InFlight()
    assert await city.commit(held) == InFlight()  # nothing was recorded, not even the proof
    await deciding.rollback()
    granted(await city.commit(held))
    await database.close()
