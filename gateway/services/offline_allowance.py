"""What a device may grant alone, should its line go down."""

from dataclasses import dataclass, field

from gateway.domain.errors import KeysMissing, Unavailable
from gateway.domain.offline import Allowance
from gateway.domain.partners import Caller
from gateway.services.examine import given_rewards
from gateway.services.ports import Ports


@dataclass(frozen=True, slots=True)
class Handed:
    """An allowance, and the same as the gateway signs it."""

    allowance: Allowance
    token: str = field(repr=False)


async def offline_allowance(ports: Ports, caller: Caller) -> Handed | None:
    """Return the caller's allowance from now on; None where the programme or its rewards allow none.

    Raises:
        Unavailable: the database can't answer, or there is no key to sign with.
    """
    catalogue = ports.catalogue
    given = (catalogue.rewards[code] for code in given_rewards(ports, caller))
    # Nobody is there to check a PIN against, and no occasion's places can be counted alone.
    rewards = frozenset(each.code for each in given if each.offline and not each.pin and not each.needs_occasion)
    if catalogue.offline is None or not rewards:
        return None
    now = (await ports.uploads.now()).replace(microsecond=0)
    allowance = Allowance(
        partner_id=caller.partner_id,
        device_id=caller.device_id,
        day=now.astimezone(catalogue.zone).date(),
        units=catalogue.offline.units,
        rewards=rewards,
        issued_at=now,
        ends_at=now + catalogue.offline.lasts,
    )
    try:
        return Handed(allowance, ports.allowances.sign(allowance))
    except KeysMissing:
        raise Unavailable("statement key") from None
