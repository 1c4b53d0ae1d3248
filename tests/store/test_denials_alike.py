"""A denial says nothing by what it costs: whatever the cause, the database is asked the very same."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from gateway.auth import pins
from gateway.domain.holds import Hold
from gateway.domain.passes import MintedPass
from gateway.domain.redemptions import NotEligible, Reason, Redemption, Refused
from gateway.domain.rewards import QuotaPeriod
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.denied_once import ONCE, WRONG_PIN, Shown, code_and_wrong_pin, showing_and_wrong_pin
from tests.store.theatre import PIN, Theatre
from tests.store.tracing import traced

pytestmark = pytest.mark.anyio


async def _unknown_code(theatre: Theatre) -> Shown:
    return theatre.unknown_code(), PIN


async def _unknown_token(theatre: Theatre) -> Shown:
    return theatre.minted().token, PIN


async def _forged(theatre: Theatre) -> Shown:
    token = (await theatre.resident()).token
    return token[:-20] + "A" * 20, PIN


async def _revoked(theatre: Theatre) -> Shown:
    minted = await theatre.resident()
    await theatre.city.registry.revoke(minted.handles[0])
    return minted.code, PIN


async def _expired(theatre: Theatre) -> Shown:
    minted = theatre.minted(expires_at=NOW - timedelta(days=1))
    return (await theatre.resident(minted=minted)).token, PIN


async def _other_sector(theatre: Theatre) -> Shown:
    return (await theatre.resident(minted=theatre.minted(sector="transit"))).code, PIN


async def _not_entitled(theatre: Theatre) -> Shown:
    return (await theatre.resident(centihours=999)).code, PIN


async def _stale(theatre: Theatre) -> Shown:
    return (await theatre.resident(age=timedelta(days=401))).token, PIN


async def _used_up(theatre: Theatre) -> Shown:
    minted = await theatre.resident()
    assert isinstance(await theatre.redeem(minted.token), Redemption)
    return minted.code, PIN


async def _held(theatre: Theatre) -> Shown:
    minted = await theatre.resident()
    assert isinstance(await theatre.hold(minted.token), Hold)
    return minted.token, PIN


async def _wrong_pin(theatre: Theatre) -> Shown:
    return (await theatre.resident()).token, WRONG_PIN


async def _no_pin(theatre: Theatre) -> Shown:
    return (await theatre.resident()).token, None


async def _locked(theatre: Theatre) -> Shown:
    minted: MintedPass = await theatre.resident()
    for _ in range(3):
        await theatre.redeem(minted.token, pin=WRONG_PIN)
    return minted.token, PIN


ABOUT_THE_PASS: list[Callable[[Theatre], Awaitable[Shown]]] = [
    _unknown_code,
    _unknown_token,
    _forged,
    _revoked,
    _expired,
    _other_sector,
    _not_entitled,
    _stale,
    _used_up,
    _held,
    *ONCE,
]
ABOUT_THE_PIN = [_wrong_pin, _no_pin, _locked, code_and_wrong_pin, showing_and_wrong_pin]


@pytest.fixture(params=[QuotaPeriod.DAY, QuotaPeriod.OCCASION])
async def theatre(
    city: City, clock: Hands, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> Theatre:
    """A theatre that is warm: the period's key is at hand, for everybody."""
    monkeypatch.setattr(pins, "SCRYPT_N", 16)  # what a PIN costs is not what is measured here
    theatre = Theatre(city, tmp_path / "keys", clock, per=request.param)
    await theatre.open()
    assert isinstance(await theatre.redeem((await theatre.resident()).token), Redemption)
    return theatre


@pytest.mark.parametrize("take", [Theatre.redeem, Theatre.hold])
async def test_every_denial_asks_the_database_the_same(theatre: Theatre, take: Any) -> None:
    traces = {}
    for case in [*ABOUT_THE_PASS, *ABOUT_THE_PIN]:
        text, pin = await case(theatre)
        with traced() as trace:
            answer = await take(theatre, text, pin=pin)
        assert isinstance(answer, Refused), case.__name__
        assert answer.reason is Reason.NOT_ELIGIBLE, case.__name__
        assert answer.reference is not None
        traces[case.__name__] = [*trace, f"{len(answer.reference)} characters"]
    first = traces["_unknown_code"]
    assert len(first) > 8
    assert {name: trace for name, trace in traces.items() if trace != first} == {}


async def test_every_no_asks_the_database_the_same(theatre: Theatre) -> None:
    traces = {}
    for case in ABOUT_THE_PASS:
        text, _ = await case(theatre)
        with traced() as trace:
            answer = await theatre.verify(text)
        assert isinstance(answer, NotEligible), case.__name__
        traces[case.__name__] = [*trace, f"{len(answer.reference)} characters"]
    with traced() as yes:
        assert not isinstance(await theatre.verify((await theatre.resident()).token), NotEligible)
    first = traces["_unknown_code"]
    assert {name: trace for name, trace in traces.items() if trace != first} == {}
    assert [each for each in yes if each.startswith("SELECT")][-2:] == [
        each for each in first if each.startswith("SELECT")
    ][-2:]


async def test_the_trace_can_tell_a_denial_from_a_redemption(theatre: Theatre) -> None:
    """Otherwise the tests above would show nothing."""
    with traced() as granted:
        await theatre.redeem((await theatre.resident()).token)
    with traced() as denied:
        await theatre.redeem(theatre.unknown_code())
    assert any("INSERT INTO redemption" in each for each in granted)
    assert not any("INSERT INTO redemption" in each for each in denied)
