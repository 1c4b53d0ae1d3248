"""Evidence is kept with every effect and with nothing else, and goes when the period closes."""

from datetime import timedelta

import pytest

from gateway.domain.eligibility import Cause
from gateway.domain.evidence import Kept, NotKept
from gateway.domain.ledger import Committed
from gateway.store.evidence import SqlEvidence
from gateway.store.sweep import sweep
from gateway.store.tables import EVIDENCE
from tests.auth.key_home import Hands
from tests.store.city import City
from tests.store.commands import DEVICE_ID, PARTNER_ID, PERIOD_CLOSES, again, denied, granted, redeem, reverse

pytestmark = pytest.mark.anyio

INSTANT = timedelta(milliseconds=1)


async def test_each_effect_leaves_its_own_evidence(city: City) -> None:
    taken = redeem(await city.move_in(), quantity=2)
    redemption = granted(await city.commit(taken))
    backs = [reverse(redemption, 1), reverse(redemption, 1)]
    for back in backs:
        granted(await city.commit(back))
    found = {row["request_id"]: row for row in await city.rows(EVIDENCE)}
    assert found == {
        command.request_id: {
            "partner_id": PARTNER_ID,
            "request_id": command.request_id,
            "redemption_id": redemption.id,
            "device_id": DEVICE_ID,
            "proof": command.evidence,
            "closes_at": PERIOD_CLOSES,
        }
        for command in (taken, *backs)
    }


async def test_a_denial_leaves_none(city: City) -> None:
    holder = await city.move_in()
    redemption = granted(await city.commit(redeem(holder)))
    await city.announce(capacity=1)
    kept = await city.rows(EVIDENCE)
    for command in (
        redeem(holder, cause=Cause.NOT_ENTITLED),
        redeem(holder, quantity=2),
        redeem(holder, quantity=2, occasion="show-1"),
        reverse(redemption, 2),
        reverse(redemption, redemption_id="rdm_unknown"),
    ):
        denied(await city.commit(command))
    assert await city.rows(EVIDENCE) == kept


async def test_a_replay_leaves_what_was_first(city: City) -> None:
    taken = redeem(await city.move_in())
    redemption = granted(await city.commit(taken))
    back = reverse(redemption)
    granted(await city.commit(back))
    kept = await city.rows(EVIDENCE)
    for command in (again(taken, evidence=b"another"), again(back, evidence=b"another")):
        outcome = await city.commit(command)
        assert isinstance(outcome, Committed)
        assert outcome.replayed
    assert await city.rows(EVIDENCE) == kept


async def test_it_is_found_by_the_redemption_or_by_the_reversal(city: City) -> None:
    taken, other = redeem(await city.move_in()), redeem(await city.move_in())
    redemption = granted(await city.commit(taken))
    granted(await city.commit(other))
    back = reverse(redemption)
    granted(await city.commit(back))
    evidence = SqlEvidence(city.database)
    for request_id, command in ((None, taken), (taken.request_id, taken), (back.request_id, back)):
        kept = await evidence.find(redemption.id, request_id)
        assert isinstance(kept, Kept)
        assert (kept.request_id, kept.proof) == (command.request_id, command.evidence)
        assert (kept.device.id, kept.device.partner.id) == (DEVICE_ID, PARTNER_ID)
    assert await evidence.find(redemption.id, other.request_id) is None
    assert await evidence.find("rdm_unknown") is None
    assert await evidence.find("rdm_unknown", taken.request_id) is None


async def test_a_revoked_device_s_evidence_stands(city: City) -> None:
    redemption = granted(await city.commit(redeem(await city.move_in())))
    assert await city.partners.revoke_device(DEVICE_ID)
    kept = await SqlEvidence(city.database).find(redemption.id)
    assert isinstance(kept, Kept)
    assert kept.device.revoked


async def test_it_goes_when_the_period_closes_and_no_sooner(city: City, clock: Hands) -> None:
    redemption = granted(await city.commit(redeem(await city.move_in())))
    back = reverse(redemption)
    granted(await city.commit(back))
    evidence = SqlEvidence(city.database)
    clock.now = PERIOD_CLOSES - INSTANT
    await sweep(city.database)
    assert len(await city.rows(EVIDENCE)) == 2
    clock.now = PERIOD_CLOSES
    assert await evidence.find(redemption.id) == NotKept(PERIOD_CLOSES)
    clock.now = PERIOD_CLOSES + INSTANT
    assert await sweep(city.database) == 2
    assert await city.rows(EVIDENCE) == []
    assert await evidence.find(redemption.id, back.request_id) == NotKept(PERIOD_CLOSES)


async def test_an_effect_from_before_evidence_has_none(city: City) -> None:
    redemption = granted(await city.commit(redeem(await city.move_in())))
    async with city.database.write() as connection:
        await connection.execute(EVIDENCE.delete())
    assert await SqlEvidence(city.database).find(redemption.id) == NotKept(None)
