"""One request id, one outcome: retries get it again, and a denial stays until it is forgotten."""

import secrets
from datetime import timedelta

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import Committed, EntryKind, NotAccepted
from gateway.domain.redemptions import Reason, Redemption, Refused
from gateway.services.answers import answer
from gateway.store.database import Database
from gateway.store.sweep import sweep
from gateway.store.tables import ENTRY, REDEMPTION
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.commands import PARTNER_ID, again, denied, granted, not_eligible, redeem, reverse

pytestmark = pytest.mark.anyio


async def test_a_retry_gets_the_same_entry_and_does_nothing(city: City) -> None:
    command = redeem(await city.move_in())
    first = await city.commit(command)
    granted(first)
    before = await city.effects()
    for _ in range(2):
        retried = await city.commit(again(command, redemption_id="rdm_another"))
        assert isinstance(first, Committed)
        assert retried == Committed(first.entry, replayed=True)
    assert await city.effects() == before


async def test_a_retry_gets_the_answer_as_it_was_before_a_reversal(city: City) -> None:
    command = redeem(await city.move_in(), quantity=2)
    redemption = granted(await city.commit(command))
    granted(await city.commit(reverse(redemption, 1)))
    retried = await city.commit(again(command))
    assert isinstance(retried, Committed)
    assert retried.entry.redemption == redemption
    assert retried.entry.kind is EntryKind.REDEEMED


async def test_another_request_under_the_id_is_left_to_the_service_to_refuse(city: City) -> None:
    command = redeem(await city.move_in())
    granted(await city.commit(command))
    before = await city.effects()
    other = again(command, fingerprint=secrets.token_bytes(32), quantity=2)
    outcome = await city.commit(other)
    assert isinstance(outcome, Committed)
    assert outcome.replayed
    assert outcome.entry.fingerprint == command.fingerprint
    assert answer(outcome, other.fingerprint, Redemption) == Refused(Reason.REQUEST_REUSED)
    assert await city.effects() == before


async def test_a_reversal_under_the_id_of_a_redemption_does_nothing(city: City) -> None:
    command = redeem(await city.move_in())
    redemption = granted(await city.commit(command))
    before = await city.effects()
    outcome = await city.commit(reverse(redemption, request_id=command.request_id))
    assert isinstance(outcome, Committed)
    assert outcome.entry.fingerprint == command.fingerprint
    assert await city.effects() == before


async def test_each_partner_has_its_own_request_ids(city: City) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    command = redeem(await city.move_in())
    theirs = again(
        command, partner_id="city-museum", device_id="city-museum-till", redemption_id=f"rdm_{'0' * 22}"
    )
    granted(await city.commit(command))
    granted(await city.commit(theirs))
    assert len(await city.rows(REDEMPTION)) == 2


async def test_recall_finds_what_answers_for_a_request(city: City) -> None:
    holder = await city.move_in()
    for command in (redeem(holder), redeem(holder, cause=Cause.NOT_ENTITLED)):
        assert await city.ledger.recall(PARTNER_ID, command.request_id) is None
        outcome = await city.commit(command)
        assert isinstance(outcome, Committed)
        assert await city.ledger.recall(PARTNER_ID, command.request_id) == outcome.entry
        assert await city.ledger.recall("city-museum", command.request_id) is None


async def test_a_denial_is_final_for_its_id(city: City) -> None:
    command = redeem(await city.move_in(), cause=Cause.NOT_ENTITLED, allowance=0)
    first = await city.commit(command)
    assert denied(first) == not_eligible(Cause.NOT_ENTITLED)
    entitled_since = again(command, cause=None, allowance=2)
    assert isinstance(first, Committed)
    assert await city.commit(entitled_since) == Committed(first.entry, replayed=True)
    assert await city.rows(REDEMPTION) == []


async def test_a_denial_holds_nothing_but_what_answers_a_retry(city: City) -> None:
    command = redeem(await city.move_in(), cause=Cause.NOT_ENTITLED)
    denied(await city.commit(command))
    [row] = await city.rows(ENTRY)
    forget_after = row.pop("forget_after")
    assert {name: value for name, value in row.items() if value is not None} == {
        "partner_id": command.partner_id,
        "request_id": command.request_id,
        "fingerprint": command.fingerprint,
        "kind": "DENIED",
        "reason": "NOT_ELIGIBLE",
        "reference": "sealed not-entitled",
    }
    assert forget_after.time().isoformat() == "00:00:00"  # a day, not the minute at which somebody was denied
    assert timedelta(days=30) <= forget_after - NOW <= timedelta(days=31)


async def test_a_denial_is_forgotten_after_thirty_days(city: City, database: Database, clock: Hands) -> None:
    command = redeem(await city.move_in(), cause=Cause.NOT_ENTITLED)
    denied(await city.commit(command))
    clock.now = NOW + timedelta(days=30)
    await sweep(database)
    assert await city.ledger.recall(PARTNER_ID, command.request_id) is not None
    clock.now = NOW + timedelta(days=31)
    await sweep(database)
    assert await city.ledger.recall(PARTNER_ID, command.request_id) is None
    granted(await city.commit(again(command, cause=None)))


async def test_an_effect_is_never_forgotten(city: City, database: Database, clock: Hands) -> None:
    command = redeem(await city.move_in())
    redemption = granted(await city.commit(command))
    back = reverse(redemption)
    granted(await city.commit(back))
    clock.now = NOW + timedelta(days=3650)
    await sweep(database)
    for request in (command, back):
        retried = await city.commit(again(request))
        assert isinstance(retried, Committed)
        assert retried.replayed


async def test_a_proof_works_once(city: City) -> None:
    holder = await city.move_in()
    command = redeem(holder)
    redemption = granted(await city.commit(command))
    before = await city.effects()
    for used in (
        command,  # not even for the same request: a retry signs a fresh proof
        redeem(holder, proof=command.proof),
        reverse(redemption, proof=command.proof),
    ):
        assert await city.commit(used) == NotAccepted()
    assert await city.effects() == before
