"""Forgetting: what is past its time goes, all of it, and nothing else."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import insert

from gateway.domain.eligibility import Cause
from gateway.domain.ledger import PinTry
from gateway.store import sweep as sweeping
from gateway.store.sweep import CLOCKS_APART_MAX, sweep
from gateway.store.tables import ENROLMENT, ENTRY, PIN_FAILURE, USED_PROOF
from tests.auth.key_home import NOW, Hands
from tests.store.city import City
from tests.store.commands import denied, fresh_proof, granted, redeem
from tests.store.enrolling import enrolments, offer

pytestmark = pytest.mark.anyio

INSTANT = timedelta(milliseconds=1)


async def test_nothing_is_forgotten_before_its_time(city: City, clock: Hands) -> None:
    holder = await city.move_in()
    proof = replace(fresh_proof(), expires_at=NOW + timedelta(minutes=2))
    granted(await city.commit(redeem(holder, proof=proof)))
    wrong = PinTry(counter=b"counter", presented=True, right=False)
    denied(await city.commit(redeem(holder, pin=wrong)))
    before = await city.tables(USED_PROOF, PIN_FAILURE, ENTRY)
    clock.now = NOW + timedelta(minutes=60)
    assert await sweep(city.database) == 0
    assert await city.tables(USED_PROOF, PIN_FAILURE, ENTRY) == before


async def test_each_is_forgotten_when_its_time_has_come(city: City, clock: Hands) -> None:
    holder = await city.move_in()
    proof = replace(fresh_proof(), expires_at=NOW + timedelta(minutes=2))
    wrong = PinTry(counter=b"counter", presented=True, right=False)
    denied(await city.commit(redeem(holder, proof=proof, pin=wrong)))
    granted(await city.commit(redeem(holder)))

    clock.now = NOW + timedelta(hours=1) + INSTANT
    assert await sweep(city.database) == 1
    assert await city.rows(PIN_FAILURE) == []

    clock.now = proof.expires_at + CLOCKS_APART_MAX + INSTANT
    assert await sweep(city.database) == 1
    assert proof.digest not in {row["digest"] for row in await city.rows(USED_PROOF)}

    clock.now = NOW + timedelta(days=32)
    assert await sweep(city.database) == 2  # the denial, and the other proof
    assert [row["kind"] for row in await city.rows(ENTRY)] == ["REDEEMED"]
    assert await sweep(city.database) == 0


async def test_a_code_is_forgotten_once_it_has_expired(city: City, clock: Hands) -> None:
    expires_at = await enrolments(city).offer(offer())
    assert expires_at is not None
    clock.now = expires_at
    assert await sweep(city.database) == 0
    clock.now = expires_at + INSTANT
    assert await sweep(city.database) == 1
    assert await city.rows(ENROLMENT) == []


async def test_a_crowd_is_forgotten_in_batches(city: City, clock: Hands, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "BATCH", 3)
    async with city.database.write() as connection:
        proofs = [{"digest": bytes([number]), "expires_at": NOW} for number in range(8)]
        await connection.execute(insert(USED_PROOF), proofs)
    holder = await city.move_in()
    for _ in range(4):
        denied(await city.commit(redeem(holder, cause=Cause.NOT_ENTITLED)))
    clock.now = NOW + timedelta(days=32)
    assert await sweep(city.database) == 8 + 4 + 4
    assert await city.tables(USED_PROOF, PIN_FAILURE, ENTRY) == [[], [], []]
