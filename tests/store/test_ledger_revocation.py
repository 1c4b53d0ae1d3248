"""Whoever was revoked before the transaction has no effect in it, whatever the service saw before."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import NotAccepted, PinTry, Redeem
from gateway.store.database import Database
from gateway.store.tables import PIN_FAILURE, QUOTA, REDEMPTION
from tests.auth.key_home import NOW, Hands
from tests.store.city import City, new_pass
from tests.store.commands import (
    DEVICE_ID,
    PARTNER_ID,
    Holder,
    again,
    denied,
    granted,
    not_eligible,
    redeem,
    reverse,
)

pytestmark = pytest.mark.anyio

REVOKED = not_eligible(Cause.REVOKED_PASS)


async def test_a_revoked_pass_has_no_effect(city: City) -> None:
    holder = await city.move_in()
    seen_before = redeem(holder)
    assert await city.registry.revoke(holder.handle)
    assert denied(await city.commit(seen_before)) == REVOKED
    assert (await city.rows(QUOTA), await city.rows(REDEMPTION)) == ([], [])


async def test_a_replaced_pass_has_no_effect_and_the_new_one_has_the_same_quota(city: City) -> None:
    holder = await city.move_in()
    granted(await city.commit(redeem(holder)))
    new_id = await city.registry.replace(holder.handle, new_pass(b"new"))
    assert new_id is not None
    assert denied(await city.commit(redeem(holder))) == REVOKED
    granted(await city.commit(redeem(holder, pass_id=new_id)))
    assert denied(await city.commit(redeem(holder, pass_id=new_id))) == not_eligible(Cause.QUOTA_USED_UP)


async def test_what_a_revoked_pass_redeemed_before_can_be_reversed(city: City) -> None:
    holder = await city.move_in()
    redemption = granted(await city.commit(redeem(holder)))
    await city.registry.revoke(holder.handle)
    granted(await city.commit(reverse(redemption)))


async def test_a_retry_is_answered_after_the_pass_was_revoked(city: City) -> None:
    command = redeem(await city.move_in())
    redemption = granted(await city.commit(command))
    before = await city.effects()
    await city.registry.revoke(b"")
    outcome = await city.commit(again(command))
    assert not isinstance(outcome, NotAccepted)
    assert await city.ledger.redemption(PARTNER_ID, redemption_id=redemption.id) == redemption
    assert await city.effects() == before


@dataclass(frozen=True)
class Stop:
    """A way in which a device stops working."""

    name: str
    make: Callable[[City, Database, Hands], Awaitable[None]]


async def _revoke_device(city: City, database: Database, clock: Hands) -> None:
    assert await city.partners.revoke_device(DEVICE_ID)


async def _suspend_partner(city: City, database: Database, clock: Hands) -> None:
    assert await city.partners.suspend(PARTNER_ID)


async def _outlive_its_key(city: City, database: Database, clock: Hands) -> None:
    [device] = await city.partners.devices(PARTNER_ID)
    clock.now = device.not_after


STOPS = [
    Stop("revoked", _revoke_device),
    Stop("partner suspended", _suspend_partner),
    Stop("key expired", _outlive_its_key),
]


@pytest.mark.parametrize("stop", STOPS, ids=lambda stop: stop.name)
async def test_a_device_that_stopped_has_no_effect(
    city: City, database: Database, clock: Hands, stop: Stop
) -> None:
    holder = await city.move_in()
    command = redeem(holder)
    redemption = granted(await city.commit(command))
    await stop.make(city, database, clock)
    before = await city.effects()
    for late in (redeem(holder), reverse(redemption), again(command), _with_wrong_pin(holder)):
        assert await city.commit(late) == NotAccepted()
    assert await city.effects() == before


def _with_wrong_pin(holder: Holder) -> Redeem:
    return redeem(holder, pin=PinTry(counter=b"counter", presented=True, right=False))


async def test_a_partner_that_is_resumed_goes_on(city: City) -> None:
    holder = await city.move_in()
    await city.partners.suspend(PARTNER_ID)
    assert await city.commit(redeem(holder)) == NotAccepted()
    assert await city.partners.resume(PARTNER_ID)
    granted(await city.commit(redeem(holder)))


async def test_a_device_works_until_its_key_expires(city: City, clock: Hands) -> None:
    holder = await city.move_in()
    [device] = await city.partners.devices(PARTNER_ID)
    clock.now = device.not_after - timedelta(microseconds=1)
    granted(await city.commit(redeem(holder)))


async def test_a_device_acts_for_its_own_partner_alone(city: City) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    holder = await city.move_in()
    before = await city.effects()
    assert await city.commit(redeem(holder, device_id="city-museum-till")) == NotAccepted()
    assert await city.commit(redeem(holder, device_id="nobody's")) == NotAccepted()
    assert await city.effects() == before


async def test_another_device_of_the_partner_goes_on(city: City) -> None:
    await city.open_partner("city-museum", "city-museum-till", not_after=NOW + timedelta(days=1))
    assert await city.partners.revoke_device("city-museum-till")
    granted(await city.commit(redeem(await city.move_in())))
    assert await city.rows(PIN_FAILURE) == []
