"""Enrolling a device: what became of the code is passed on, with what the partner's kind may do."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

import pytest

from gateway.domain.enrolments import Candidate, NotEnrolled
from gateway.domain.partners import Device, ProofId, Scope
from gateway.services.enrol_device import Enrolled, enrol_device
from tests.auth.key_home import NOW
from tests.auth.machines import PROFILES, machine

pytestmark = pytest.mark.anyio

MACHINE = machine()
CANDIDATE = Candidate(
    code_hash=b"hash",
    device_id="dev_1",
    kid=MACHINE.kid,
    public_jwk=MACHINE.jwk,
    proof=ProofId(b"proof", NOW),
)


@dataclass
class OneAnswer:
    """Codes that all have one answer, and remember what was asked."""

    answer: Device | NotEnrolled
    asked: tuple[Candidate, list[str], datetime] | None = None

    async def redeem(self, candidate: Candidate, *, kinds: Collection[str], now: datetime) -> Device | NotEnrolled:
        self.asked = (candidate, sorted(kinds), now)
        return self.answer


async def test_a_device_comes_with_its_profile_and_the_scopes_of_both() -> None:
    enrolments = OneAnswer(replace(MACHINE.device(), scopes=frozenset({Scope.VERIFY, Scope.REPORT})))
    enrolled = await enrol_device(enrolments, PROFILES, CANDIDATE, now=NOW)
    assert isinstance(enrolled, Enrolled)
    assert (enrolled.device, enrolled.profile) == (enrolments.answer, PROFILES["venue-counter"])
    assert enrolled.scopes == {Scope.VERIFY}
    assert enrolments.asked == (CANDIDATE, ["venue-counter"], NOW)


@pytest.mark.parametrize("refusal", list(NotEnrolled))
async def test_a_refusal_is_passed_on(refusal: NotEnrolled) -> None:
    assert await enrol_device(OneAnswer(refusal), PROFILES, CANDIDATE, now=NOW) is refusal
