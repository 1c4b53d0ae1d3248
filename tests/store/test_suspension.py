"""Suspending a partner: all of it stops and is counted, once, until it is resumed."""

import pytest

from gateway.domain.partners import Partner
from gateway.store.partners import Suspended
from tests.auth.key_home import NOW
from tests.store.city import CENTURY, City, device
from tests.store.commands import PARTNER_ID
from tests.store.enrolling import enrolments, offer

pytestmark = pytest.mark.anyio


async def test_a_partner_is_suspended_with_all_that_it_has_open(city: City) -> None:
    [first] = await city.partners.devices(PARTNER_ID)
    for device_id, not_after in (("till-1", NOW + CENTURY), ("till-2", NOW + CENTURY), ("till-3", NOW)):
        await city.partners.add_device(device(device_id, first.partner, not_after=not_after))
    await city.partners.revoke_device("till-1")
    await enrolments(city).offer(offer())
    assert await city.partners.suspend(PARTNER_ID) == Suspended(devices=2, codes=1)
    *_, act = await city.acts.acts()
    assert (act.action, act.subject, act.facts) == ("partners suspend", PARTNER_ID, {"devices": 2, "codes": 1})
    suspended = await city.partners.partner(PARTNER_ID)
    assert suspended is not None
    assert suspended.suspended


async def test_a_partner_is_suspended_once_and_resumed_once(city: City) -> None:
    seen = len(await city.acts.acts())
    assert await city.partners.suspend(PARTNER_ID)
    assert await city.partners.suspend(PARTNER_ID) is None
    assert await city.partners.suspend("nobody") is None
    assert await city.partners.resume(PARTNER_ID)
    assert not await city.partners.resume(PARTNER_ID)
    assert not await city.partners.resume("nobody")
    acts = (await city.acts.acts())[seen:]
    assert [(act.action, act.subject) for act in acts] == [
        ("partners suspend", PARTNER_ID),
        ("partners resume", PARTNER_ID),
    ]
    assert await city.partners.partner(PARTNER_ID) == Partner(
        id=PARTNER_ID, kind="venue-counter", name="Grand Theatre"
    )
