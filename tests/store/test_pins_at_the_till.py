"""One PIN for redeeming and holding: one counter for both, none of it on verifying; a new try is a new id."""

import secrets
from pathlib import Path

import pytest

from gateway.auth import pins
from gateway.domain.holds import Hold
from gateway.domain.redemptions import Eligible, Redemption, Refused
from gateway.domain.rewards import QuotaPeriod
from gateway.store.tables import PIN_FAILURE
from tests.auth.key_home import Hands
from tests.store.city import City
from tests.store.theatre import Theatre

pytestmark = pytest.mark.anyio

WRONG = "0000"


@pytest.fixture
async def theatre(city: City, clock: Hands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Theatre:
    monkeypatch.setattr(pins, "SCRYPT_N", 16)
    theatre = Theatre(city, tmp_path / "keys", clock, per=QuotaPeriod.DAY, quota=50)
    await theatre.open()
    return theatre


async def test_wrong_pins_of_both_add_up_and_lock_both_but_not_the_question(theatre: Theatre) -> None:
    card = (await theatre.resident()).token
    assert isinstance(await theatre.hold(card), Hold)
    for attempt in (theatre.hold, theatre.redeem, theatre.hold):
        assert isinstance(await attempt(card, pin=WRONG), Refused)
    assert isinstance(await theatre.hold(card), Refused), "locked, with the right PIN, too"
    assert isinstance(await theatre.redeem(card), Refused)
    assert isinstance(await theatre.verify(card), Eligible), "asking takes no PIN and no notice of the lock"


async def test_asking_counts_nothing(theatre: Theatre, city: City) -> None:
    card = (await theatre.resident()).token
    await theatre.verify(card)
    assert await city.rows(PIN_FAILURE) == []


async def test_the_same_id_keeps_its_denial_and_a_new_one_is_a_new_try(
    theatre: Theatre,
) -> None:
    card, request_id = (await theatre.resident()).token, secrets.token_urlsafe(16)
    denied = await theatre.redeem(card, pin=WRONG, request_id=request_id)
    again = await theatre.redeem(card, request_id=request_id)
    assert isinstance(denied, Refused)
    assert isinstance(again, Refused)
    assert (again.reference, again.replayed) == (denied.reference, True)
    assert isinstance(await theatre.redeem(card), Redemption)
