"""A pass that is revoked between hold and confirmation redeems nothing more (I11), and its units come back."""

import pytest
from sqlalchemy import update

from gateway.domain.errors import KeysMissing
from gateway.domain.holds import Hold
from gateway.domain.ledger import Committed
from gateway.domain.redemptions import Reason
from gateway.store.tables import HELD_QUOTA, REDEMPTION
from tests.auth.key_home import Hands
from tests.store.city import City
from tests.store.commands import BUCKET, Holder, again, confirm, denied, granted, held, hold, release

pytestmark = pytest.mark.anyio


@pytest.fixture
async def holder(city: City) -> Holder:
    return await city.move_in()


@pytest.fixture
async def two(city: City, holder: Holder) -> Hold:
    """A hold of two units of a quota of two, and of two seats of three."""
    await city.announce(capacity=3)
    return held(await city.commit(hold(holder, quantity=2, occasion="show-1")))


async def test_a_pass_that_was_revoked_meanwhile_confirms_nothing_and_its_units_come_back(
    city: City, clock: Hands, holder: Holder, two: Hold
) -> None:
    await city.registry.revoke(holder.handle)
    assert denied(await city.commit(confirm(two))) == (Reason.HOLD_ENDED, None)
    assert denied(await city.commit(confirm(two, 9))) == (Reason.HOLD_ENDED, None)
    assert await city.rows(REDEMPTION) == []
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 2
    clock.now = two.expires_at
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 0


async def test_a_hold_of_a_revoked_pass_can_be_released(city: City, holder: Holder, two: Hold) -> None:
    await city.registry.revoke(holder.handle)
    held(await city.commit(release(two)))
    assert await city.ledger.used(holder.pseudonym, BUCKET) == 0


async def test_another_pass_of_the_same_resident_confirms_on(city: City, holder: Holder, two: Hold) -> None:
    lost = await city.give_pass(holder.registry_hash, pseudonym=holder.pseudonym)
    assert await city.registry.revoke(lost.handle)
    granted(await city.commit(confirm(two)))


async def test_what_was_confirmed_before_the_revocation_is_answered_again(
    city: City, holder: Holder, two: Hold
) -> None:
    command = confirm(two)
    redemption = granted(await city.commit(command))
    await city.registry.revoke(holder.handle)
    outcome = await city.commit(again(command))
    assert isinstance(outcome, Committed)
    assert (outcome.replayed, outcome.entry.redemption) == (True, redemption)


async def test_without_the_key_of_the_held_pass_nothing_is_recorded(city: City, two: Hold) -> None:
    def lost(sealed: bytes) -> int:
        raise KeysMissing("its key has ended")

    before = await city.effects()
    with pytest.raises(KeysMissing):
        await city.commit(confirm(two, unseal=lost))
    assert await city.effects() == before


async def test_a_held_pass_that_was_not_kept_confirms_nothing(city: City, two: Hold) -> None:
    async with city.database.write() as connection:
        await connection.execute(update(HELD_QUOTA).values(sealed_pass=None))
    assert denied(await city.commit(confirm(two))) == (Reason.HOLD_ENDED, None)
