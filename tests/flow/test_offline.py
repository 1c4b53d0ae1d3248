"""A gate goes on while its line is down, and hands in what it granted: over HTTP, with the real client."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from laurel_client import BadInput, LaurelClient, Redemption, Tap, TapVerdict, Verdict, new_request_id
from tests.flow.processes import run
from tests.flow.sandboxes import Sandbox

pytestmark = pytest.mark.anyio

RIDE = "transit-discount"


@pytest.fixture
async def gate(city: Sandbox) -> AsyncIterator[LaurelClient]:
    async with LaurelClient(city.partner("transit-turnstile")) as client:
        yield client


def _tap(token: str, *, seconds_ago: float = 0, **changes: object) -> Tap:
    at = datetime.now(UTC) - timedelta(seconds=seconds_ago)
    return replace(Tap(request_id=new_request_id(), pass_=token, reward=RIDE, happened_at=at), **changes)  # type: ignore[arg-type]


async def _upload(gate: LaurelClient, *taps: Tap) -> list[TapVerdict]:
    allowance = await gate.offline_allowance()
    assert allowance is not None
    found = [one async for one in gate.upload(allowance.token, taps)]
    assert all(isinstance(one, TapVerdict) for one in found)
    return [one for one in found if isinstance(one, TapVerdict)]


async def test_whoever_it_was_the_partner_hears_the_same(city: Sandbox, gate: LaurelClient) -> None:
    """Somebody entitled, somebody not, somebody whose card was revoked, and a fifth ride of one day."""
    [issued] = await city.steward.resident("transit")
    tokens = [issued.token] * 5 + [
        city.persona(name, "transit")["token"] for name in ("volunteer-9.5h", "card-revoked")
    ]
    taps = [_tap(token) for token in tokens]
    verdicts = await _upload(gate, *taps)
    assert [one.request_id for one in verdicts] == [tap.request_id for tap in taps]
    assert {(one.verdict, one.reason, one.message) for one in verdicts} == {(Verdict.ACCEPTED, None, None)}
    again = await _upload(gate, *taps)
    assert {one.verdict for one in again} == {Verdict.DUPLICATE}
    assert [one.redemption_id for one in again] == [one.redemption_id for one in verdicts]
    recorded = await gate.redemption(request_id=taps[-1].request_id)
    assert recorded is not None
    assert recorded.id == verdicts[-1].redemption_id


async def test_the_same_tap_online_and_offline_counts_once(city: Sandbox, gate: LaurelClient) -> None:
    [issued] = await city.steward.resident("transit")
    first, second = _tap(issued.token), _tap(issued.token)
    online = await gate.redeem_reward(issued.token, RIDE, request_id=first.request_id)
    assert isinstance(online, Redemption)
    duplicate, accepted = await _upload(gate, first, second)
    assert (duplicate.verdict, duplicate.redemption_id) == (Verdict.DUPLICATE, online.id)
    retried = await gate.redeem_reward(issued.token, RIDE, request_id=second.request_id)
    assert isinstance(retried, Redemption)
    assert (retried.id, retried.replayed) == (accepted.redemption_id, True)


async def test_what_a_gate_should_not_have_granted_is_rejected_and_listed(
    city: Sandbox, gate: LaurelClient, tmp_path: Path
) -> None:
    [issued] = await city.steward.resident("transit")
    verdicts = await _upload(
        gate,
        _tap(issued.token, seconds_ago=7200),
        _tap(issued.code),
        _tap(issued.token[:-8] + "AAAAAAAA"),
        _tap(issued.token, reward="cinema-discount"),
    )
    assert [one.reason for one in verdicts] == [
        "OUTSIDE_ALLOWANCE",
        "NOT_VERIFIABLE",
        "NOT_VERIFIABLE",
        "UNKNOWN_REWARD",
    ]
    assert all(one.verdict is Verdict.REJECTED and one.redemption_id is None for one in verdicts)
    month = datetime.now(UTC).astimezone(programme_zone()).strftime("%Y-%m")
    settled = await gate.settlement(month)
    rejected = {line.reason: line.taps for line in settled.offline if line.verdict == "REJECTED"}
    assert rejected["NOT_VERIFIABLE"] >= 2
    settings = {
        "GATEWAY_DATABASE_URL": city.database_url,
        "GATEWAY_KEYS_DIR": str(city.home / "keys"),
        "GATEWAY_PUBLIC_URL": city.gateway.url,
    }
    done = run("settlement", month, "--out", tmp_path, folder=tmp_path, settings=settings)
    assert (done.returncode, done.stderr) == (0, "")
    listed = (tmp_path / f"settlement-{month}-harbour-metro-rejected.csv").read_text()
    assert all(one.request_id in listed for one in verdicts)
    assert run("audit", "ledger", folder=tmp_path, settings=settings).returncode == 0


def programme_zone() -> timezone:
    """Return the programme's time zone, which has no summer time."""
    return timezone(timedelta(hours=8))


async def test_many_taps_go_in_several_uploads(city: Sandbox, gate: LaurelClient) -> None:
    [issued] = await city.steward.resident("transit")
    taps = [_tap(issued.token) for _ in range(40)]
    verdicts = await _upload(gate, *taps)
    assert [one.request_id for one in verdicts] == [tap.request_id for tap in taps]
    assert {one.verdict for one in verdicts} == {Verdict.ACCEPTED}


async def test_an_allowance_is_the_partner_s_own(city: Sandbox, gate: LaurelClient) -> None:
    allowance = await gate.offline_allowance()
    assert allowance is not None
    assert (allowance.rewards, allowance.ends_at - allowance.issued_at) == ((RIDE,), timedelta(hours=72))
    async with LaurelClient(city.partner("venue-counter")) as counter:
        assert await counter.offline_allowance() is None
        with pytest.raises(BadInput, match="allowance"):
            [one async for one in counter.upload(allowance.token, [_tap("token.of.nobody")])]
