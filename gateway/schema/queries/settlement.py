"""Query.settlement: what the city owes the caller for a month."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from gateway.domain.settlement import Line, TapLine
from gateway.schema.context import Info
from gateway.schema.permissions import RequiresReport
from gateway.schema.scalars import Fen
from gateway.services.settle import Settled, settle


@strawberry.type(description="What came of one reward at one tariff in the month.")
class SettlementLine:
    """A line as partners see it."""

    reward: strawberry.ID = strawberry.field(description="The code of the reward.")
    tariff_fen: int = strawberry.field(description="What the city pays for one unit, in fen.")
    redeemed: int = strawberry.field(description="Units that were redeemed in the month, by redeemedAt.")
    reversed: int = strawberry.field(description="Units that were taken back in the month, whenever redeemed.")
    units: int = strawberry.field(description="What the city pays for: redeemed less reversed.")
    amount_fen: Fen = strawberry.field(description="What it pays: units times tariffFen.")

    @classmethod
    def of(cls, line: Line) -> Self:
        """Translate the domain's line."""
        return cls(
            reward=strawberry.ID(line.reward),
            tariff_fen=line.tariff_fen,
            redeemed=line.redeemed,
            reversed=line.reversed,
            units=line.units,
            amount_fen=Fen(line.amount_fen),
        )


@strawberry.type(description="Taps of one reward that were uploaded in the month, by what became of them.")
class SettlementTaps:
    """A line of the offline annex as partners see it."""

    reward: str = strawberry.field(description="The code of the reward, as it was uploaded.")
    verdict: str = strawberry.field(description="ACCEPTED, ACCEPTED_LATE or REJECTED.")
    reason: str | None = strawberry.field(description="Why they were rejected.")
    taps: int = strawberry.field(description="How many taps.")
    units: int = strawberry.field(
        description="How many units. Those accepted are among the lines' redeemed units."
    )

    @classmethod
    def of(cls, line: TapLine) -> Self:
        """Translate the domain's line."""
        return cls(reward=line.reward, verdict=line.verdict, reason=line.reason, taps=line.taps, units=line.units)


@strawberry.type(description="What the city owes you for a month. You can recompute it from redemptions.")
class Settlement:
    """A settlement as partners see it."""

    month: str = strawberry.field(description="The month, such as 2026-11, in the programme's time zone.")
    begins: datetime = strawberry.field(description="Its first instant, in UTC.")
    ends: datetime = strawberry.field(description="The first instant after it, in UTC.")
    final: bool = strawberry.field(
        description="Whether it can never change: the month has been over for 10 minutes."
    )
    amount_fen: Fen = strawberry.field(description="The sum of all lines; negative where you owe it.")
    lines: list[SettlementLine] = strawberry.field(description="By reward and tariff.")
    offline: list[SettlementTaps] = strawberry.field(description="What became of uploaded taps.")
    signed: str = strawberry.field(
        description="The same as a compact JWS of type settlement+jwt, verifiable with the gateway's public keys."
    )

    @classmethod
    def of(cls, settled: Settled) -> Self:
        """Translate the domain's settlement."""
        found = settled.settlement
        return cls(
            month=found.month.name,
            begins=found.month.begins,
            ends=found.month.ends,
            final=found.final,
            amount_fen=Fen(found.amount_fen),
            lines=[SettlementLine.of(line) for line in found.lines],
            offline=[SettlementTaps.of(line) for line in found.taps],
            signed=settled.signed,
        )


@strawberry.field(
    description="What the city owes you for a month: your own redemptions and reversals, exact, in fen.",
    permission_classes=[RequiresReport],
)
async def settlement(
    info: Info,
    month: Annotated[str, strawberry.argument(description="A calendar month, such as 2026-11.")],
) -> Settlement:
    """Translate in, settle, translate out."""
    return Settlement.of(await settle(info.context.ports, info.context.caller, month=month))
