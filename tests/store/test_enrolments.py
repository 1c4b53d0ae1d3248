"""Enrolment codes: each makes one device, once, for whoever brings it first; all that is kept is a hash."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import update

from gateway.domain.enrolments import NotEnrolled
from gateway.domain.partners import Device, Partner, Scope
from gateway.store.enrolments import CLOCKS_APART_MAX, SqlEnrolments
from gateway.store.partner_directory import SqlPartnerDirectory
from gateway.store.tables import DEVICE, ENROLMENT, PARTNER, USED_PROOF
from tests.auth.key_home import DAY, NOW, Hands
from tests.store.city import City
from tests.store.commands import DEVICE_ID, PARTNER_ID
from tests.store.enrolling import HOUR, KIND, again, enrolments, machine, offer, redeem

pytestmark = pytest.mark.anyio


@pytest.fixture
def rows(city: City) -> SqlEnrolments:
    return enrolments(city)


async def test_a_code_becomes_a_device_that_may_sign_in(city: City, rows: SqlEnrolments) -> None:
    assert await rows.offer(offer()) == NOW + HOUR
    assert await rows.open_codes(PARTNER_ID) == 1
    candidate = machine()
    device = await redeem(rows, candidate)
    assert device == Device(
        id=candidate.device_id,
        partner=Partner(id=PARTNER_ID, kind=KIND, name="Grand Theatre"),
        label="till 2",
        kid=candidate.kid,
        public_jwk=candidate.public_jwk,
        scopes=frozenset({Scope.VERIFY}),
        not_before=NOW - CLOCKS_APART_MAX,
        not_after=NOW + 30 * DAY,
    )
    assert await SqlPartnerDirectory(city.database).device(PARTNER_ID, candidate.kid) == device
    assert device.works_at(NOW)
    assert await city.rows(ENROLMENT) == []


async def test_what_happened_is_on_record_without_the_code(city: City, rows: SqlEnrolments) -> None:
    await rows.offer(offer())
    await redeem(rows, machine())
    *_, offered, enrolled = await city.acts.acts()
    assert (offered.action, offered.subject) == ("partners offer-code", PARTNER_ID)
    assert offered.facts == {"device": "dev_636f6465", "scopes": "verify", "days": 30, "hours": 1}
    assert (enrolled.action, enrolled.subject) == ("partners enrol-device", "dev_636f6465")
    assert enrolled.facts == {"partner": PARTNER_ID, "scopes": "verify", "days": 30}


async def test_a_code_works_once(city: City, rows: SqlEnrolments) -> None:
    await rows.offer(offer())
    await redeem(rows, machine())
    before = await city.tables(DEVICE, USED_PROOF)
    assert await redeem(rows, machine()) is NotEnrolled.CODE
    assert await city.tables(DEVICE, USED_PROOF) == before


async def test_a_lost_answer_is_given_again_to_the_same_key(city: City, rows: SqlEnrolments, clock: Hands) -> None:
    await rows.offer(offer())
    candidate = machine()
    device = await redeem(rows, candidate)
    clock.now += 2 * HOUR
    acts = await city.acts.acts()
    assert await redeem(rows, again(candidate), now=clock.now) == device
    assert await city.acts.acts() == acts


@pytest.mark.parametrize("end", ["revoked", "expired"])
async def test_a_device_that_ended_is_not_given_again(rows: SqlEnrolments, city: City, end: str) -> None:
    await rows.offer(offer())
    candidate = machine()
    device = await redeem(rows, candidate)
    assert isinstance(device, Device)
    if end == "revoked":
        await city.partners.revoke_device(device.id)
    now = NOW if end == "revoked" else device.not_after
    assert await redeem(rows, again(candidate), now=now) is NotEnrolled.CODE


async def _nothing(city: City, rows: SqlEnrolments, clock: Hands) -> None:
    """No code was ever offered."""


async def _expire(city: City, rows: SqlEnrolments, clock: Hands) -> None:
    await rows.offer(offer())
    clock.now += HOUR


async def _suspend(city: City, rows: SqlEnrolments, clock: Hands) -> None:
    await rows.offer(offer())
    async with city.database.write() as connection:  # without withdrawing the code
        await connection.execute(update(PARTNER).values(suspended_at=NOW))


async def _withdraw(city: City, rows: SqlEnrolments, clock: Hands) -> None:
    await rows.offer(offer())
    assert await rows.withdraw(PARTNER_ID) == 1


Wrong = Callable[[City, SqlEnrolments, Hands], Awaitable[None]]


@pytest.mark.parametrize("wrong", [_nothing, _expire, _suspend, _withdraw])
async def test_every_code_that_is_not_good_has_one_answer(
    city: City, rows: SqlEnrolments, clock: Hands, wrong: Wrong
) -> None:
    await wrong(city, rows, clock)
    before = await city.tables(DEVICE, ENROLMENT, USED_PROOF)
    assert await redeem(rows, machine()) is NotEnrolled.CODE
    assert await city.tables(DEVICE, ENROLMENT, USED_PROOF) == before


async def test_a_stranger_s_code_does_not_wait_for_the_one_writer_nor_hold_it(
    city: City, rows: SqlEnrolments
) -> None:
    await rows.offer(offer(b"other"))
    async with city.database.write() as connection:
        await connection.execute(update(PARTNER).values(name="busy"))
        assert await redeem(rows, machine()) is NotEnrolled.CODE
    assert isinstance(await redeem(rows, machine(b"other")), Device)


async def test_a_code_is_good_until_its_last_moment(rows: SqlEnrolments, clock: Hands) -> None:
    await rows.offer(offer())
    clock.now += HOUR - timedelta(milliseconds=1)
    assert isinstance(await redeem(rows, machine()), Device)


async def test_a_kind_that_is_gone_leaves_the_code_for_when_it_is_back(rows: SqlEnrolments) -> None:
    await rows.offer(offer())
    candidate = machine()
    assert await redeem(rows, candidate, kinds={"gas-desk"}) is NotEnrolled.CODE
    assert isinstance(await redeem(rows, candidate), Device)
    assert await redeem(rows, again(candidate), kinds={"gas-desk"}) is NotEnrolled.CODE


async def test_a_key_that_is_registered_leaves_the_code_as_it_was(city: City, rows: SqlEnrolments) -> None:
    await rows.offer(offer())
    [known] = await city.partners.devices(PARTNER_ID)
    before = await city.tables(DEVICE, ENROLMENT, USED_PROOF)
    assert await redeem(rows, machine(kid=known.kid)) is NotEnrolled.KEY
    assert await city.tables(DEVICE, ENROLMENT, USED_PROOF) == before
    assert isinstance(await redeem(rows, machine()), Device)


async def test_one_key_takes_one_code_alone(rows: SqlEnrolments) -> None:
    for code in (b"one", b"two"):
        await rows.offer(offer(code))
    first = machine(b"one")
    await redeem(rows, first)
    second = replace(machine(b"two"), kid=first.kid, public_jwk=first.public_jwk)
    assert await redeem(rows, second) is NotEnrolled.KEY
    assert await rows.open_codes(PARTNER_ID) == 1


async def test_a_proof_is_used_up_and_leaves_the_code_as_it_was(city: City, rows: SqlEnrolments) -> None:
    for code in (b"one", b"two"):
        await rows.offer(offer(code))
    first = machine(b"one")
    await redeem(rows, first)
    assert await redeem(rows, first) is NotEnrolled.PROOF
    assert await redeem(rows, machine(b"two", proof=first.proof)) is NotEnrolled.PROOF
    assert await rows.open_codes(PARTNER_ID) == 1
    assert len(await city.partners.devices(PARTNER_ID)) == 2


async def test_no_code_is_offered_to_nobody_or_to_a_suspended_partner(city: City, rows: SqlEnrolments) -> None:
    assert await rows.offer(offer(partner_id="nobody")) is None
    await city.partners.suspend(PARTNER_ID)
    assert await rows.offer(offer()) is None
    assert await city.rows(ENROLMENT) == []


async def test_codes_are_withdrawn_of_one_partner_alone(city: City, rows: SqlEnrolments, clock: Hands) -> None:
    await city.open_partner("city-museum", "city-museum-till")
    await rows.offer(offer(b"old"))
    clock.now += HOUR
    await rows.offer(offer(b"one"))
    await rows.offer(offer(b"other", partner_id="city-museum"))
    assert await rows.withdraw(PARTNER_ID) == 1
    assert (await rows.open_codes(PARTNER_ID), await rows.open_codes("city-museum")) == (0, 1)
    acts = await city.acts.acts()
    assert (acts[-1].action, acts[-1].facts) == ("partners withdraw-codes", {"codes": 1})
    assert await rows.withdraw(PARTNER_ID) == 0
    assert await city.acts.acts() == acts
    assert isinstance(await redeem(rows, machine(b"other")), Device)
    assert DEVICE_ID in [one.id for one in await city.partners.devices()]
