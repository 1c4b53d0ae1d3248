"""Query.offlineAllowance: what the caller may grant should its line go down."""

from datetime import datetime
from typing import Self

import strawberry

from gateway.schema.context import Info
from gateway.schema.permissions import RequiresRedeem
from gateway.services.offline_allowance import Handed
from gateway.services.offline_allowance import offline_allowance as hand_out


@strawberry.type(description="What this device may grant alone. Fetch a new one regularly while the line is up.")
class OfflineAllowance:
    """An allowance as partners see it."""

    token: str = strawberry.field(description="The same, signed; keep it, and upload it with the taps.")
    units: int = strawberry.field(
        description="How many units. All allowances that this device is given on one day share them."
    )
    rewards: list[strawberry.ID] = strawberry.field(description="Of which rewards.")
    issued_at: datetime = strawberry.field(description="From when on.")
    ends_at: datetime = strawberry.field(description="Until when. After that the gate may grant nothing alone.")
    upload_until: datetime = strawberry.field(description="How long its taps are accepted.")

    @classmethod
    def of(cls, handed: Handed) -> Self:
        """Translate the domain's allowance."""
        allowance = handed.allowance
        return cls(
            token=handed.token,
            units=allowance.units,
            rewards=[strawberry.ID(code) for code in sorted(allowance.rewards)],
            issued_at=allowance.issued_at,
            ends_at=allowance.ends_at,
            upload_until=allowance.upload_until,
        )


@strawberry.field(
    description="What this device may grant while its line is down; null where no reward of yours can be.",
    permission_classes=[RequiresRedeem],
)
async def offline_allowance(info: Info) -> OfflineAllowance | None:
    """Hand it out."""
    handed = await hand_out(info.context.ports, info.context.caller)
    return None if handed is None else OfflineAllowance.of(handed)
