"""The limits of one node: what they refuse, whom, and for how long."""

from dataclasses import replace

import pytest

from gateway.domain.errors import Throttled
from gateway.store.code_stops import STOP_SECONDS
from tests.services.world import METRO
from tests.store.hands import Stopwatch
from tests.store.nodes import OTHER_DEVICE, OTHER_PARTNER, admitted, deny, node, stopped

pytestmark = pytest.mark.anyio


async def test_a_device_uses_up_what_is_its_own() -> None:
    limits = node(now=(now := Stopwatch()))
    assert await admitted(limits, 100) == 60
    assert await admitted(limits, 100, OTHER_DEVICE) == 60
    with pytest.raises(Throttled) as refused:
        await limits.admit(METRO)
    assert refused.value.retry_after_seconds == 1
    now.turn(1)
    assert await admitted(limits, 100) == 20
    assert limits.throttled == {"device": 40 + 40 + 1 + 80, "partner": 0, "codes": 0}


async def test_a_partner_has_a_limit_for_all_its_devices_and_takes_nothing_from_others() -> None:
    limits = node()
    devices = [replace(METRO, device_id=f"gate-{number}") for number in range(30)]
    assert sum([await admitted(limits, 60, device) for device in devices]) == 1500
    assert limits.throttled == {"device": 0, "partner": 300, "codes": 0}
    assert await admitted(limits, 60, OTHER_PARTNER) == 60


async def test_a_look_up_that_the_partners_limit_refuses_costs_its_device_nothing() -> None:
    limits = node(now=(now := Stopwatch()))
    for number in range(25):
        await admitted(limits, 60, replace(METRO, device_id=f"gate-{number}"))
    fresh = replace(METRO, device_id="fresh")
    assert await admitted(limits, 60, fresh) == 0
    now.turn(0.12)
    assert await admitted(limits, 60, fresh) == 60


async def test_denied_codes_stop_codes_and_nothing_else() -> None:
    limits = node(now=(now := Stopwatch()))
    await deny(limits, 20)
    assert (await stopped(limits), limits.code_stops) == (0, 0)
    await deny(limits, 1)
    assert (await stopped(limits), limits.code_stops) == (STOP_SECONDS, 1)
    assert await stopped(limits, OTHER_DEVICE) == 0
    assert await admitted(limits, 1) == 1
    now.turn(STOP_SECONDS - 0.5)
    assert await stopped(limits) == 1
    now.turn(0.5)
    assert await stopped(limits) == 0
    assert limits.throttled["codes"] == 2
