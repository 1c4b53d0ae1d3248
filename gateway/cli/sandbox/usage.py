"""Using up a persona's quotas, through the same use case as any partner's redemption."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from gateway.assembly import Laurel
from gateway.cli.sandbox.city import City
from gateway.domain.partners import Caller, ProofId
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Redemption
from gateway.domain.requests import RedeemReward
from gateway.domain.rewards import QuotaPeriod
from gateway.services.ports import Ports
from gateway.services.redeem_reward import redeem_reward


def caller_of(laurel: Laurel, city: City, kind: str) -> Caller:
    """Return the sandbox's own device of a kind as a caller, for work that needs no HTTP."""
    profile, device = laurel.profiles[kind], city.devices[kind]
    return Caller(
        partner_id=device.partner.id,
        device_id=device.id,
        kind=kind,
        sector=profile.sector,
        scopes=profile.scopes,
        rewards=profile.rewards,
        proof=ProofId(secrets.token_bytes(32), datetime.now(UTC) + timedelta(minutes=1)),
        bound=True,
        evidence="",  # nobody signed anything: this stands in for a past that was never lived
    )


class _Unlimited:
    """Implements `domain.limits.Limits` for the sandbox's own look at its personas, most of whom are denied."""

    async def admit(self, caller: Caller) -> None:
        """Admit it."""

    async def admit_code(self, caller: Caller) -> None:
        """Admit it."""

    async def code_denied(self, caller: Caller) -> None:
        """Don't count it: the devices start with all that they may ask."""


def unlimited(ports: Ports) -> Ports:
    """Return the ports of a gateway without its limits."""
    return replace(ports, limits=_Unlimited())


async def use_up(laurel: Laurel, city: City, shown: PresentedPass, *, sector: str, pin: str | None) -> None:
    """Redeem every reward of a sector until its quota is used up; what is used up already stays so."""
    kinds = [kind for kind, profile in laurel.profiles.items() if profile.sector == sector]
    for kind in kinds:
        for code in sorted(laurel.profiles[kind].rewards):
            reward = laurel.ports.catalogue.rewards[code]
            if reward.quota.per is QuotaPeriod.OCCASION:
                continue
            for _ in range(reward.quota.count):
                request = RedeemReward(
                    presented=shown,
                    reward=code,
                    quantity=1,
                    occasion=next(iter(city.occasions[kind].get(code, ())), None),
                    request_id=secrets.token_urlsafe(24),
                    pin=pin if reward.pin else None,
                )
                outcome = await redeem_reward(unlimited(laurel.ports), caller_of(laurel, city, kind), request)
                if not isinstance(outcome, Redemption):
                    break
