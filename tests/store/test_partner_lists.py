"""The steward's lists: every partner once, with how many of its keys are good at an instant."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from gateway.domain.partners import Device, Partner
from gateway.store.partner_lists import Overview, SqlPartnerLists
from tests.auth.key_home import DAY, NOW
from tests.store.city import CENTURY, City, device
from tests.store.commands import DEVICE_ID, PARTNER_ID

pytestmark = pytest.mark.anyio

GAS = Partner(id="east_gas", kind="gas-desk", name="城市燃气 100%")
METRO = Partner(id="metro-1", kind="transit-turnstile", name="Metro LINE 1")


@pytest.fixture
async def three(city: City) -> City:
    """A city with two partners more, who have no device."""
    await city.partners.add_new([GAS, METRO])
    return city


async def _register(city: City, partner: Partner, device_id: str, **changes: Any) -> Device:
    registered = replace(device(device_id, partner), **changes)
    await city.partners.add_device(registered)
    return registered


def _lists(city: City) -> SqlPartnerLists:
    return SqlPartnerLists(city.database, now=NOW)


async def _ids(city: City, **wanted: Any) -> list[str]:
    return [one.partner.id for one in await _lists(city).overview(**wanted)]


async def test_each_partner_is_counted(three: City) -> None:
    for number, end in enumerate((NOW, NOW + timedelta(seconds=1), NOW + 9 * DAY, NOW + DAY)):
        await _register(three, METRO, f"gate-{number}", not_after=end)
    await _register(three, METRO, "gate-new", not_before=NOW + DAY)
    await three.partners.revoke_device("gate-1")
    assert await _lists(three).overview() == [
        Overview(partner=GAS, good=0, ended=0, first_end=None),
        Overview(
            partner=Partner(id=PARTNER_ID, kind="venue-counter", name="Grand Theatre"),
            good=1,
            ended=0,
            first_end=NOW + CENTURY,
        ),
        Overview(partner=METRO, good=2, ended=3, first_end=NOW + DAY),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("metro", ["metro-1"]),
        ("line", ["metro-1"]),
        ("燃气", ["east_gas"]),
        ("a", ["east_gas", PARTNER_ID]),
        ("%", ["east_gas"]),
        ("_", ["east_gas"]),
        ("nothing like it", []),
    ],
)
async def test_a_text_is_looked_for_in_id_and_name(three: City, text: str, found: list[str]) -> None:
    assert await _ids(three, text=text) == found


async def test_a_kind_and_the_suspended_are_looked_for(three: City) -> None:
    await three.partners.suspend(METRO.id)
    await three.partners.suspend(GAS.id)
    assert await _ids(three, kind="gas-desk") == [GAS.id]
    assert await _ids(three, suspended=True) == [GAS.id, METRO.id]
    assert await _ids(three, suspended=True, kind="transit-turnstile", text="1") == [METRO.id]


async def test_keys_that_end_come_by_their_end_unless_they_were_stopped(three: City) -> None:
    late = await _register(three, METRO, "gate-late", not_after=NOW + 30 * DAY)
    ended = await _register(three, METRO, "gate-ended", not_after=NOW - DAY)
    await _register(three, METRO, "gate-good", not_after=NOW + 30 * DAY + timedelta(seconds=1))
    await _register(three, METRO, "gate-revoked", not_after=NOW + DAY)
    await three.partners.revoke_device("gate-revoked")
    await _register(three, GAS, "desk", not_after=NOW + DAY)
    await three.partners.suspend(GAS.id)
    assert await _lists(three).ending(NOW + 30 * DAY) == [ended, late]
    assert DEVICE_ID in [one.id for one in await _lists(three).ending(NOW + CENTURY)]
