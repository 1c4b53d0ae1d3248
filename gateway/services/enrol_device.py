"""Enrolling a device: a machine redeems a one-time code, and from then on its own key speaks for the partner."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from gateway.domain.enrolments import Candidate, NotEnrolled
from gateway.domain.partners import Device, Profile, Scope
from gateway.domain.ports import Enrolments


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The device as it is registered, and the profile of its kind of partner."""

    device: Device
    profile: Profile

    @property
    def scopes(self) -> frozenset[Scope]:
        """What the device may ask for when it signs in."""
        return self.device.scopes & self.profile.scopes


async def enrol_device(
    enrolments: Enrolments, profiles: Mapping[str, Profile], candidate: Candidate, *, now: datetime
) -> Enrolled | NotEnrolled:
    """Use up the candidate's code and register its key, or answer again what became of both before.

    A code of a kind of partner that is no longer there waits until it is.

    Raises:
        Unavailable: nobody knows whether the device is registered; the same code and key may be sent again.
    """
    answer = await enrolments.redeem(candidate, kinds=profiles.keys(), now=now)
    if isinstance(answer, NotEnrolled):
        return answer
    return Enrolled(answer, profiles[answer.partner.kind])
