"""What the city owes the caller for a month, signed."""

from dataclasses import dataclass

from gateway.domain.errors import KeysMissing, Unavailable
from gateway.domain.partners import Caller
from gateway.domain.settlement import Month, Settlement
from gateway.services.ports import Ports


@dataclass(frozen=True, slots=True)
class Settled:
    """A settlement, and the same as the gateway signs it."""

    settlement: Settlement
    signed: str


async def settle(ports: Ports, caller: Caller, *, month: str) -> Settled:
    """Return the caller's own settlement of a month such as `2026-11`, in the programme's time zone.

    Raises:
        MalformedInput: it is no month.
        Unavailable: the database can't answer, or there is no key to sign with.
    """
    settlement = await ports.settlements.settle(caller.partner_id, Month.named(month, ports.catalogue.zone))
    try:
        return Settled(settlement, ports.statements.sign_settlement(settlement))
    except KeysMissing:
        raise Unavailable("statement key") from None
