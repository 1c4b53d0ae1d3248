"""How many device keys end soon, on both databases: whose it is matters, not who it is."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from gateway.cli.partners.checking import URGENCIES
from gateway.domain.partners import Device, Partner
from gateway.store.admin_record import AdminRecord
from gateway.store.database import Database
from gateway.store.key_ends import WITHIN_DAYS, KeyEnds, SqlKeyEnds
from gateway.store.partners import SqlPartners
from tests.auth.key_home import DAY, NOW, Hands
from tests.auth.machines import machine

pytestmark = pytest.mark.anyio

SECOND = timedelta(seconds=1)
LEFT = {
    "ended": -400 * DAY,
    "ends now": 0 * DAY,
    "ends next": SECOND,
    "a day": DAY,
    "a day and a second": DAY + SECOND,
    "a week": 7 * DAY,
    "30 days": 30 * DAY,
    "a month and a second": 30 * DAY + SECOND,
}


async def found(ends: SqlKeyEnds) -> KeyEnds | None:
    await ends.refresh()
    return ends.found


async def registered(database: Database, partner_id: str, left: Mapping[str, timedelta]) -> SqlPartners:
    """A partner with a device for each key end."""
    rows = SqlPartners(database, AdminRecord(database, who="a test"))
    partner = Partner(id=partner_id, kind="transit-turnstile", name=partner_id)
    await rows.add(partner)
    for number, span in enumerate(left.values()):
        device_id = f"dev_{partner_id}_{number}"
        given: Device = machine().device(id=device_id, partner=partner, kid=device_id, not_after=NOW + span)
        await rows.add_device(given)
    return rows


async def test_before_the_first_look_nothing_is_known(database: Database, clock: Hands) -> None:
    ends = SqlKeyEnds(database, clock)
    assert ends.found is None
    assert await found(ends) == KeyEnds(0, {1: 0, 7: 0, 30: 0})


async def test_keys_are_counted_by_how_long_they_last(database: Database, clock: Hands) -> None:
    await registered(database, "metro", LEFT)
    ends = SqlKeyEnds(database, clock)
    assert await found(ends) == KeyEnds(2, {1: 2, 7: 4, 30: 5})
    clock.now += 7 * DAY
    assert await found(ends) == KeyEnds(6, {1: 0, 7: 0, 30: 2})


async def test_who_is_revoked_or_suspended_is_nobodys_worry(database: Database, clock: Hands) -> None:
    rows, ends = await registered(database, "metro", LEFT), SqlKeyEnds(database, clock)
    await registered(database, "museum", {"a day": DAY})
    assert await rows.revoke_device("dev_metro_0")
    assert await rows.revoke_device("dev_metro_3")
    assert await found(ends) == KeyEnds(1, {1: 2, 7: 4, 30: 5})
    assert await rows.suspend("metro")
    assert await found(ends) == KeyEnds(0, {1: 1, 7: 1, 30: 1})


def test_metrics_and_the_check_speak_of_the_same_days() -> None:
    assert URGENCIES.keys() == {0, *WITHIN_DAYS}
