"""What residents hold: a standing, and until when the last card that is not revoked works in each sector."""

from datetime import timedelta

import pytest

from gateway.domain.passes import Holding
from gateway.domain.standing import Standing
from gateway.store.holdings import SqlHoldings
from tests.auth.key_home import NOW
from tests.store.city import City, new_pass

pytestmark = pytest.mark.anyio

VOLUNTEER = Standing(1000, NOW.date())


async def test_the_last_card_of_each_sector_counts(city: City) -> None:
    await city.residents.put([(b"holder", VOLUNTEER), (b"nothing", VOLUNTEER)])
    ends = {b"a": 10, b"b": 30, b"revoked": 90}
    for handle, days in ends.items():
        await city.registry.issue(b"holder", new_pass(handle, expires_at=NOW + timedelta(days=days)))
    await city.registry.issue(b"holder", new_pass(b"c", sector="transit", expires_at=NOW - timedelta(days=1)))
    await city.registry.revoke(b"revoked")
    assert await SqlHoldings(city.database).of([b"holder", b"nothing", b"nobody"]) == {
        b"holder": Holding(VOLUNTEER, {"venue": NOW + timedelta(days=30), "transit": NOW - timedelta(days=1)}),
        b"nothing": Holding(VOLUNTEER, {}),
    }
