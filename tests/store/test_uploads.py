"""Uploaded taps: paid inside the allowance, to the unit; what no quota holds is overdraft; the books balance."""

import asyncio
import secrets
from datetime import timedelta

import pytest

from gateway.domain.conservation import Law
from gateway.domain.ledger import NotAccepted
from gateway.domain.offline import Judged, RecordTap, Rejection, Verdict
from gateway.domain.redemptions import Reason, Redemption, ReversalReason
from gateway.store.conservation import check
from gateway.store.snapshots import snapshot
from gateway.store.tables import ENTRY, EVIDENCE, OFFLINE_ALLOWANCE, QUOTA, TAP
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.commands import (
    DEVICE_ID,
    PARTNER_ID,
    again,
    denied,
    fresh_request,
    granted,
    redeem,
    reverse,
)
from tests.store.taps import ALLOWANCE, DAY, EARLIER, tap

pytestmark = pytest.mark.anyio


async def upload(city: City, *taps: RecordTap) -> list[Judged]:
    """Record taps under one fresh proof, and return their verdicts."""
    proof = fresh_request()["proof"]
    recorded = await city.uploads.record([again(one, proof=proof) for one in taps])
    assert not isinstance(recorded, NotAccepted)
    return [recorded[one.request_id] for one in taps if one.request_id in recorded]


async def quota(city: City) -> list[tuple[int, int]]:
    """Return used units and overdraft of each quota."""
    return [(row["used"], row["overdraft"]) for row in await city.rows(QUOTA)]


async def books_balance(url: str) -> bool:
    """Whether every law holds."""
    async with snapshot(url) as connection:
        return all([(await check(connection, law)).differing == 0 for law in Law])


async def test_a_tap_is_a_redemption_at_its_own_time(city: City, database_url: str) -> None:
    holder = await city.move_in()
    one = tap(holder)
    [judged] = await upload(city, one)
    assert judged == Judged(request_id=one.request_id, verdict=Verdict.ACCEPTED, redemption_id=one.redemption_id)
    found = await city.ledger.redemption(PARTNER_ID, request_id=one.request_id)
    assert found is not None
    assert (found.id, found.redeemed_at, found.happened_at) == (one.redemption_id, NOW, EARLIER)
    [row] = await city.rows(TAP)
    assert (row["verdict"], row["happened_at"], row["arrived_at"]) == ("ACCEPTED", EARLIER, NOW)
    [proof] = await city.rows(EVIDENCE)
    assert proof["proof"] == one.evidence
    assert await quota(city) == [(1, 0)]
    assert await books_balance(database_url)


async def test_what_the_quota_does_not_hold_is_overdraft(city: City, database_url: str) -> None:
    holder = await city.move_in()
    granted(await city.commit(redeem(holder, quantity=2)))
    verdicts = await upload(city, tap(holder), tap(await city.move_in(), allowance=0))
    assert {one.verdict for one in verdicts} == {Verdict.ACCEPTED}
    assert sorted(await quota(city)) == [(0, 1), (2, 1)]
    assert await books_balance(database_url)


async def test_overdraft_comes_back_as_overdraft(city: City, database_url: str) -> None:
    holder = await city.move_in()
    online = granted(await city.commit(redeem(holder, quantity=2)))
    one = tap(holder, quantity=2)
    await upload(city, one)
    offline = await city.ledger.redemption(PARTNER_ID, redemption_id=one.redemption_id)
    assert isinstance(offline, Redemption)
    granted(await city.commit(reverse(offline, 1)))
    assert await quota(city) == [(2, 1)]
    granted(await city.commit(reverse(online, 1)))
    granted(await city.commit(reverse(offline, 1)))
    assert await quota(city) == [(1, 0)]
    assert await books_balance(database_url)


async def test_beyond_the_allowance_nothing_is_taken(city: City, database_url: str) -> None:
    one, two, three = [tap(await city.move_in(), quantity=2) for _ in range(2)] + [tap(await city.move_in())]
    verdicts = await upload(city, one, two, three)
    assert [each.verdict for each in verdicts] == [Verdict.ACCEPTED, Verdict.REJECTED, Verdict.ACCEPTED]
    assert verdicts[1].rejection is Rejection.BEYOND_ALLOWANCE
    assert await quota(city) == [(2, 0), (1, 0)] or await quota(city) == [(1, 0), (2, 0)]
    [row] = await city.rows(OFFLINE_ALLOWANCE)
    assert (row["device_id"], row["day"], row["used"], row["units"]) == (DEVICE_ID, DAY, 3, 3)
    assert await books_balance(database_url)


async def test_of_a_rejected_tap_no_quota_and_no_evidence_is_left(city: City) -> None:
    one = tap(await city.move_in(), rejection=Rejection.OUTSIDE_ALLOWANCE)
    [judged] = await upload(city, one)
    assert (judged.verdict, judged.rejection, judged.redemption_id) == (
        Verdict.REJECTED,
        Rejection.OUTSIDE_ALLOWANCE,
        None,
    )
    assert await city.tables(QUOTA, EVIDENCE, OFFLINE_ALLOWANCE) == [[], [], []]
    online = again(redeem(await city.move_in()), request_id=one.request_id)
    outcome = await city.commit(online)
    assert outcome.entry.reason is Reason.REQUEST_REUSED  # type: ignore[union-attr]


async def test_what_is_on_record_is_not_recorded_again(city: City) -> None:
    one, online = tap(await city.move_in()), redeem(await city.move_in())
    await upload(city, one)
    granted(await city.commit(online))
    before = await city.effects()
    assert await upload(city, one, tap(await city.move_in(), request_id=online.request_id)) == []
    assert await city.effects() == before
    state = await city.uploads.state(PARTNER_ID, ALLOWANCE, [one.request_id, online.request_id, "new"])
    assert (state.now, state.used, set(state.known)) == (NOW, 1, {one.request_id, online.request_id})
    assert state.known[one.request_id].verdict is Verdict.ACCEPTED
    assert state.known[online.request_id].verdict is None
    assert state.known[online.request_id].redemption_id == online.redemption_id


async def test_a_rejection_is_remembered_after_its_entry_is_forgotten(city: City, clock: Hands) -> None:
    one = tap(await city.move_in(), rejection=Rejection.NOT_VERIFIABLE)
    await upload(city, one)
    async with city.database.write() as connection:
        await connection.execute(ENTRY.delete())
    known = (await city.uploads.state(PARTNER_ID, ALLOWANCE, [one.request_id])).known
    assert known[one.request_id].fingerprint is None
    assert known[one.request_id].rejection is Rejection.NOT_VERIFIABLE


async def test_an_allowance_is_exact_whoever_races(city: City, database_url: str) -> None:
    holders = [await city.move_in() for _ in range(8)]
    batches = [[tap(holder) for holder in holders[number::2]] for number in range(2)]
    batches += [[again(one) for one in reversed(batch)] for batch in batches]
    verdicts = [
        one for found in await asyncio.gather(*(upload(city, *batch) for batch in batches)) for one in found
    ]
    assert sum(one.verdict is Verdict.ACCEPTED for one in verdicts) == 3
    assert len(verdicts) == len({one.request_id for one in verdicts}) == 8
    assert await books_balance(database_url)


async def test_a_used_proof_records_nothing(city: City) -> None:
    one, two = tap(await city.move_in()), tap(await city.move_in())
    await upload(city, one)
    used = again(two, proof=redeem(await city.move_in()).proof)
    assert not isinstance(await city.uploads.record([used]), NotAccepted)
    assert await city.uploads.record([again(tap(await city.move_in()), proof=used.proof)]) == NotAccepted()


async def test_a_gate_that_did_not_open_is_annulled_by_the_time_of_the_tap(city: City) -> None:
    one = tap(await city.move_in())
    await upload(city, one)
    offline = await city.ledger.redemption(PARTNER_ID, redemption_id=one.redemption_id)
    assert offline is not None
    reason = ReversalReason.GATE_NOT_OPENED
    late = reverse(offline, reason=reason, happened_at=EARLIER + timedelta(minutes=16))
    assert denied(await city.commit(late)) == (Reason.WINDOW_CLOSED, None)
    granted(await city.commit(reverse(offline, reason=reason, happened_at=EARLIER + timedelta(minutes=14))))
    assert await quota(city) == [(0, 0)]


async def test_a_request_id_is_one_partner_s_own(city: City) -> None:
    one = tap(await city.move_in(), request_id=secrets.token_urlsafe(16))
    await upload(city, one)
    state = await city.uploads.state("museum", ALLOWANCE, [one.request_id])
    assert state.known == {}
