"""An uploaded tap says nothing by what it costs, and its holder finds it in the access log; on both databases."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from gateway.auth.access_tags import AccessTags
from gateway.auth.pseudonyms import PeriodPseudonyms
from gateway.domain.offline import Allowance, Judged, Rejection, Tap, Upload, Verdict
from gateway.domain.passes import MintedPass, PresentedPass
from gateway.domain.redemptions import Redemption
from gateway.domain.rewards import QuotaPeriod
from gateway.services.access_log import BackgroundAccessLog
from gateway.services.upload_redemptions import upload_redemptions
from gateway.store.looks import SqlLooks
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.tables import LOOK, USED_SHOWING
from tests.auth.key_home import NOW, Hands, load
from tests.store.city import City
from tests.store.commands import DEVICE_ID, PARTNER_ID, REWARD
from tests.store.denied_once import SECOND
from tests.store.theatre import Theatre
from tests.store.tracing import traced

pytestmark = pytest.mark.anyio

ZONE = ZoneInfo("Asia/Shanghai")
TODAY = NOW.astimezone(ZONE).date()
EARLIER = NOW - timedelta(hours=1)
ALLOWANCE = Allowance(
    partner_id=PARTNER_ID,
    device_id=DEVICE_ID,
    day=TODAY,
    units=100,
    rewards=frozenset({REWARD}),
    issued_at=NOW - timedelta(days=1),
    ends_at=NOW + timedelta(days=1),
)


class Gate:
    """A theatre whose line was down, and the log of who met whom."""

    def __init__(self, theatre: Theatre, clock: Hands, keys: Path) -> None:
        database, keyring = theatre.city.database, load(keys, clock=clock)
        tags = AccessTags(PeriodPseudonyms(keyring, SqlPeriodKeys(database), clock=clock))
        self.log = BackgroundAccessLog(tags, SqlLooks(database), ZONE)
        self.theatre, self.city = theatre, theatre.city
        self.ports = replace(theatre.ports, access=self.log)
        self.token = self.ports.allowances.sign(ALLOWANCE)

    async def upload(self, *texts: str) -> tuple[Judged, ...]:
        """Hand in a tap for each pass, an hour late, and have it logged."""
        taps = [
            Tap(
                request_id=secrets.token_urlsafe(16),
                presented=PresentedPass(text),
                reward=REWARD,
                quantity=1,
                happened_at=EARLIER,
            )
            for text in texts
        ]
        caller = self.theatre.caller()
        judged = await upload_redemptions(self.ports, caller, Upload(allowance=self.token, taps=taps))
        assert isinstance(judged, tuple)
        await self.log.flush()
        return judged


@pytest.fixture
async def gate(city: City, clock: Hands, tmp_path: Path) -> Gate:
    """A gate that is warm: the keys of the period and of the log are at hand."""
    theatre = Theatre(city, tmp_path / "keys", clock, per=QuotaPeriod.DAY)
    await theatre.open()
    gate = Gate(theatre, clock, tmp_path / "keys")
    await gate.upload((await theatre.resident()).token)
    return gate


async def _unknown(theatre: Theatre) -> MintedPass:
    return theatre.minted()


async def _not_entitled(theatre: Theatre) -> MintedPass:
    return await theatre.resident(centihours=999)


async def _stale(theatre: Theatre) -> MintedPass:
    return await theatre.resident(age=timedelta(days=401))


async def _revoked(theatre: Theatre) -> MintedPass:
    minted = await theatre.resident()
    await theatre.city.registry.revoke(minted.handles[0])
    return minted


async def _used_up(theatre: Theatre) -> MintedPass:
    minted = await theatre.resident()
    assert isinstance(await theatre.redeem(minted.token), Redemption)
    return minted


NOT_GOOD: list[Callable[[Theatre], Awaitable[MintedPass]]] = [_unknown, _not_entitled, _stale, _revoked, _used_up]
"""For which an online request is denied, each for another cause."""


async def test_whatever_speaks_against_a_pass_its_tap_asks_the_database_the_same(gate: Gate) -> None:
    traces = {}
    for case in NOT_GOOD:
        minted = await case(gate.theatre)
        with traced() as trace:
            [judged] = await gate.upload(minted.token)
        assert judged.verdict is Verdict.ACCEPTED, case.__name__
        traces[case.__name__] = [*trace]
    first = traces["_unknown"]
    assert any("INSERT INTO look" in each for each in first), "a dummy for nobody"
    assert {name: trace for name, trace in traces.items() if trace != first} == {}


async def test_the_holder_finds_partner_and_day_of_a_tap_that_was_accepted(gate: Gate) -> None:
    good, ineligible = await gate.theatre.resident(), await gate.theatre.resident(centihours=999)
    await gate.upload(good.token, ineligible.token, good.token)
    for minted in (good, ineligible):
        record = (await gate.ports.directory.look_up(minted.handles[0], b"")).record
        assert record is not None
        assert await gate.log.read(record.resident_secret, [PARTNER_ID, "another"], TODAY) == [(TODAY, PARTNER_ID)]


async def test_what_only_a_gate_with_a_line_can_read_is_neither_logged_nor_used_up(gate: Gate) -> None:
    phone, [code, *_] = await gate.theatre.phone(), await gate.theatre.slip()
    shown, before = phone.shows(SECOND), await gate.city.tables(LOOK, USED_SHOWING)
    verdicts = await gate.upload(shown, code, (await gate.theatre.resident()).code)
    assert [(one.verdict, one.rejection) for one in verdicts] == [(Verdict.REJECTED, Rejection.NOT_VERIFIABLE)] * 3
    assert await gate.city.tables(LOOK, USED_SHOWING) == before
    for one in (shown, code):
        assert isinstance(await gate.theatre.redeem(one), Redemption), "it is as good as before"
